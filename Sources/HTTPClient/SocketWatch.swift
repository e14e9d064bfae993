// What the loop waits for: the sockets that libcurl names, libcurl's timer, and other threads. An event then costs a
// look at the transfers of its connection, where `curl_multi_perform` looks at all of them.

internal import CCurl
internal import Glibc

/// The sockets and the timer of one multi handle. Used on the loop's thread alone.
final class SocketWatch {
    /// A socket on which something happened: `CURL_CSELECT_IN`, `_OUT` and `_ERR`, or'ed.
    struct Event {
        var socket: curl_socket_t
        var mask: Int32
    }

    private let wakeup: Wakeup
    /// The wake-up first, then libcurl's sockets, of which there are few: HTTP/2 shares them.
    private var entries: [pollfd]
    private var timer: ContinuousClock.Instant?

    init(wakeup: Wakeup) {
        self.wakeup = wakeup
        entries = [pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0)]
    }

    /// Has libcurl report its sockets and its timer here. The watch must outlive the handle.
    func attach(to multi: UnsafeMutableRawPointer) {
        let pointer = Unmanaged.passUnretained(self).toOpaque()
        _ = ccurl_multi_set_socket_callback(multi, socketChanged, pointer)
        _ = ccurl_multi_set_timer_callback(multi, timerChanged, pointer)
    }

    /// Waits until something happens, but not beyond `limit`. Empty when it was the timer, the limit or another thread.
    func wait(until limit: ContinuousClock.Instant?) -> [Event] {
        let end = [limit, timer].compactMap(\.self).min()
        let count = poll(&entries, nfds_t(entries.count), end.map { Self.milliseconds(until: $0) } ?? -1)
        guard count > 0 else { return [] }
        if entries[0].revents != 0 { wakeup.clear() }
        return entries.dropFirst().compactMap { entry in
            var mask: Int32 = 0
            if entry.revents & Int16(POLLIN | POLLHUP) != 0 { mask |= CURL_CSELECT_IN }
            if entry.revents & Int16(POLLOUT) != 0 { mask |= CURL_CSELECT_OUT }
            if entry.revents & Int16(POLLERR | POLLNVAL) != 0 { mask |= CURL_CSELECT_ERR }
            return mask == 0 ? nil : Event(socket: entry.fd, mask: mask)
        }
    }

    /// Whether libcurl's timer has run out; it is then set no longer.
    func takeDueTimer() -> Bool {
        guard let timer, timer <= .now else { return false }
        self.timer = nil
        return true
    }

    private static func milliseconds(until instant: ContinuousClock.Instant) -> Int32 {
        let left = instant - .now
        guard left > .zero else { return 0 }
        return Int32(clamping: left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1)
    }

    fileprivate func watch(_ socket: curl_socket_t, for what: Int32) {
        let index = entries.dropFirst().firstIndex { $0.fd == socket }
        if what == CURL_POLL_REMOVE {
            if let index { entries.remove(at: index) }
            return
        }
        var events: Int32 = 0
        if what & CURL_POLL_IN != 0 { events |= POLLIN }
        if what & CURL_POLL_OUT != 0 { events |= POLLOUT }
        if let index {
            entries[index].events = Int16(events)
        } else {
            entries.append(pollfd(fd: socket, events: Int16(events), revents: 0))
        }
    }

    fileprivate func setTimer(milliseconds: Int) {
        timer = milliseconds < 0 ? nil : .now + .milliseconds(milliseconds)
    }
}

private let socketChanged: curl_socket_callback = { _, socket, what, watch, _ in
    guard let watch else { return -1 }
    Unmanaged<SocketWatch>.fromOpaque(watch).takeUnretainedValue().watch(socket, for: what)
    return 0
}

private let timerChanged: curl_multi_timer_callback = { _, milliseconds, watch in
    guard let watch else { return -1 }
    Unmanaged<SocketWatch>.fromOpaque(watch).takeUnretainedValue().setTimer(milliseconds: milliseconds)
    return 0
}
