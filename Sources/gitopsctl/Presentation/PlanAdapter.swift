// The engine's words turned into those of the presentation.

import Manifest
import Reconciler
import SyncEngine
import SyncHistory

extension RevisionLine {
    init(_ commit: SourceCommit) {
        self.init(requested: commit.requested, commit: commit.id, subject: commit.subject, author: commit.author)
    }
}

extension ObjectAction {
    init(_ action: PlannedChange.Action) {
        switch action {
        case .create: self = .create
        case .update: self = .update
        case .recreate: self = .recreate
        case .unchanged: self = .unchanged
        case .prune: self = .prune
        case .skip: self = .skip
        }
    }
}

extension PlannedChange.SkipReason {
    /// The reason as the end of "skipped:".
    var words: String {
        switch self {
        case .pruneDisabled: "no longer in Git, and pruning is off"
        case .keptByAnnotation(let annotation): "no longer in Git, and kept by \(annotation)"
        case .protectedKind: "no longer in Git; objects of this kind are pruned only where they say so"
        case .notOurs: "carries a copy of the application's label"
        case .terminating: "is being deleted"
        case .handedOver(let other): "no longer in Git here; application \(other) has it, and takes it over"
        case .orphaned: "stays, as nobody's"
        case .leftAlone: "it says itself that syncs leave it alone"
        case .heldBack: "it was changed in the cluster, and is left so"
        }
    }
}

extension DiffEntry {
    static func entries(of plan: Plan) -> [DiffEntry] {
        plan.changes.map { change in
            var entry = DiffEntry(reference: change.reference, action: ObjectAction(change.action))
            if case .skip(let reason) = change.action { entry.note = reason.words }
            if change.action == .recreate {
                entry.note =
                    change.options.recreation == .orphaning
                    ? "deleted without its dependents, and created again" : "deleted and created again"
            }
            entry.fields = change.fields.map { field in
                Field(
                    path: field.path.description, live: field.live.map(text), desired: field.desired.map(text),
                    cause: Cause(field.cause))
            }
            return entry
        }
    }

    /// A value in a line, or the lines of a longer text.
    static func text(_ value: Value) -> String {
        if let scalar = value.scalar { return scalar.text }
        return String(decoding: JSON.write(value), as: UTF8.self)
    }
}

extension ObjectDiff {
    /// The objects of a plan as they are and as they will be, without what only the server writes.
    static func objects(of plan: Plan) -> [ObjectDiff] {
        zip(plan.changes, DiffEntry.entries(of: plan)).map { change, entry in
            let before = change.shownLive.map(withoutServersFields)
            let after: Value? =
                switch change.action {
                case .create: change.shownDesired
                case .update, .recreate: change.fields.reduce(before) { $0?.setting($1.desired, at: $1.path) }
                case .prune: nil
                case .unchanged, .skip: before
                }
            let changes = change.fields.map { Change(path: $0.path, cause: DiffEntry.Cause($0.cause)) }
            return ObjectDiff(entry: entry, before: before, after: after, changes: changes)
        }
    }

    private static func withoutServersFields(_ object: Value) -> Value {
        var object = object
        object["status"] = nil
        for field in ["managedFields", "resourceVersion", "uid", "generation", "creationTimestamp", "selfLink"] {
            object["metadata"]?[field] = nil
        }
        return object
    }
}

extension DiffEntry.Cause {
    init(_ cause: ChangeCause) {
        switch cause {
        case .git: self = .git
        case .cluster(let manager, let time):
            self = .cluster(manager: manager, time: time.flatMap(Timestamp.init(parsing:)))
        }
    }
}

extension SyncProgress {
    /// Takes over a plan's objects: those that are written or skipped. What is right already is only counted.
    mutating func plan(_ plan: Plan, at now: ContinuousClock.Instant) {
        let objects = plan.changes.filter { $0.action != .unchanged }.map { change in
            var stage = ObjectStage.planned
            if case .skip(let reason) = change.action { stage = .skipped(reason.words) }
            return ObjectProgress(
                reference: change.reference, action: ObjectAction(change.action), stage: stage, since: now,
                fields: change.fields.map(\.path.description))
        }
        let hooks = plan.runsHooks && !plan.options.dryRun ? plan.hooks.all : []
        func running(_ phases: HookPhase...) -> [ObjectProgress] {
            hooks.filter { phases.contains($0.phase) }.map {
                ObjectProgress(
                    reference: $0.reference, action: .hook, stage: .planned, since: now, fields: [$0.phase.rawValue])
            }
        }
        self.plan(running(.preSync) + objects + running(.sync, .postSync), total: plan.changes.count)
    }
}

extension SyncProgress {
    /// Takes an event. Returns the object that is told about on a line of its own where there is no live list: one that
    /// was written, skipped, or failed.
    mutating func take(_ event: ReconcilerEvent, at now: ContinuousClock.Instant) -> ObjectProgress? {
        switch event {
        case .fetching(let repository, let revision): stage = .fetching(repository: repository, revision: revision)
        case .fetched(let commit): revision = RevisionLine(commit)
        case .rendering(let path): stage = .rendering(path: path)
        case .awaiting(let dependency): stage = .awaiting(dependency: dependency)
        case .rendered(let objects, _): stage = .planning(objects: objects)
        case .planned(let plan): self.plan(plan, at: now)
        case .object(let event): return take(event, at: now)
        }
        return nil
    }

    private mutating func take(_ event: SyncEvent, at now: ContinuousClock.Instant) -> ObjectProgress? {
        switch event {
        case .wave, .lastWords: break
        case .applying(let reference), .pruning(let reference): move(reference, to: .applying, at: now)
        case .applied(let reference, let result):
            let object = move(reference, to: .written, at: now)
            return result == .unchanged ? nil : object
        case .waiting(let reference, let health):
            move(reference, to: .waiting(health.message.isEmpty ? health.status.rawValue : health.message), at: now)
        case .healthy(let reference): move(reference, to: .done, at: now)
        case .running(let reference, let phase):
            // What runs after a failure was not to be expected.
            if move(reference, to: .applying, at: now) == nil {
                add(
                    ObjectProgress(
                        reference: reference, action: .hook, stage: .applying, since: now, fields: [phase.rawValue]))
            }
        case .ran(let reference, _): return move(reference, to: .done, at: now)
        case .pruned(let reference): return move(reference, to: .done, at: now)
        case .skipped(let reference, let reason): return move(reference, to: .skipped(reason.words), at: now)
        case .failed(let reference, let error): return move(reference, to: .failed(error.message), at: now)
        }
        return nil
    }
}
