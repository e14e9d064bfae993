import Manifest
import SeededNumbers
import Testing

@testable import SyncEngine

/// Random objects, edited at random by three managers: whatever came before, a sync leaves a cluster where the next one
/// has nothing to do, what was desired is there, what was taken back is gone, and what others added is untouched.
@Suite struct ConvergenceTests {
    private func deployment(_ random: inout SeededNumbers) -> Value {
        var object = manifest(
            "{apiVersion: apps/v1, kind: Deployment, metadata: {name: x, namespace: default}, spec: {selector: {matchLabels: {a: b}}}}"
        )
        for label in ["l1", "l2", "l3"] where random.chance(50) {
            object["metadata"]?["labels"][orEmpty: label] = .string(random.text())
        }
        if random.chance(50) { object["spec"]?["replicas"] = .int(Int.random(in: 1...3, using: &random)) }
        if random.chance(30) { object["spec"]?["paused"] = true }
        var containers: [Value] = []
        for name in ["one", "two", "three"].shuffled(using: &random) where random.chance(60) {
            var container: Value = ["name": .string(name), "image": .string(random.text())]
            var env: [Value] = []
            for variable in ["A", "B", "C"] where random.chance(50) {
                env.append(["name": .string(variable), "value": .string(random.text())])
            }
            if !env.isEmpty { container["env"] = .array(env) }
            if random.chance(40) { container["args"] = .array([.string(random.text()), .string(random.text())]) }
            if random.chance(40) {
                container["ports"] = [["containerPort": .int(Int.random(in: 1...2, using: &random))]]
            }
            containers.append(container)
        }
        object["spec"]?["template"] = ["spec": ["containers": .array(containers)]]
        if random.chance(40) { object["spec"]?["template"]?["spec"]?["nodeSelector"] = ["k": .string(random.text())] }
        return object
    }

    /// What somebody else does to a live object: changes, additions under names of their own, removals.
    private func edit(_ object: inout Value, _ random: inout SeededNumbers) {
        if random.chance(50) {
            object["metadata"]?["annotations"][orEmpty: "foreign-\(random.text())"] = .string(random.text())
        }
        if random.chance(40) {
            object["metadata"]?["labels"][orEmpty: "l\(Int.random(in: 1...3, using: &random))"] = .string("foreign")
        }
        if random.chance(30) { object["spec"]?["replicas"] = 9 }
        if random.chance(20) { object["spec"]?["minReadySeconds"] = .int(Int.random(in: 1...9, using: &random)) }
        guard var containers = object[path: "spec", "template", "spec", "containers"]?.array else { return }
        if random.chance(30), !containers.isEmpty { containers[0]["image"] = "foreign" }
        if random.chance(20), !containers.contains(where: { $0["name"] == "sidecar" }) {
            containers.append(["name": "sidecar", "image": "s"])
        }
        if random.chance(15), !containers.isEmpty { containers.removeLast() }
        object["spec"]?["template"]?["spec"]?["containers"] = .array(containers)
    }

    @Test(arguments: 0..<60) func convergesWhateverOthersDo(seed: Int) async throws {
        var random = SeededNumbers(seed: seed)
        let cluster = FakeCluster()
        cluster.put(manifest("{apiVersion: v1, kind: Namespace, metadata: {name: default}}"), by: "kube-apiserver")
        let set = ApplySet(configMap: "app", namespace: "default")
        let engine = SyncEngine(cluster: cluster, clock: JumpingClock())
        var before: FieldSet?
        for _ in 1...4 {
            let desired = deployment(&random)
            let manifests = [KubernetesObject(desired)]
            let foreign = cluster.object("Deployment", "x").map { foreignFields(of: $0) } ?? [:]
            let ours =
                cluster.object("Deployment", "x").map { Ownership(of: $0, manager: "gitopsctl").ours } ?? FieldSet()
            let outcome = await engine.run(
                try await engine.plan(desired: manifests, applySet: set, options: SyncTests.options()))
            #expect(outcome.status == .succeeded)

            let live = try #require(cluster.object("Deployment", "x"))
            let type = Schema.builtIn(KubernetesObject(desired).gvk)
            let wanted = type.fieldSet(of: desired)
            for path in wanted.leaves {
                #expect(type.value(at: path, in: live) == type.value(at: path, in: desired), "\(path)")
            }
            let own = ManagedFields(of: live).applied(by: "gitopsctl")?.fields ?? FieldSet()
            for path in before?.leaves ?? [] where !wanted.reaches(path) && !marks.reaches(path) {
                #expect(!own.contains(path), "\(path)")
            }
            for (path, value) in foreign where !wanted.reaches(path) {
                // What lies in an item that was ours goes with it.
                let prefixes = path.elements.indices.map { FieldPath(Array(path.elements[...$0])) }
                if prefixes.contains(where: { ours.contains($0) && !wanted.reaches($0) }) { continue }
                #expect(type.value(at: path, in: live) == value, "\(path)")
            }
            before = own

            let again = try await SyncEngine(cluster: cluster, clock: JumpingClock())
                .plan(desired: manifests, applySet: set, options: SyncTests.options())
            #expect(again.isEmpty, "\(again.changes)")
            for manager in ["kubectl-edit", "operator"] {
                cluster.edit("Deployment", "x", by: manager) { object in
                    if random.chance(70) { edit(&object, &random) }
                }
            }
        }
    }

    private let marks: FieldSet = [
        FieldPath(fields: "metadata", "annotations", Vocabulary.appliedDigest),
        FieldPath(fields: "metadata", "annotations", Vocabulary.appliedIdentity),
        FieldPath(fields: "metadata", "labels", Vocabulary.partOf),
    ]

    /// The fields that only others own, with their values.
    private func foreignFields(of live: Value) -> [FieldPath: Value] {
        let type = Schema.builtIn(KubernetesObject(live).gvk)
        let ownership = Ownership(of: live, manager: "gitopsctl")
        var fields: [FieldPath: Value] = [:]
        for entry in ownership.others {
            for path in entry.fields.leaves where !ownership.ours.reaches(path) {
                if let value = type.value(at: path, in: live), value.object == nil, value.array == nil {
                    fields[path] = value
                }
            }
        }
        return fields
    }
}

extension Optional where Wrapped == Value {
    /// A key of an object that may not be there yet.
    fileprivate subscript(orEmpty key: String) -> Value? {
        get { self?[key] }
        set {
            var value = self ?? .object(Object())
            value[key] = newValue
            self = value
        }
    }
}

extension SeededNumbers {
    /// - Parameter percent: how often of a hundred times.
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
    mutating func text() -> String { ["a", "b", "c", "d"].randomElement(using: &self) ?? "a" }
}
