// What the engine tells of each object, kept as rows for the history. Rows are made as objects are done, not when all
// are.

import Manifest
import SyncEngine
import SyncHistory
import Synchronization

struct ObjectLedger: Sendable {
    private let planned: [ObjectIdentity: PlannedChange]
    private let hooks: Set<ObjectIdentity>
    private var begun: [ObjectIdentity: ContinuousClock.Instant] = [:]
    private var rows: [ObjectRecord] = []

    init(_ plan: Plan) {
        hooks = Set(plan.hooks.all.map(\.reference.identity))
        planned = Dictionary(plan.changes.map { ($0.reference.identity, $0) }) { first, _ in first }
    }

    /// Takes note of an event. True when a row came of it.
    mutating func take(_ event: SyncEvent, at now: ContinuousClock.Instant) -> Bool {
        switch event {
        case .applying(let reference), .pruning(let reference), .running(let reference, _):
            begun[reference.identity] = now
            return false
        case .applied(let reference, let result):
            if result == .unchanged { return false }
            add(reference, result.rawValue, at: now)
        case .ran(let reference, _): add(reference, ObjectOutcome.Result.ran.rawValue, at: now)
        case .pruned(let reference): add(reference, ObjectOutcome.Result.pruned.rawValue, at: now)
        case .failed(let reference, let error):
            add(reference, ObjectOutcome.Result.failed.rawValue, error: error.message, at: now)
        case .skipped(let reference, _): add(reference, ObjectOutcome.Result.skipped.rawValue, at: now)
        case .wave, .waiting, .healthy, .lastWords: return false
        }
        return true
    }

    mutating func takeRows() -> [ObjectRecord] {
        defer { rows = [] }
        return rows
    }

    private mutating func add(
        _ reference: ObjectReference, _ result: String, error: String? = nil, at now: ContinuousClock.Instant
    ) {
        let change = planned[reference.identity]
        rows.append(
            ObjectRecord(
                reference: reference,
                action: change.map { Self.word($0.action) } ?? (hooks.contains(reference.identity) ? "hook" : ""),
                result: result,
                fields: change?.fields.map(\.path.description) ?? [], error: error,
                duration: begun[reference.identity].map { now - $0 } ?? .zero))
    }

    private static func word(_ action: PlannedChange.Action) -> String {
        switch action {
        case .create: "create"
        case .update: "update"
        case .recreate: "recreate"
        case .unchanged: "unchanged"
        case .prune: "prune"
        case .skip: "skip"
        }
    }
}

/// The ledger of a run, which tells its events from several tasks at a time.
final class SharedLedger: Sendable {
    private let ledger: Mutex<ObjectLedger>

    init(_ plan: Plan) {
        ledger = Mutex(ObjectLedger(plan))
    }

    func take(_ event: SyncEvent) -> Bool { ledger.withLock { $0.take(event, at: .now) } }
    func takeRows() -> [ObjectRecord] { ledger.withLock { $0.takeRows() } }
}

extension SyncCounts {
    init(_ outcome: Outcome) {
        self.init(
            created: outcome.count(.created), configured: outcome.count(.configured),
            recreated: outcome.count(.recreated),
            pruned: outcome.count(.pruned),
            unchanged: outcome.count(.unchanged), skipped: outcome.count(.skipped), failed: outcome.count(.failed))
    }
}

extension Outcome {
    /// The findings of the sync and of each of its objects, those of objects at the place where they are declared.
    var findings: [Diagnostic] {
        var findings = diagnostics
        for object in objects {
            findings += object.warnings.map { .warning("\(object.reference): \($0)", at: object.origin) }
            if var error = object.error {
                error.location = error.location ?? object.origin
                findings.append(error)
            }
        }
        return findings
    }
}
