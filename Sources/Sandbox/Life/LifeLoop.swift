// Runs the controllers on an event loop: a step when something changed, a step when something is due.

import NIOCore
import Synchronization

/// The edge between `Life`, which is a value and knows no threads, and the store and the clock.
final class LifeLoop: Sendable {
    private struct Inbox {
        var changes: [LifeChange] = []
        var isWoken = false
    }

    private struct Running {
        var life: Life
        /// What a cluster that lost its state begins with again.
        let fresh: Life
        var timer: Scheduled<Void>?
        var isStopped = false
    }

    private let inbox = Mutex(Inbox())
    private let eventLoop: any EventLoop
    private let running: NIOLoopBoundBox<Running>
    private let store: ObjectStore
    private let ambient: Ambient

    init(_ life: Life, on eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        store = life.api.store
        ambient = life.api.ambient
        running = NIOLoopBoundBox.makeBoxSendingValue(Running(life: life, fresh: life), eventLoop: eventLoop)
    }

    func start() {
        store.observe { [weak self] resource, event in
            self?.note(LifeChange(resource: resource, event: event))
        }
        eventLoop.execute {
            self.running.value.life.begin(now: self.ambient.now())
            self.step()
        }
    }

    /// Stands still, and forgets what it knows.
    func pause() async throws {
        try await eventLoop.submit {
            self.running.value.isStopped = true
            self.running.value.timer?.cancel()
            self.running.value.life = self.running.value.fresh
        }.get()
    }

    /// Takes up what the store holds now.
    func resume() async throws {
        try await eventLoop.submit {
            self.inbox.withLock { $0 = Inbox() }
            self.running.value.isStopped = false
            self.running.value.life.begin(now: self.ambient.now())
            self.step()
        }.get()
    }

    /// Ends the loop; a step that runs ends first.
    func stop() async throws {
        try await eventLoop.submit {
            self.running.value.isStopped = true
            self.running.value.timer?.cancel()
        }.get()
    }

    /// Called under the store's lock: only takes a note, and wakes the loop.
    private func note(_ change: LifeChange) {
        let wakes = inbox.withLock { inbox in
            inbox.changes.append(change)
            defer { inbox.isWoken = true }
            return !inbox.isWoken
        }
        if wakes { eventLoop.execute { self.step() } }
    }

    private func step() {
        guard !running.value.isStopped else { return }
        let changes = inbox.withLock { inbox in
            defer { inbox = Inbox() }
            return inbox.changes
        }
        let now = ambient.now()
        for change in changes { running.value.life.take(change, now: now) }
        running.value.timer?.cancel()
        running.value.timer = nil
        guard let next = running.value.life.step(now: now) else { return }
        let delay = max(0, next.microseconds - now.microseconds)
        running.value.timer = eventLoop.scheduleTask(in: .microseconds(delay)) { self.step() }
    }
}
