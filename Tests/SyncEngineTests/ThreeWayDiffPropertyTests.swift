import Foundation
import Manifest
import SeededNumbers
import Testing

@testable import SyncEngine

/// Random objects of the built-in kinds by their schema, changed at random in Git and by three other managers: one
/// updates, one applies by force, one writes through a subresource. Whatever happened, the plan is what the server
/// does.
@Suite struct ThreeWayDiffPropertyTests {
    static let kinds: [GroupVersionKind] = BuiltInResource.all.flatMap { resource in
        Schema.kubernetes.allKinds.filter { $0.group == resource.group && $0.kind == resource.kind }
    }.sorted { $0.description < $1.description }

    /// 300 of them; `GITOPSCTL_PROPERTY_SEEDS=3000` asks for more, `629..<630` for some.
    private static let seeds: Range<Int> = {
        let asked = (ProcessInfo.processInfo.environment["GITOPSCTL_PROPERTY_SEEDS"] ?? "").components(
            separatedBy: "..<")
        let bounds = asked.compactMap { Int($0) }
        return bounds.count == 2 ? bounds[0]..<bounds[1] : 0..<(bounds.first ?? 300)
    }()

    @Test(arguments: seeds) func plansWhatTheServerDoes(seed: Int) throws {
        var random = SeededNumbers(seed: seed)
        let gvk = try #require(Self.kinds.randomElement(using: &random))
        var world = World(gvk: gvk, type: try #require(Schema.kubernetes.type(of: gvk)))
        var objects = RandomObjects(gvk: gvk, random: random)
        for round in 1...5 {
            world.desire(objects.next())
            let before = world.live
            let (result, answer) = try world.sync()
            let place = "\(gvk), round \(round)"

            #expect(world.compare().isSame, "apply, then the plan is empty: \(place)")
            if let before {
                #expect(
                    world.unplanned(from: before, to: answer, result) == [], "the server changed it unplanned: \(place)"
                )
                #expect(
                    world.undone(from: before, to: answer, result) == [], "planned, and the server did not: \(place)")
                #expect(world.touched(from: before, to: answer) == [], "never ours, and touched: \(place)")
                #expect(world.left(from: before, to: answer) == [], "removed in Git, and still there: \(place)")
            }
            for path in world.type.fieldSet(of: world.desired.value).leaves
            where world.type.value(at: path, in: world.desired.value)?.isEmpty == false {
                #expect(
                    world.type.value(at: path, in: answer) == world.type.value(at: path, in: world.desired.value),
                    "desired, and not there: \(path), \(place)")
            }
            world.update(by: "kubectl-edit") { objects.edit($0) }
            world.update(by: "autoscaler", subresource: "scale") { objects.edit($0) }
            if objects.random.chance(50) { try world.apply(objects.part(), by: "operator") }
        }
    }
}

/// An object, those who write it, and what Git says of it.
private struct World {
    let gvk: GroupVersionKind
    let type: SchemaType
    private(set) var live: Value?
    private(set) var desired: DesiredObject
    private var time = 10

    init(gvk: GroupVersionKind, type: SchemaType) {
        self.gvk = gvk
        self.type = type
        let reference = ObjectReference(gvk: gvk, namespace: nil, name: "x")
        desired = DesiredObject(reference: reference, value: [:], origin: nil, digest: "", wave: 0, awaitsKind: false)
    }

    private var server: ServerSideApply { ServerSideApply(type: type, resetFields: [["status"]]) }

    private mutating func writer(_ manager: String, _ subresource: String = "") -> ServerSideApply.Writer {
        time += 1
        return .init(manager: manager, time: "2026-01-01T00:00:\(time)Z", subresource: subresource)
    }

    mutating func desire(_ manifest: Value) {
        desired.value = DesiredForm.prepared(
            manifest, reference: desired.reference, applySet: ApplySet(configMap: "app", namespace: "n"))
        desired.digest = desired.value.digest
    }

    mutating func update(by manager: String, subresource: String = "", _ change: (Value) -> Value) {
        guard let live else { return }
        self.live = server.update(change(live), from: live, by: writer(manager, subresource))
    }

    mutating func apply(_ config: Value, by manager: String) throws {
        live = try server.apply(config, to: live, by: writer(manager), force: true)
    }

    func compare() -> ThreeWayDiff.Result {
        guard let live else { return ThreeWayDiff.Result() }
        let digest = KubernetesObject(live).annotation(Vocabulary.appliedDigest)
        return ThreeWayDiff(
            type: type, desired: desired.value, live: live, ownership: Ownership(of: live, manager: "gitopsctl"),
            isDigestCurrent: digest.map { $0 == desired.digest }, mask: SecretMask(key: [1])
        ).compare()
    }

    /// Plans and applies.
    mutating func sync() throws -> (ThreeWayDiff.Result, Value) {
        let result = compare()
        let answer = try server.apply(
            DesiredForm.marked(desired, type: Schema.anything), to: live, by: writer("gitopsctl"), force: true)
        live = answer
        return (result, answer)
    }

