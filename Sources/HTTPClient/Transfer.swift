// One exchange on curl's side: the easy handle, what its callbacks have seen, and its clocks.

internal import CCurl
import Synchronization

/// A request under way.
///
/// Made by the caller; from its submission on, everything but `isCancelled` is touched by the loop's thread alone.
final class Transfer: @unchecked Sendable {
    enum Phase {
        case waiting
        case running
        case done
    }

    let request: HTTPRequest
    /// nil where the request's URL is not one of `http` or `https`.
    let url: RequestURL?
    /// Set by the reader's side before it posts `.cancel`, so that a start which arrives later is not begun.
    let isCancelled = Atomic(false)

    var sink: (any ResponseSink)?
    var phase = Phase.waiting
    /// Which other transfers this one shares a bound with; nil for one with a connection of its own.
    var hostKey: String?

    var easy: UnsafeMutableRawPointer?
    var headerList: UnsafeMutablePointer<curl_slist>?
    var connectToList: UnsafeMutablePointer<curl_slist>?
    let errorBuffer: UnsafeMutablePointer<CChar>
    /// How often it was sent before.
    var attempt = 0

    var expiry: ContinuousClock.Instant?
    var lastActivity: ContinuousClock.Instant
    var isPaused = false

    /// The client's judge of addresses; nil where all may be connected to.
    var allowsAddress: (@Sendable ([UInt8]) -> Bool)?
    /// Whether an address was refused, which libcurl takes for a failure to connect.
    private(set) var isAddressRefused = false

    /// The failure that a callback found, which is truer than the write error that curl makes of it.
    var failure: HTTPError?
    private var response = ResponseHead(status: 0, headers: HTTPHeaders(), url: "")
    private var hasHead = false
    private var bodySize = 0
    /// How much of the request's body libcurl has taken.
    private var sent = 0

    init(request: HTTPRequest) {
        self.request = request
        url = RequestURL(request.url)
        let now = ContinuousClock.now
        lastActivity = now
        expiry = request.deadline.map { now + $0 }
        errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        errorBuffer.deallocate()
    }

    /// Whether it may be sent again from the beginning, and makes it ready for that.
    func restart() -> Bool {
        guard failure == nil, let sink, sink.restart() else { return false }
        attempt += 1
        hasHead = false
        bodySize = 0
        sent = 0
        response = ResponseHead(status: 0, headers: HTTPHeaders(), url: "")
        errorBuffer[0] = 0
        return true
    }

    /// Whether a connection may be made to an address; what is no Internet address is none.
    func mayConnect(to address: [UInt8]) -> Bool {
        if !address.isEmpty, allowsAddress?(address) ?? true { return true }
        isAddressRefused = true
        return false
    }

    // MARK: What goes out

    /// Copies the next bytes of the request's body; 0 at its end.
    func send(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        lastActivity = .now
        let rest = (request.body ?? [])[sent...].prefix(buffer.count)
        rest.withUnsafeBytes { buffer.copyMemory(from: $0) }
        sent += rest.count
        return rest.count
    }

    /// Makes libcurl's next `send` begin at `offset`. libcurl sends a request again of its own accord when a connection
    /// that it had kept breaks before any answer; where that is not known to be safe, this is how it is told no.
    func rewindBody(to offset: Int) -> Bool {
        guard request.isIdempotent || isRedirected else { return false }
        sent = min(max(offset, 0), request.body?.count ?? 0)
        return true
    }

    private var isRedirected: Bool { response.status >= 300 && response.status < 400 }

    // MARK: What the wire says

