// Writes the state file behind the store, on a thread of its own: what changed since the last time, again and again.

import NIOCore

/// The edge between the store's changes and the file.
final class StateWriting: Sendable {
    private static let interval = TimeAmount.milliseconds(100)

    private let file: StateFile
    private let repeated: RepeatedTask
    private let eventLoop: any EventLoop

    /// - Throws: what the database says when it cannot take up what the store holds.
    init(_ file: StateFile, _ store: ObjectStore, on eventLoop: any EventLoop) throws {
        self.file = file
        self.eventLoop = eventLoop
        try file.rewrite(from: store)
        store.observe { resource, event in file.note(resource, event) }
        repeated = eventLoop.scheduleRepeatedTask(initialDelay: Self.interval, delay: Self.interval) { _ in
            try file.flush()
        }
    }

    /// Writes the rest.
    func stop() async throws {
        repeated.cancel()
        try await eventLoop.submit { try self.file.flush() }.get()
    }
}
