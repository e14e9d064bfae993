// A row of the three-way table played through: the live object that its events leave, the plan, and what a server would
// do.

import Manifest

@testable import SyncEngine

struct ThreeWayDiffScene {
    private let row: ThreeWayDiffRow
    private let reference: ObjectReference
    private let applySet = Self.applySet
    private let live: Value
    private let desired: DesiredObject

    static let applySet = ApplySet(configMap: "app", namespace: "n")

    init(_ row: ThreeWayDiffRow) throws {
        self.row = row
        let isNamespaced = BuiltInResource.all.first { $0.group == row.gvk.group && $0.kind == row.gvk.kind }?
            .isNamespaced
        reference = ObjectReference(gvk: row.gvk, namespace: isNamespaced ?? true ? "n" : nil, name: "x")
        desired = Self.object(row.desired ?? [:], reference, applySet)
        var live: Value?
        for (index, event) in row.events.enumerated() {
            live = Self.play(event, at: "2026-01-01T00:00:\(index + 10)Z", on: live, reference, applySet)
        }
        self.live = live ?? Self.bare(reference)
    }

    /// The row on a cluster: the object as its events left it there, and what is desired of it.
    init(_ row: ThreeWayDiffRow, live: Value, desired: DesiredObject) {
        self.row = row
        self.live = live
        self.desired = desired
        reference = desired.reference
    }

    // MARK: The live object

    static func bare(_ reference: ObjectReference) -> Value {
        var metadata: Value = ["name": .string(reference.name)]
        metadata["namespace"] = reference.namespace.map { .string($0) }
        return [
            "apiVersion": .string(reference.gvk.apiVersion), "kind": .string(reference.gvk.kind), "metadata": metadata,
        ]
    }

    /// A value with the identity of the object that it is to be, and all else as it stands, nulls too.
    static func named(_ value: Value, _ reference: ObjectReference) -> Value {
        let bare = bare(reference)
        var named = bare.object ?? Object()
        for entry in value.object?.entries ?? [] where entry.key != "metadata" { named[entry.key] = entry.value }
        named["metadata"] = merge(bare["metadata"] ?? [:], value["metadata"]?.object.map { .object($0) } ?? [:])
        return .object(named)
    }

    static func object(_ value: Value, _ reference: ObjectReference, _ applySet: ApplySet) -> DesiredObject {
        let value = DesiredForm.prepared(named(value, reference), reference: reference, applySet: applySet)
        return DesiredObject(
            reference: reference, value: value, origin: nil, digest: value.digest, wave: 0, awaitsKind: false)
    }

    private static func play(
        _ event: ThreeWayDiffRow.Event, at time: String, on live: Value?, _ reference: ObjectReference,
        _ applySet: ApplySet
    ) -> Value? {
        let server = ServerSideApply(type: serverType(of: reference.gvk))
        switch event {
        case .applied(let value, let withDigest):
            let object = object(value, reference, applySet)
            let config = withDigest ? DesiredForm.marked(object, type: Schema.anything) : object.value
            return try? server.apply(config, to: live, by: .init(manager: "gitopsctl", time: time), force: true)
        case .server(let patch):
            return merge(live ?? bare(reference), patch)
        case .updated(let patch, let manager, let apiVersion, let subresource):
            var updated = merge(live ?? bare(reference), patch)
            if let apiVersion { updated["apiVersion"] = .string(apiVersion) }
            updated = server.update(
                updated, from: live, by: .init(manager: manager, time: time, subresource: subresource))
            updated["apiVersion"] = (live ?? bare(reference))["apiVersion"]
            return updated
        case .appliedByOther(let value, let manager):
            return try? server.apply(
                named(value, reference), to: live, by: .init(manager: manager, time: time), force: true)
        case .read(let patch, let apiVersion):
            var converted = merge(live ?? bare(reference), patch)
            converted["apiVersion"] = .string(apiVersion)
            return converted
        }
    }

    /// RFC 7386.
    static func merge(_ target: Value, _ patch: Value) -> Value {
        guard let changes = patch.object else { return patch }
        var result = target.object ?? Object()
        for entry in changes.entries {
            if entry.value.isNull {
                result.removeValue(forKey: entry.key)
            } else {
                result[entry.key] = merge(result[entry.key] ?? [:], entry.value)
            }
        }
        return .object(result)
    }

    // MARK: Types

    private static func serverType(of gvk: GroupVersionKind) -> SchemaType {
        gvk.kind == "Widget" ? widget : Schema.builtIn(gvk)
    }

    private func engineType(_ live: Value) -> SchemaType {
        if let type = Schema.kubernetes.type(of: row.gvk) { return type }
        let owned = Ownership(of: live, manager: "gitopsctl").all
        return row.isDefinitionKnown ? Self.widget : Schema.observed([desired.value, live], owned: owned)
    }

