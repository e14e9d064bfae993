// What these tests share: an expectation of an error's code, signals between threads and tasks, a peak counter.

import Glibc
import HTTPClient
import Synchronization
import Testing

func expectError<T>(
    _ code: HTTPError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> T
) async {
    do {
        _ = try await body()
        Issue.record("no error, expected \(code)", sourceLocation: sourceLocation)
    } catch {
        guard let error = error as? HTTPError else {
            Issue.record(error, sourceLocation: sourceLocation)
            return
        }
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    }
}

/// The largest number of threads that were inside at once.
final class Peak: Sendable {
    private let counts = Mutex((now: 0, peak: 0))

    func enter() {
        counts.withLock {
            $0.now += 1
            $0.peak = max($0.peak, $0.now)
        }
        usleep(2000)  // so that others, were they allowed, would be seen
    }

    func leave() { counts.withLock { $0.now -= 1 } }
    var peak: Int { counts.withLock { $0.peak } }
}

/// A value that a server's thread hands to a waiting test, once.
final class Signal<Value: Sendable>: Sendable {
    private let stream: AsyncStream<Value>
    private let continuation: AsyncStream<Value>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func send(_ value: Value) { continuation.yield(value) }

    func wait() async -> Value? {
        for await value in stream { return value }
        return nil
    }
}

extension Signal<Void> {
    func send() { send(()) }
}

/// A gate that holds a server's thread until the test opens it.
final class Gate: Sendable {
    private let semaphore: UnsafeSemaphore

    init() { semaphore = UnsafeSemaphore() }

    func open() { semaphore.post() }
    func wait() { semaphore.wait() }

    private final class UnsafeSemaphore: @unchecked Sendable {
        private let pointer = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

        init() { sem_init(pointer, 0, 0) }

        deinit {
            sem_destroy(pointer)
            pointer.deallocate()
        }

        func post() { sem_post(pointer) }
        func wait() { while sem_wait(pointer) != 0 {} }
    }
}
