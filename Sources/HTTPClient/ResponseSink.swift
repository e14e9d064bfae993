// Where a transfer delivers what arrives. The loop calls a sink from its own thread, in this order: the head, bytes,
// the end.

protocol ResponseSink: AnyObject, Sendable {
    /// The final response's head. Informational responses and followed redirects are not delivered.
    func receive(head: ResponseHead)
    /// Takes bytes of the body, or answers `.pause` without taking any; they are offered again after a resume.
    func receive(bytes: UnsafeRawBufferPointer) -> BodyDemand
    /// Forgets what was delivered, because the request is sent again. False if somebody has already seen it.
    func restart() -> Bool
    /// The end: nil after a complete response.
    func finish(_ error: HTTPError?)
}

enum BodyDemand {
    case more
    case pause
}

/// Collects a whole response for one waiting task.
///
/// Only the loop's thread touches its state once the transfer is submitted; the mailbox's lock orders the two.
final class ResponseCollector: ResponseSink, @unchecked Sendable {
    private let continuation: CheckedContinuation<Result<HTTPResponse, HTTPError>, Never>
    private var response = HTTPResponse(status: 0)

    init(continuation: CheckedContinuation<Result<HTTPResponse, HTTPError>, Never>) {
        self.continuation = continuation
    }

    func receive(head: ResponseHead) {
        response.status = head.status
        response.headers = head.headers
        response.url = head.url
        if let length = head.headers["Content-Length"].flatMap({ Int($0) }), length > 0 {
            response.body.reserveCapacity(min(length, 16 << 20))
        }
    }

    func receive(bytes: UnsafeRawBufferPointer) -> BodyDemand {
        response.body.append(contentsOf: bytes)
        return .more
    }

    func restart() -> Bool {
        response = HTTPResponse(status: 0)
        return true
    }

    func finish(_ error: HTTPError?) {
        continuation.resume(returning: error.map { .failure($0) } ?? .success(response))
    }
}