    private static let widget = Schema.customResource(manifest(widgetSchema))

    static let widgetSchema = """
        type: object
        properties:
          spec:
            type: object
            properties:
              size: {type: integer}
              mode: {type: string}
              enabled: {type: boolean}
              ratio: {type: number}
              limit: {x-kubernetes-int-or-string: true}
              users:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name, zone]
                items: {type: object, required: [name], properties: {name: {type: string}, zone: {type: string, default: a}, role: {type: string}}}
              tags: {type: array, x-kubernetes-list-type: set, items: {type: string}}
              rows: {type: array, items: {type: object, x-kubernetes-preserve-unknown-fields: true}}
              free: {type: object, x-kubernetes-preserve-unknown-fields: true}
              whole: {type: object, x-kubernetes-map-type: atomic, additionalProperties: {type: string}}
              template: {type: object, x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true}
          status: {type: object, x-kubernetes-preserve-unknown-fields: true}
        """

    // MARK: The plan

    private func compare(with live: Value, _ owners: Ownership? = nil) -> (desired: Value, result: ThreeWayDiff.Result)
    {
        let ownership = owners ?? Ownership(of: live, manager: "gitopsctl")
        let type = engineType(live)
        let autoscaled = IgnoredDifferences(autoscalersIn: [desired.value] + row.beside)
        let value = IgnoredDifferences(row.ignored + autoscaled.rules).yielded(
            desired.value, live: live, reference: reference, type: type, ownership: ownership)
        let digest = KubernetesObject(live).annotation(Vocabulary.appliedDigest)
        let diff = ThreeWayDiff(
            type: type, desired: value, live: live, ownership: ownership,
            isDigestCurrent: digest.map { $0 == desired.digest },
            mask: SecretMask(key: [1]))
        return (value, diff.compare())
    }

    /// The paths of the changes that need no dry run.
    var certainPaths: Set<String> {
        Set(
            compare(with: live).result.changes.map(\.path.description).filter { path in
                ![Vocabulary.partOf, Vocabulary.appliedIdentity].contains { path.contains($0) }
            })
    }

    /// The plan as lines, without the engine's own marks.
    func plan() -> [String] { lines(of: compare(with: live).result) }

    private func lines(of result: ThreeWayDiff.Result) -> [String] {
        result.changes.compactMap(line) + result.doubts.compactMap(line).map { "? " + $0 }
            + (result.takesOwnership ? ["own"] : [])
    }

    private func line(_ change: FieldChange) -> String? {
        func text(_ value: Value?) -> String { value.map { String(decoding: JSON.write($0), as: UTF8.self) } ?? "-" }
        let marks = [Vocabulary.partOf, Vocabulary.appliedIdentity]
        let (live, desired) = (change.live.map(withoutMarks), change.desired.map(withoutMarks))
        if marks.contains(where: change.path.description.contains) { return nil }
        if desired?.object?.isEmpty == true, change.desired?.object?.isEmpty == false { return nil }
        let cause =
            switch change.cause {
            case .git: "git"
            case .cluster(let manager, _): manager
            }
        return "\(change.path): \(text(live)) → \(text(desired)) (\(cause))"
    }

    private func withoutMarks(_ value: Value) -> Value {
        guard let object = value.object else { return value }
        let entries = object.entries.filter { ![Vocabulary.partOf, Vocabulary.appliedIdentity].contains($0.key) }
        return .object(Object(entries: entries.map { Object.Entry(key: $0.key, value: withoutMarks($0.value)) }))
    }

    // MARK: What a server does

    /// What is sent to the server.
    var config: Value {
        var config = desired
        config.value = compare(with: live).desired
        return DesiredForm.marked(config, type: Schema.anything)
    }

    /// The object after its owners are taken over and what is desired is applied.
    private func applied() throws -> Value {
        var before = live
        before["metadata"]?["resourceVersion"] = "1"
        if let patch = ManagerTakeover.patch(of: before, manager: "gitopsctl") { before = Self.merge(before, patch) }
        return try ServerSideApply(type: Self.serverType(of: row.gvk), resetFields: [["status"]]).apply(
            config, to: before, by: .init(manager: "gitopsctl", time: "2026-01-01T00:01:00Z"), force: true)
    }

    private func changes(_ answer: Value) -> FieldSet {
        let comparison = Self.serverType(of: row.gvk).compare(live, answer)
        let all = comparison.added.union(comparison.modified).union(comparison.removed)
        return all.difference(ManagedFields.unowned).difference(ThreeWayDiff.bookkeeping)
    }

    func plannedButNotDone() throws -> [FieldPath] { row.isRefused ? [] : plannedButNotDone(try applied()) }
    func doneButNotPlanned() throws -> [FieldPath] { row.isRefused ? [] : doneButNotPlanned(try applied()) }

