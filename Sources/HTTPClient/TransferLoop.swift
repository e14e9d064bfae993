// The one thread around libcurl: it starts transfers, drives them, keeps their clocks and delivers what arrives.

internal import CCurl
internal import Glibc
import Synchronization

/// The loop. Every libcurl call is made on its thread.
final class TransferLoop {
    private let multi: UnsafeMutableRawPointer
    private let mailbox: Mailbox
    private let watch: SocketWatch
    private let options: HTTPClient.Options

    private var live: [ObjectIdentifier: Transfer] = [:]
    private var admission: Admission
    private var idleHandles: [UnsafeMutableRawPointer] = []
    /// The earliest instant at which a transfer can be overdue. May be too early, never too late.
    private var nextCheck: ContinuousClock.Instant?

    private static let isCurlReady: Bool = {
        guard curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK else { return false }
        ExitGate.install()
        return true
    }()

    private init(_ launch: Launch) {
        guard Self.isCurlReady, let multi = curl_multi_init() else { fatalError("libcurl: out of memory") }
        _ = ccurl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
        _ = ccurl_multi_set_long(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, 100)
        _ = ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 64)
        self.multi = multi
        mailbox = launch.mailbox
        watch = SocketWatch(wakeup: launch.wakeup)
        options = launch.options
        admission = Admission(limit: launch.options.maximumRequestsPerHost ?? (Libcurl.multiplexes ? 64 : 8))
        watch.attach(to: multi)
    }

    /// Starts a thread, and answers the way to it.
    static func start(options: HTTPClient.Options) -> Mailbox {
        let wakeup = Wakeup()
        let mailbox = Mailbox(wakeup: wakeup)
        let launch = Unmanaged.passRetained(Launch(wakeup: wakeup, mailbox: mailbox, options: options))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                TransferLoop(Unmanaged<Launch>.fromOpaque(argument).takeRetainedValue()).run()
                return nil
            }, launch.toOpaque())
        guard code == 0 else { fatalError("pthread_create: error \(code)") }
        pthread_detach(thread)
        return mailbox
    }

    private final class Launch {
        let wakeup: Wakeup
        let mailbox: Mailbox
        let options: HTTPClient.Options

        init(wakeup: Wakeup, mailbox: Mailbox, options: HTTPClient.Options) {
            self.wakeup = wakeup
            self.mailbox = mailbox
            self.options = options
        }
    }

    // MARK: The loop

    private func run() {
        ccurl_name_thread("gitopsctl-http")
        // Signals belong to other threads; a broken pipe comes back from OpenSSL's write as EPIPE.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)

        var events: [SocketWatch.Event] = []
        while ExitGate.pass({ turn(events) }) { events = watch.wait(until: nextCheck) }
        ExitGate.pass { end() }
        mailbox.announceShutdown()
    }

    /// One round. False when the loop is told to end.
    private func turn(_ events: [SocketWatch.Event]) -> Bool {
        guard obey(mailbox.take()) else { return false }
        drive(events)
        collectFinished()
        let now = ContinuousClock.now
        if let check = nextCheck, now >= check { endOverdue(at: now) }
        return true
    }

    /// Tells libcurl what happened, upon which it calls the transfers' callbacks.
    private func drive(_ events: [SocketWatch.Event]) {
        var running: Int32 = 0
        for event in events { curl_multi_socket_action(multi, event.socket, event.mask, &running) }
        if watch.takeDueTimer() { curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running) }
    }

    private func obey(_ commands: [LoopCommand]) -> Bool {
        var goesOn = true
        for command in commands {
            switch command {
            case .start(let transfer): admit(transfer)
            case .cancel(let transfer): cancel(transfer)
            case .resume(let transfer): resume(transfer)
            case .shutdown: goesOn = false
            }
        }
        return goesOn
    }

    private func admit(_ transfer: Transfer) {
        live[ObjectIdentifier(transfer)] = transfer
        if transfer.isCancelled.load(ordering: .acquiring) { return cancel(transfer) }
        if !transfer.request.dedicatedConnection { transfer.hostKey = transfer.url?.origin }
        watchClock(of: transfer)
        if admission.admit(transfer) { begin(transfer) }
    }

    private func begin(_ transfer: Transfer) {
        guard let easy = idleHandles.popLast() ?? curl_easy_init() else { fatalError("libcurl: out of memory") }
        transfer.easy = easy
        transfer.phase = .running
        transfer.isPaused = false
        transfer.lastActivity = .now
        if let error = transfer.configure(easy, options) { return finish(transfer, error) }
        watchClock(of: transfer)
        let code = curl_multi_add_handle(multi, easy)
        if code != CURLM_OK {
            finish(
                transfer,
                HTTPError(.invalidRequest, String(cString: curl_multi_strerror(code)), url: transfer.request.url))
        }
    }

    private func cancel(_ transfer: Transfer) {
        guard live[ObjectIdentifier(transfer)] != nil else { return }
        finish(transfer, HTTPError(.cancelled, "the request was cancelled", url: transfer.request.url))
    }

    private func resume(_ transfer: Transfer) {
        guard transfer.phase == .running, transfer.isPaused, let easy = transfer.easy else { return }
        transfer.isPaused = false
        transfer.lastActivity = .now
        watchClock(of: transfer)
        curl_easy_pause(easy, CURLPAUSE_CONT)
    }

    // MARK: Clocks

    private func watchClock(of transfer: Transfer) {
        guard let check = transfer.nextCheck else { return }
        nextCheck = nextCheck.map { min($0, check) } ?? check
    }

    private func endOverdue(at now: ContinuousClock.Instant) {
        nextCheck = nil
        for transfer in live.values {
            if let error = transfer.overdue(at: now) {
                // A connection that went silent is not offered to others: closed with its last user.
                if let easy = transfer.easy { _ = ccurl_set_long(easy, CURLOPT_FORBID_REUSE, 1) }
                finish(transfer, error)
            } else {
                watchClock(of: transfer)
            }
        }
    }

    // MARK: Ends

    private func collectFinished() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE else { continue }
            let (easy, code) = (message.pointee.easy_handle, message.pointee.data.result)
            var pointer: UnsafeMutableRawPointer?
            guard let easy, ccurl_get_pointer(easy, CURLINFO_PRIVATE, &pointer) == CURLE_OK, let pointer else {
                continue
            }
            let transfer = Unmanaged<Transfer>.fromOpaque(pointer).takeUnretainedValue()
            if code == CURLE_OK {
                finish(transfer, transfer.failure ?? transfer.missingHead)
            } else if transfer.shouldRetry(code), transfer.restart() {
                release(transfer)
                begin(transfer)
            } else {
                finish(transfer, transfer.error(for: code))
            }
        }
    }

    /// Ends a transfer, gives its place to the next one that waits, and tells its sink.
    private func finish(_ transfer: Transfer, _ error: HTTPError?) {
        guard live.removeValue(forKey: ObjectIdentifier(transfer)) != nil else { return }
        let wasRunning = transfer.phase == .running
        transfer.phase = .done
        release(transfer)
        let sink = transfer.sink
        transfer.sink = nil
        sink?.finish(error)
        if wasRunning, let next = admission.leave(transfer) { begin(next) }
    }

    /// Takes the easy handle from curl and keeps it for another transfer.
    private func release(_ transfer: Transfer) {
        guard let easy = transfer.easy else { return }
        transfer.easy = nil
        curl_multi_remove_handle(multi, easy)
        transfer.freeLists()
        if idleHandles.count < 32 {
            curl_easy_reset(easy)
            idleHandles.append(easy)
        } else {
            curl_easy_cleanup(easy)
        }
    }

    private func end() {
        let late = mailbox.close()
        admission = Admission(limit: 0)
        for case .start(let transfer) in late { live[ObjectIdentifier(transfer)] = transfer }
        for transfer in Array(live.values) {
            finish(transfer, HTTPError(.cancelled, "the HTTP client was shut down", url: transfer.request.url))
        }
        for easy in idleHandles { curl_easy_cleanup(easy) }
        curl_multi_cleanup(multi)
    }
}