    // MARK: What must hold

    private func changes(from before: Value, to after: Value) -> [FieldPath] {
        let comparison = type.compare(before, after)
        return comparison.added.union(comparison.modified).union(comparison.removed)
            .difference(ManagedFields.unowned).difference(ThreeWayDiff.bookkeeping).leaves
    }

    private func way(to path: FieldPath) -> [FieldPath] {
        path.elements.indices.map { FieldPath(Array(path.elements[...$0])) }
    }

    /// What changed and is in no plan, unless in spelling only or between absent and empty.
    func unplanned(from before: Value, to after: Value, _ result: ThreeWayDiff.Result) -> [String] {
        let planned = Set((result.changes + result.doubts).map(\.path))
        return changes(from: before, to: after).filter { path in
            let (old, new) = (type.value(at: path, in: before), type.value(at: path, in: after))
            if new == nil, isFilledInAgain(old, at: path) { return false }
            return !way(to: path).contains { place in
                planned.contains(place)
                    || type.likeness(at: place, of: before, to: after) == .same
            } && !(old?.isEmpty ?? true && new?.isEmpty ?? true)
        }.map(\.description)
    }

    /// Whether a real server puts the schema's default back where this one leaves nothing.
    private func isFilledInAgain(_ old: Value?, at path: FieldPath) -> Bool {
        guard let old, let element = path.elements.last else { return false }
        let parent = type.descending(path.elements.dropLast())
        if case .same = ServerDefaults.fate(of: old, at: element, in: parent) { return true }
        return false
    }

    /// What is planned without a doubt and did not change.
    func undone(from before: Value, to after: Value, _ result: ThreeWayDiff.Result) -> [String] {
        result.changes.map(\.path)
            .filter { type.value(at: $0, in: before) == type.value(at: $0, in: after) }.map(\.description)
    }

    /// What was never ours and is not desired, and is another than before. What lies in an item of ours goes with it.
    func touched(from before: Value, to after: Value) -> [String] {
        let ours = Ownership(of: before, manager: "gitopsctl").ours
        let wanted = type.fieldSet(of: desired.value)
        return type.fieldSet(of: before).difference(ManagedFields.unowned).leaves.filter { path in
            let way = way(to: path)
            if ours.reaches(path) || wanted.reaches(path) { return false }
            if way.contains(where: { ours.contains($0) && !wanted.reaches($0) || wanted.contains($0) }) { return false }
            let value = type.value(at: path, in: before)
            return value?.isEmpty == false && type.value(at: path, in: after) != value
        }.map(\.description)
    }

    /// What was ours alone and is no longer desired, and is there.
    func left(from before: Value, to after: Value) -> [String] {
        let ownership = Ownership(of: before, manager: "gitopsctl")
        let wanted = type.fieldSet(of: desired.value)
        return ownership.ours.difference(ThreeWayDiff.bookkeeping).leaves.filter { path in
            !wanted.reaches(path) && !ownership.isOwnedByOthers(path)
                && type.value(at: path, in: after)?.isEmpty == false
        }.map(\.description)
    }
}

extension Value {
    /// The value without maps and lists that have nothing in them: what becomes of those only a server knows.
    fileprivate var withoutEmpties: Value? {
        switch self {
        case .scalar: return self
        case .array(let items):
            let kept = items.compactMap(\.withoutEmpties)
            return kept.isEmpty ? nil : .array(kept)
        case .object(let object):
            let kept = object.entries.compactMap { entry in
                entry.value.withoutEmpties.map { Object.Entry(key: entry.key, value: $0) }
            }
            return kept.isEmpty ? nil : .object(Object(entries: kept))
        }
    }
}

/// Objects that are valid by their schema: some of the fields, keys that differ, a few values of each format.
private struct RandomObjects {
    let gvk: GroupVersionKind
    var random: SeededNumbers
    private var last: Value = [:]

    init(gvk: GroupVersionKind, random: SeededNumbers) {
        self.gvk = gvk
        self.random = random
    }

    private var type: SchemaType { Schema.builtIn(gvk) }

    /// What Git says next: often what it said before, with a part of it made anew.
    mutating func next() -> Value {
        last =
            (last.object?.isEmpty == false && random.chance(80) ? changed(last, type, depth: 0) : whole())
            .withoutEmpties ?? [:]
        return last
    }

    /// What somebody else applies.
    mutating func part() -> Value { whole().withoutEmpties ?? [:] }

    /// What somebody else makes of the live object.
    mutating func edit(_ live: Value) -> Value {
        var edited = changed(live, type, depth: 0).withoutEmpties ?? [:]
        for key in ["apiVersion", "kind", "metadata", "status"] { edited[key] = live[key] }
        let labels = map(edited[path: "metadata", "labels"], of: Schema.anything)
        edited["metadata"]?["labels"] = labels.withoutEmpties
        return edited
    }