    /// - Parameter answer: the object after the apply.
    func plannedButNotDone(_ answer: Value) -> [FieldPath] {
        let type = Self.serverType(of: row.gvk)
        return compare(with: live).result.changes.map(\.path).filter { path in
            type.value(at: path, in: answer) == type.value(at: path, in: live)
        }
    }

    /// What changes unsaid, apart from the spelling of values and from what the server made of those that it was given.
    func doneButNotPlanned(_ answer: Value) -> [FieldPath] {
        let type = Self.serverType(of: row.gvk)
        let result = compare(with: live).result
        let planned = (result.changes + result.doubts).map(\.path)
        let ownership = Ownership(of: live, manager: "gitopsctl")
        let isAsApplied = KubernetesObject(live).annotation(Vocabulary.appliedDigest) == desired.digest
        return changes(answer).leaves.filter { path in
            let way = path.elements.indices.map { FieldPath(Array(path.elements[...$0])) }
            if planned.contains(where: { way.contains($0) || $0.elements.starts(with: path.elements) }) { return false }
            let (before, after) = (type.value(at: path, in: live), type.value(at: path, in: answer))
            let isOurs = way.contains(where: ownership.ours.contains)
            if before == nil, comesBack(after, at: path) { return false }
            // The server made something else of what was applied, or has a default for what is given up.
            if isOurs, isAsApplied || before == nil { return false }
            if after == nil, result.takesOwnership || comesBack(before, at: path) { return false }
            return !way.contains { engineType(live).likeness(at: $0, of: live, to: answer) == .same }
        }
    }

    private func comesBack(_ value: Value?, at path: FieldPath) -> Bool {
        guard let value, let element = path.elements.last else { return false }
        let parent = engineType(live).place(at: path.elements.dropLast())
        return ServerDefaults.fate(of: value, at: element, in: parent) == .same
    }

    // MARK: A merge here, instead of an apply there

    /// The object after a merge patch that was computed here, as a server takes it that knows of no apply.
    private func merged() throws -> Value {
        var before = live
        before["metadata"]?["resourceVersion"] = "1"
        var config = desired
        config.options.write = .merge
        config.value = compare(with: live).desired
        let type = engineType(live)
        let merge = ThreeWayMerge(type: type, manager: "gitopsctl", served: nil)
        let patch = try merge.patch(DesiredForm.marked(config, type: type), onto: before, force: true)
        return ServerSideApply(type: Self.serverType(of: row.gvk), resetFields: [["status"]]).update(
            Self.merge(before, patch), from: before, by: .init(manager: "gitopsctl", time: "2026-01-01T00:01:00Z"))
    }

    /// Whether a merge patch can say what the row asks for: it has no word for null, of an object that is read in
    /// another version than it was applied in only the server knows what our fields are called, and so it is with keys
    /// of a list that only its schema fills in.
    var isMergeable: Bool {
        !row.isRefused && desired.value.isWithoutNull
            && row.title != "a keyed list with a default that only the cluster knows"
            && !row.events.contains { if case .read = $0 { true } else { false } }
    }

    /// Where a merge leaves another object than an apply.
    func mergedOtherwise() throws -> [FieldPath] {
        let comparison = Self.serverType(of: row.gvk).compare(try applied(), try merged())
        return comparison.added.union(comparison.modified).union(comparison.removed)
            .difference(ManagedFields.unowned).difference(ThreeWayDiff.bookkeeping).leaves
    }

    func planAfterMerge() throws -> [String] {
        let live = try merged()
        let type = engineType(live)
        let ownership = Ownership(merging: live, manager: "gitopsctl", type: type)
        return lines(of: compare(with: live, ownership).result)
    }

    func planAfterApply() throws -> [String] { row.isRefused ? [] : lines(of: compare(with: try applied()).result) }
}

extension Value {
    fileprivate var isWithoutNull: Bool {
        switch self {
        case .scalar: !isNull
        case .array(let items): items.allSatisfy(\.isWithoutNull)
        case .object(let object): object.entries.allSatisfy(\.value.isWithoutNull)
        }
    }
}

extension SchemaType {
    func place(at path: some Sequence<PathElement>) -> SchemaType {
        path.reduce(self) { type, element in
            if case .field(let key) = element { return type.memberOrAny(key) }
            return type.element ?? Schema.anything
        }
    }

    /// How a piece of one object stands to that of another; different where it is no piece but a branch.
    func likeness(at path: FieldPath, of before: Value, to after: Value) -> Likeness {
        let place = place(at: path.elements)
        guard case .leaf = place.shape(of: value(at: path, in: after)) else { return .different }
        return place.likeness(of: value(at: path, in: before), to: value(at: path, in: after))
    }
}
