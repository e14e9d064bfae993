// Looks at the repositories of all applications: each distinct revision once, however many use it.

import Manifest
import Reconciler
import SyncEngine

/// Polls, remembers what it saw, and tells whom a new commit touches.
actor SourcePoller {
    /// Told the applications that have to be worked on after a look, and the commit that arrived for them, if one did.
    typealias Touched = @Sendable ([Application], SourceCommit?, WorkReasons) async -> Void

    /// Whether a commit may change what an application renders, given the one that was seen before.
    typealias IsTouched = @Sendable (Application, PolledSource, _ before: PolledSource) -> Bool

    /// Looks at the source of an application.
    typealias Poll = @Sendable (Application) async throws(DiagnosticsError) -> PolledSource

    private struct Sight: Sendable {
        typealias Source = Result<PolledSource, DiagnosticsError>

        var source: Source
        var moment: Duration
    }

    private let poll: Poll
    private let isTouched: IsTouched
    private let clock: any SyncClock
    private let touched: Touched
    /// Told how long a look took, and whether it was answered.
    private let looked: @Sendable (Duration, Bool) -> Void
    private var schedule = PollSchedule()
    private var sights: [PollTarget: Sight] = [:]
    /// Looks that are under way: whoever wants to know the same waits for the same look.
    private var looks: [PollTarget: Task<Sight.Source, Never>] = [:]
    private let signal = Signal()

    init(
        clock: any SyncClock, poll: @escaping Poll, isTouched: @escaping IsTouched,
        looked: @escaping @Sendable (Duration, Bool) -> Void = { _, _ in }, touched: @escaping Touched
    ) {
        self.poll = poll
        self.isTouched = isTouched
        self.looked = looked
        self.clock = clock
        self.touched = touched
    }

    func track(_ application: Application) {
        if let target = schedule.track(application, at: clock.now()) { sights[target] = nil }
        signal.call()
    }

    func forget(_ key: ApplicationKey) {
        if let target = schedule.forget(key) { sights[target] = nil }
    }

    /// Polls what is due until the task is cancelled. Looks that are under way end with it, whoever waits for them.
    func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                for target in await due() { group.addTask { await self.poll(target, .commit) } }
            }
            for look in looks.values { look.cancel() }
        }
    }

    /// The targets that are due, as soon as there are any; none where it is time to look again.
    private func due() async -> [PollTarget] {
        let targets = schedule.takeDue(at: clock.now())
        if !targets.isEmpty { return targets }
        let clock = clock
        let wait = schedule.nextDue.map { max($0 - clock.now(), .milliseconds(10)) }
        await signal.wait(atMost: wait) { try? await clock.sleep(for: $0) }
        return []
    }

    /// Looks at once at every target of some repositories, as after a push.
    ///
    /// - Returns: how many applications use them.
    func look(at addresses: Set<RepositoryAddress>) async -> Int {
        let targets = schedule.targets(at: addresses)
        await withDiscardingTaskGroup { group in
            for target in targets { group.addTask { await self.poll(target, .pushed, isFresh: true) } }
        }
        return targets.reduce(0) { $0 + schedule.users(of: $1).count }
    }

    /// What an application's revision means: as it was seen last, or as it is now.
    ///
    /// - Parameters:
    ///   - isFresh: whether only a look that begins now will do.
    ///   - isSynced: whether what is found is synced by whoever asks. Where it is not, the application is told of a new
    ///     commit as all others are: no look after this one would find anything new.
    func source(
        of application: Application, isFresh: Bool, isSynced: Bool
    ) async throws(DiagnosticsError) -> PolledSource {
        let target = PollTarget(application)
        if !isFresh, let sight = sights[target], clock.now() - sight.moment < application.sync.interval * 2 {
            return try sight.source.get()
        }
        let key = isSynced ? application.key : nil
        return try await look(at: target, for: application, .commit, isFresh: isFresh, sparing: key).get()
    }

    private func poll(_ target: PollTarget, _ reason: WorkReasons, isFresh: Bool = false) async {
        guard let first = schedule.users(of: target).first else { return }
        _ = await look(at: target, for: first, reason, isFresh: isFresh, sparing: nil)
    }

    /// Looks at a target, and tells those whom what is new there concerns.
    ///
    /// - Parameters:
    ///   - reason: what they are told.
    ///   - isFresh: whether a look that is under way already is too old.
    ///   - sparing: the application that asks for itself.
    private func look(
        at target: PollTarget, for application: Application, _ reason: WorkReasons, isFresh: Bool,
        sparing key: ApplicationKey?
    ) async -> Sight.Source {
        if let look = looks[target] {
            let source = await look.value
            await note(source, of: look, at: target, reason, sparing: key)
            if !isFresh { return source }
        }
        let look = looks[target] ?? begin(target, for: application)
        looks[target] = look
        let source = await look.value
        await note(source, of: look, at: target, reason, sparing: key)
        return source
    }

    /// Takes down what a look has seen: the first who hears of it does so for all.
    private func note(
        _ source: Sight.Source, of look: Task<Sight.Source, Never>, at target: PollTarget, _ reason: WorkReasons,
        sparing key: ApplicationKey?
    ) async {
        guard looks[target] == look else { return }
        looks[target] = nil
        let before = sights[target]?.source
        let now = clock.now()
        sights[target] = Sight(source: source, moment: now)
        schedule.polled(target, succeeded: (try? source.get()) != nil, at: now, random: .random(in: 0..<1))
        signal.call()
        await tell(schedule.users(of: target).filter { $0.key != key }, from: before, to: source, reason)
    }

    private func begin(_ target: PollTarget, for application: Application) -> Task<Sight.Source, Never> {
        Task { [poll, clock, looked] in
            let start = clock.now()
            do throws(DiagnosticsError) {
                let source = try await poll(application)
                looked(clock.now() - start, true)
                return .success(source)
            } catch {
                looked(clock.now() - start, false)
                return .failure(error)
            }
        }
    }

    private func tell(
        _ users: [Application], from before: Sight.Source?, to after: Sight.Source, _ reason: WorkReasons
    ) async {
        switch (before, after) {
        case (nil, _), (.failure?, .failure): return
        case (.success(let old)?, .success(let new)):
            if old.commit.id == new.commit.id { return }
            await touched(users.filter { isTouched($0, new, old) }, new.commit, reason)
        case (.failure?, .success), (.success?, .failure): await touched(users, nil, .commit)
        }
    }
}
