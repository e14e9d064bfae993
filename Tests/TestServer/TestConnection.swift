// The server's side of one connection: answers whole, in pieces, or not at all. Used by one thread.

import Glibc

package final class TestConnection {
    let fd: Int32
    private var pending: [UInt8] = []
    private(set) var isFinished = false
    /// How many bytes the kernel took.
    package private(set) var written = 0

    init(fd: Int32) {
        self.fd = fd
    }

    // MARK: Answers

    /// A whole response with a length.
    package func respond(_ status: Int = 200, headers: [(String, String)] = [], body: [UInt8] = []) {
        var text = "HTTP/1.1 \(status) Status\r\nContent-Length: \(body.count)\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        write(Array((text + "\r\n").utf8) + body)
    }

    package func respond(_ status: Int = 200, headers: [(String, String)] = [], body: String) {
        respond(status, headers: headers, body: Array(body.utf8))
    }

    package func respond(_ status: Int = 200, json: String) {
        respond(status, headers: [("Content-Type", "application/json")], body: json)
    }

    /// The head of a chunked response; `chunk` and `endChunks` follow.
    package func beginChunks(_ status: Int = 200, headers: [(String, String)] = []) {
        var text = "HTTP/1.1 \(status) Status\r\nTransfer-Encoding: chunked\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        write(text + "\r\n")
    }

    /// False when the client is gone.
    @discardableResult
    package func chunk(_ text: String) -> Bool {
        write("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n")
    }

    package func endChunks() { write("0\r\n\r\n") }

    @discardableResult
    package func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    /// Writes all of it, waiting for the client to take it. False when the client is gone.
    @discardableResult
    package func write(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else {
                isFinished = true
                return false
            }
            written += count
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Whether the socket takes more within the time; false when the client has stopped reading.
    package func takesMore(withinMilliseconds time: Int32) -> Bool {
        var poll = pollfd(fd: fd, events: Int16(POLLOUT), revents: 0)
        return Glibc.poll(&poll, 1, time) > 0
    }

    /// Closes the connection, orderly or with a reset, after what was written.
    package func cut(reset: Bool = false) {
        if reset {
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        } else {
            shutdown(fd, Int32(SHUT_RDWR))
        }
        isFinished = true
    }

    /// Waits until the client has closed its end.
    package func waitForClose() {
        var byte: UInt8 = 0
        while recv(fd, &byte, 1, 0) > 0 {}
        isFinished = true
    }

    // MARK: Requests

    func readRequest() -> TestRequest? {
        let blank = Array("\r\n\r\n".utf8)
        var headEnd: Int?
        while headEnd == nil {
            if let range = pending.firstRange(of: blank) { headEnd = range.upperBound } else if !fill() { return nil }
        }
        guard let headEnd else { return nil }
        let head = String(decoding: pending[..<(headEnd - blank.count)], as: UTF8.self)
        pending.removeFirst(headEnd)
        var lines = head.split(separator: "\r\n")[...]
        guard let first = lines.popFirst()?.split(separator: " "), first.count == 3 else { return nil }
        let headers = lines.compactMap { line -> (name: String, value: String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (String(line[..<colon]), String(line[line.index(after: colon)...].drop { $0 == " " }))
        }
        let length = headers.first { $0.name.lowercased() == "content-length" }.flatMap { Int($0.value) } ?? 0
        while pending.count < length { if !fill() { return nil } }
        let body = Array(pending.prefix(length))
        pending.removeFirst(length)
        return TestRequest(
            method: String(first[0]), target: String(first[1]), headers: headers, body: body, connection: 0)
    }

    private func fill() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = recv(fd, &buffer, buffer.count, 0)
        guard count > 0 else { return false }
        pending += buffer.prefix(count)
        return true
    }
}
