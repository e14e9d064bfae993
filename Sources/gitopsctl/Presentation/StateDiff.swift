// What differs between any two states of an application: revisions, the working tree, recorded syncs, the cluster.

import Manifest
import Reconciler
import SyncEngine
import SyncHistory

extension RevisionLine {
    /// A state's name, with its commit where it has one.
    init(_ manifests: ComparedManifests) {
        if let commit = manifests.commit {
            self.init(commit)
        } else if let sync = manifests.sync {
            self.init(
                requested: "sync \(sync.id)", commit: sync.revision.commit ?? "", subject: sync.revision.subject ?? "",
                author: sync.revision.author ?? "")
        } else {
            self.init(requested: "the working tree", commit: "", subject: "", author: "")
        }
    }

    static let live = RevisionLine(requested: "the cluster", commit: "", subject: "", author: "")
}

struct StateDiff {
    var from: RevisionLine
    var to: RevisionLine
    var objects: [ObjectDiff]

    /// Two sets of manifests. Values of Secrets are masked.
    init(from: ComparedManifests, to: ComparedManifests) {
        self.from = RevisionLine(from)
        self.to = RevisionLine(to)
        func objects(_ manifests: ComparedManifests) -> [ObjectIdentity: KubernetesObject] {
            Dictionary(manifests.rendering.objects.map { ($0.identity, $0) }) { first, _ in first }
        }
        let (old, new) = (objects(from), objects(to))
        let all = Set(old.keys).union(new.keys).sorted { $0.description < $1.description }
        self.objects = all.compactMap { Self.diff(old[$0], new[$0]) }
    }

    /// A plan's view of the cluster and of what is desired, or the other way round.
    ///
    /// - Parameter isReversed: whether the cluster is what is compared to, and not what is compared.
    init(_ plan: Plan, desired: RevisionLine, isReversed: Bool) {
        from = isReversed ? desired : .live
        to = isReversed ? .live : desired
        objects = ObjectDiff.objects(of: plan).filter { $0.entry.action != .unchanged && $0.entry.action != .skip }
            .map { isReversed ? $0.reversed : $0 }
    }

    var isEmpty: Bool { objects.isEmpty }

    private static func diff(_ old: KubernetesObject?, _ new: KubernetesObject?) -> ObjectDiff? {
        guard let reference = (new ?? old)?.reference else { return nil }
        let mask = SecretMask.shared
        let kind = reference.gvk.groupKind
        func shown(_ object: KubernetesObject?) -> Value? { mask.shown(object?.value, at: FieldPath(), of: kind) }
        let (before, after) = (shown(old), shown(new))
        var entry = DiffEntry(reference: reference, action: old == nil ? .create : new == nil ? .prune : .update)
        entry.verb = old == nil ? "added" : new == nil ? "removed" : "changed"
        guard let before, let after else { return ObjectDiff(entry: entry, before: before, after: after, changes: []) }
        let type = Schema.builtIn(reference.gvk)
        let comparison = type.compare(before, after)
        let paths = comparison.added.union(comparison.modified).union(comparison.removed).leaves
        if paths.isEmpty { return nil }
        entry.fields = paths.map { path in
            DiffEntry.Field(
                path: path.description, live: type.value(at: path, in: before).map(DiffEntry.text),
                desired: type.value(at: path, in: after).map(DiffEntry.text), cause: .git)
        }
        return ObjectDiff(entry: entry, before: before, after: after, changes: [])
    }

    // MARK: Output

    func lines(isFull: Bool, showsFields: Bool, width: Int, now: Timestamp) -> [InkedLine] {
        if showsFields {
            return DiffText(revision: to, entries: objects.map(\.entry), width: width, now: now).lines()
        }
        return UnifiedDiff(revision: to, objects: objects, isFull: isFull, width: width, now: now).lines()
    }

    func summary(application: String, width: Int) -> [InkedLine] {
        let count = { action in objects.count { $0.entry.action == action } }
        let words = Spans.list([
            (count(.create), "added"), (count(.update) + count(.recreate), "changed"), (count(.prune), "removed"),
        ])
        let text =
            isEmpty
            ? "\(application) is the same in \(from.name) and \(to.name)"
            : "\(application) from \(from.name) to \(to.name): \(words)"
        return TextWidth.wrapped(text, to: width).map { InkedLine($0) }
    }

    func document(application: String, _ diagnostics: [Diagnostic]) -> Value {
        func side(_ line: RevisionLine) -> Value {
            line.commit.isEmpty
                ? ["requested": .string(line.requested)]
                : Documents.revision(
                    SyncRevision(
                        requested: line.requested, commit: line.commit, subject: line.subject, author: line.author))
        }
        let changes = objects.map { object in
            Documents.object(
                Documents.reference(object.entry.reference) + [
                    ("change", .string(Self.word(object.entry.action))),
                    ("fields", object.entry.fields.isEmpty ? nil : .array(object.entry.fields.map(Self.field))),
                ])
        }
        return Documents.object([
            ("application", .string(application)), ("from", side(from)), ("to", side(to)), ("changes", .array(changes)),
            ("diagnostics", .array(diagnostics.map(Documents.diagnostic))),
        ])
    }

    private static func word(_ action: ObjectAction) -> String {
        switch action {
        case .create: "added"
        case .prune: "removed"
        default: "changed"
        }
    }

    private static func field(_ field: DiffEntry.Field) -> Value {
        Documents.object([
            ("path", .string(field.path)), ("from", field.live.map(Value.string)),
            ("to", field.desired.map(Value.string)),
        ])
    }
}

extension ObjectDiff {
    /// The same difference, seen from the other side. Who made it so is the side's that is left behind.
    fileprivate var reversed: ObjectDiff {
        var entry = entry
        entry.note = nil
        entry.fields = entry.fields.map {
            DiffEntry.Field(path: $0.path, live: $0.desired, desired: $0.live, cause: $0.cause)
        }
        switch entry.action {
        case .create: entry.action = .prune
        case .prune: entry.action = .create
        default: entry.action = .update
        }
        entry.verb = entry.action == .create ? "added" : entry.action == .prune ? "removed" : "changed"
        // Lines of the cluster that Git has otherwise were made in the cluster, and are told with their manager.
        let causes = changes.filter { if case .cluster = $0.cause { true } else { false } }
        return ObjectDiff(entry: entry, before: after, after: before, changes: causes)
    }
}