    private mutating func whole() -> Value {
        var object: Value = [
            "apiVersion": .string(gvk.apiVersion), "kind": .string(gvk.kind), "metadata": ["name": "x"],
        ]
        for field in type.structure?.fields ?? []
        where !["apiVersion", "kind", "metadata", "status"].contains(field.name) {
            if random.chance(85) { object[field.name] = value(type.memberOrAny(field.name), depth: 1) }
        }
        for key in ["labels", "annotations"] where random.chance(60) {
            object["metadata"]?[key] = map(nil, of: Schema.anything)
        }
        return object
    }

    private mutating func map(_ old: Value?, of type: SchemaType) -> Value {
        var object = old?.object ?? Object()
        for key in ["a", "b", "c/d"] where random.chance(40) {
            object[key] = type.isAny ? .string(random.text()) : value(type, depth: 5)
        }
        return .object(object)
    }

    /// A value with some of what is in it made anew, taken out or added.
    private mutating func changed(_ old: Value, _ type: SchemaType, depth: Int) -> Value {
        switch (type.definition, old) {
        case (.structure, .object(var object)) where depth == 0 || random.chance(70):
            for entry in object.entries
            where depth > 0 || !["apiVersion", "kind", "metadata", "status"].contains(entry.key) {
                if depth > 0, random.chance(15), type.structure?.field(entry.key)?.isRequired != true {
                    object[entry.key] = nil
                } else if random.chance(50) {
                    object[entry.key] = changed(entry.value, type.memberOrAny(entry.key), depth: depth + 1)
                }
            }
            if depth > 0, let field = type.structure?.fields.randomElement(using: &random), random.chance(30),
                !object.contains(field.name)
            {
                object[field.name] = value(type.memberOrAny(field.name), depth: depth + 1)
            }
            return .object(object)
        case (.list(let list), .array(var items)) where !items.isEmpty && random.chance(70):
            let element = type.element ?? Schema.anything
            let index = Int.random(in: items.indices, using: &random)
            if random.chance(30) {
                items.remove(at: index)
            } else if case .map(let keys) = list.type {
                var item = changed(items[index], element, depth: depth + 1)
                for key in keys { item[key] = items[index][key] }
                items[index] = item
            } else if case .atomic = list.type {
                items[index] = changed(items[index], element, depth: depth + 1)
            }
            if random.chance(30) { items += fresh(list, element, besides: items, type, depth: depth) }
            return .array(items)
        default:
            return value(type, depth: depth)
        }
    }

    private mutating func fresh(
        _ list: Schema.List, _ element: SchemaType, besides items: [Value], _ type: SchemaType, depth: Int
    ) -> [Value] {
        let item = value(element, depth: depth + 1)
        if case .atomic = list.type { return [item] }
        guard let name = type.pathElement(of: item, in: list) else { return [] }
        return items.contains { type.pathElement(of: $0, in: list) == name } ? [] : [item]
    }

    private mutating func value(_ type: SchemaType, depth: Int) -> Value {
        switch type.definition {
        case .any:
            return random.chance(50) ? .string(random.text()) : ["a": .string(random.text())]
        case .scalar(let scalar):
            return self.scalar(scalar)
        case .list(let list):
            var items: [Value] = []
            for _ in 0..<(depth < 9 ? Int.random(in: 0...2, using: &random) : 0) {
                items += fresh(list, type.element ?? Schema.anything, besides: items, type, depth: depth)
            }
            return .array(items)
        case .structure(let structure):
            var object = Object()
            let share = structure.fields.count > 8 ? 12 : 35
            for field in structure.fields where field.isRequired || random.chance(share) && depth < 8 {
                object[field.name] = value(type.memberOrAny(field.name), depth: depth + 1)
            }
            return structure.fields.isEmpty && structure.element != nil
                ? map(nil, of: type.memberOrAny("a")) : .object(object)
        }
    }

    private mutating func scalar(_ scalar: Schema.ScalarType) -> Value {
        if let allowed = scalar.allowed.randomElement(using: &random), !allowed.isEmpty { return .string(allowed) }
        switch scalar.format {
        case .string: return .string(random.text())
        case .bytes: return .string(["YQ==", "Yg==", "Yw=="].randomElement(using: &random) ?? "")
        case .dateTime:
            return .string(["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"].randomElement(using: &random) ?? "")
        case .int32, .int64: return .int(Int.random(in: 0...3, using: &random))
        case .double: return .scalar(Scalar("0.5", kind: .float))
        case .boolean: return random.chance(50) ? true : false
        case .quantity: return .string(["1", "1000m", "2Gi", "2048Mi"].randomElement(using: &random) ?? "1")
        case .intOrString: return random.chance(50) ? .int(Int.random(in: 1...2, using: &random)) : "25%"
        }
    }
}