    /// Takes one header line of curl's header callback, its line end included: a status line, a field, or the empty
    /// line. False aborts the transfer.
    func receive(headerLine bytes: UnsafeRawBufferPointer) -> Bool {
        lastActivity = .now
        guard !hasHead else { return true }  // a trailer
        let line = bytes[..<(bytes.lastIndex { $0 != 10 && $0 != 13 }.map { $0 + 1 } ?? 0)]
        if line.isEmpty { return endOfHeaders() }
        if line.starts(with: "HTTP/".utf8) {
            let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
            let status = parts.count > 1 ? Int(String(decoding: parts[1], as: UTF8.self)) : nil
            response = ResponseHead(status: status ?? 0, headers: HTTPHeaders(), url: "")
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            let name = String(decoding: line[..<colon], as: UTF8.self)
            response.headers.add(name, String(decoding: line[(colon + 1)...].trimmingBlanks, as: UTF8.self))
        }
        return true
    }

    private func endOfHeaders() -> Bool {
        guard response.status >= 200 else { return true }  // informational: the final one follows
        let isRedirect = [301, 302, 303, 307, 308].contains(response.status) && response.headers["Location"] != nil
        if isRedirect, request.maximumRedirects > 0 { return true }
        if let limit = request.maximumBodySize, request.method != "HEAD",
            let length = response.headers["Content-Length"].flatMap({ Int($0) }), length > limit
        {
            failure = tooLarge(limit)
            return false
        }
        hasHead = true
        response.url = effectiveURL()
        sink?.receive(head: response)
        return true
    }

    /// Takes bytes of the body, or says that they must be offered again later. nil aborts the transfer.
    func receive(body bytes: UnsafeRawBufferPointer) -> BodyDemand? {
        lastActivity = .now
        if let limit = request.maximumBodySize, bodySize + bytes.count > limit {
            failure = tooLarge(limit)
            return nil
        }
        guard let sink else { return nil }
        switch sink.receive(bytes: bytes) {
        case .more: bodySize += bytes.count
        case .pause:
            isPaused = true
            return .pause
        }
        return .more
    }

    /// libcurl takes a connection that was closed among the headers for a response without a body.
    var missingHead: HTTPError? {
        hasHead
            ? nil
            : HTTPError(.reset, "the connection was closed before the response's head was complete", url: request.url)
    }

    private func tooLarge(_ limit: Int) -> HTTPError {
        HTTPError(.tooLarge, "the response is larger than \(limit) bytes", url: request.url)
    }

    private func effectiveURL() -> String {
        var pointer: UnsafePointer<CChar>?
        guard request.maximumRedirects > 0, let easy,
            ccurl_get_string(easy, CURLINFO_EFFECTIVE_URL, &pointer) == CURLE_OK, let pointer
        else { return RedactedURL(request.url).description }
        return RedactedURL(String(cString: pointer)).description
    }

    // MARK: Clocks

    /// When this transfer should be looked at again, nil for never.
    var nextCheck: ContinuousClock.Instant? {
        let stall = phase == .running && !isPaused ? request.stallTimeout.map { lastActivity + $0 } : nil
        guard let expiry else { return stall }
        return stall.map { min($0, expiry) } ?? expiry
    }

    /// The error that it must end with at `now`, nil while it is in time.
    func overdue(at now: ContinuousClock.Instant) -> HTTPError? {
        if let expiry, let deadline = request.deadline, now >= expiry {
            return HTTPError(.timeout, "no complete response within \(deadline.inWords)", url: request.url)
        }
        if phase == .running, !isPaused, let stall = request.stallTimeout, now >= lastActivity + stall {
            return HTTPError(.stalled, "nothing was received for \(stall.inWords)", url: request.url)
        }
        return nil
    }
}

extension Slice<UnsafeRawBufferPointer> {
    var trimmingBlanks: Self {
        guard let first = firstIndex(where: { $0 != 32 && $0 != 9 }),
            let last = lastIndex(where: { $0 != 32 && $0 != 9 })
        else { return self[startIndex..<startIndex] }
        return self[first...last]
    }
}

extension Duration {
    /// "30 s", "1.5 s", "250 ms".
    var inWords: String {
        let milliseconds = components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        return rest == 0 ? "\(seconds) s" : "\(Double(milliseconds) / 1000) s"
    }
}
