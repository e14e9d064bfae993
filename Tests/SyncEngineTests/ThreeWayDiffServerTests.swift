// The rows of the three-way table on a real API server: what happened is played there, and the plan is held against the
// server's own dry run. So the rows are true of servers, and not of this project's idea of one.

import Foundation
import HTTPClient
import KubernetesClient
import Manifest
import Testing

@testable import SyncEngine

@Suite(
    .enabled(if: ServerStage.kubeconfig != nil, "GITOPSCTL_TEST_KUBECONFIG is not set"), .timeLimit(.minutes(10)))
struct ThreeWayDiffServerTests {
    /// What a server does beyond what it is asked, and no plan foretells; and what servers of old did otherwise.
    private static let exceptions: Set<String> = [
        // It takes the time of sessions away with them, and writes the older name of the service account beside the new
        // one.
        "networking: sessions with a defaulted time",
        "pods: another service account, where the older name still says the old one",
        // What it had filled in goes with the last field of its structure.
        "containers: a probe of another sort takes the place of one",
        "pods: a volume of another source",
        "workloads: to recreate, while the numbers of rolling are ours",
        // It rounds CPU up to thousandths.
        "quantities: thousandths of thousandths",
        // Before structured-merge-diff 4.4 an apply left the order of a list as it was.
        "containers: the order of variables, which may refer to those before them",
        "lists: the order of init containers",
        "lists: a set in another order",
        // Two address families were a feature of alpha quality, and off.
        "networking: two address families, the second of them new",
    ]

    /// Rows are of fragments; those that cannot be completed to what this server takes are not played.
    @Test func aPlanIsWhatTheServersDryRunSays() async throws {
        let stage = try await ServerStage()
        let rows = ThreeWayDiffRow.table.rows
        let verdicts = await concurrently(Array(rows.indices), limit: 8) { index async throws(Never) in
            await stage.play(rows[index], as: "row-\(index)")
        }
        await stage.leave()
        for (row, verdict) in zip(rows, verdicts) {
            if case .wrong(let why) = verdict, !Self.exceptions.contains(row.testDescription) {
                Issue.record("\(row.chapter).txt:\(row.line) (\(row.title)): \(why)")
            }
        }
        let played = verdicts.count { if case .notPlayed = $0 { false } else { true } }
        let reasons = verdicts.compactMap { if case .notPlayed(let why) = $0 { why } else { nil } }
        #expect(
            played >= 350, "\(played) of \(rows.count) were played: \(Set(reasons).sorted().joined(separator: "\n"))")
        print("\(played) of \(rows.count) rows played on the server")
    }
}

/// A namespace of a real cluster in which rows are played.
private struct ServerStage: Sendable {
    static let kubeconfig = ProcessInfo.processInfo.environment["GITOPSCTL_TEST_KUBECONFIG"].flatMap {
        $0.isEmpty ? nil : $0
    }

    enum Verdict: Sendable {
        case right
        case wrong(String)
        case notPlayed(String)
    }

    private let client: KubernetesClient
    private let namespace: String

    init() async throws {
        client = KubernetesClient(try Kubeconfig.load(path: Self.kubeconfig))
        namespace = "rows-\(UInt32.random(in: 0 ... .max))"
        _ = try await client.apply(
            ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(namespace)]],
            options: ApplyOptions(fieldManager: "rows"))
        for (plural, kind, schema) in [
            ("widgets", "Widget", ThreeWayDiffScene.widgetSchema),
            ("gadgets", "Gadget", "{type: object, x-kubernetes-preserve-unknown-fields: true}"),
        ] {
            let definition: Value = [
                "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "metadata": ["name": .string("\(plural).example.com")],
                "spec": [
                    "group": "example.com", "scope": "Namespaced",
                    "names": [
                        "plural": .string(plural), "kind": .string(kind), "listKind": .string(kind + "List"),
                        "singular": .string(kind.lowercased()),
                    ],
                    "versions": [
                        [
                            "name": "v1", "served": true, "storage": true,
                            "schema": ["openAPIV3Schema": manifest(schema)],
                        ]
                    ],
                ],
            ]
            _ = try await client.apply(definition, options: ApplyOptions(fieldManager: "rows", force: true))
            let gvk = GroupVersionKind(group: "example.com", version: "v1", kind: kind)
            while try await client.discovery(refresh: true).resource(for: gvk) == nil {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    func leave() async {
        _ = try? await client.delete(.namespace(namespace))
        for plural in ["widgets", "gadgets"] {
            let gvk = GroupVersionKind(group: "apiextensions.k8s.io", version: "v1", kind: "CustomResourceDefinition")
            _ = try? await client.delete(ObjectReference(gvk: gvk, namespace: nil, name: "\(plural).example.com"))
        }
    }

    // MARK: Playing a row

    func play(_ row: ThreeWayDiffRow, as name: String) async -> Verdict {
        do throws(KubernetesError) {
            guard let resource = try await client.discovery().resource(for: row.gvk) else {
                return .notPlayed("\(row.gvk) is not served")
            }
            if !row.beside.isEmpty { return .notPlayed("is about another object beside") }
            // Such an object acts in the cluster by itself.
            if ["APIService", "Namespace", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"].contains(
                row.gvk.kind)
            {
                return .notPlayed("\(row.gvk.kind)s act by themselves")
            }
            let unique = resource.isNamespaced ? name : "\(namespace)-\(name)"
            let reference = ObjectReference(
                gvk: row.gvk, namespace: resource.isNamespaced ? namespace : nil, name: unique)
            for event in row.events {
                if let reason = try await play(event, of: reference) { return .notPlayed(reason) }
            }
            guard var live = try await client.get(reference) else { return .notPlayed("begins with nothing") }
            if let patch = ManagerTakeover.patch(of: live, manager: "gitopsctl") {
                live = try await client.patch(
                    reference, type: .merge, body: patch, options: WriteOptions(fieldManager: "gitopsctl")
                ).object
            }
            let desired = ThreeWayDiffScene.object(
                ServerForm.completed(row.desired ?? [:], of: row.gvk), reference, ThreeWayDiffScene.applySet)
            let scene = ThreeWayDiffScene(row, live: live, desired: desired)
            let verdict = await judge(row, scene)
            if !resource.isNamespaced { _ = try await client.delete(reference) }
            return verdict
        } catch {
            return .notPlayed(error.message)
        }
    }

    private func judge(_ row: ThreeWayDiffRow, _ scene: ThreeWayDiffScene) async -> Verdict {
        let answer: Value
        do throws(KubernetesError) {
            answer = try await client.apply(scene.config, options: ApplyOptions(force: true, dryRun: true)).object
        } catch {
            return row.isRefused ? .right : .notPlayed("desired: " + error.message)
        }
        if row.isRefused { return .wrong("the server takes it") }
        let undone = scene.plannedButNotDone(answer)
        if !undone.isEmpty { return .wrong("planned and not done: \(undone)") }
        let unplanned = scene.doneButNotPlanned(answer)
        if !unplanned.isEmpty { return .wrong("done and not planned: \(unplanned)") }
        return .right
    }

    /// - Returns: why it cannot be played; nil where it was.
    private func play(_ event: ThreeWayDiffRow.Event, of reference: ObjectReference) async throws(KubernetesError)
        -> String?
    {
        switch event {
        case .applied(let value, let withDigest):
            let object = ThreeWayDiffScene.object(
                ServerForm.completed(value, of: reference.gvk), reference, ThreeWayDiffScene.applySet)
            _ = try await client.apply(
                withDigest ? DesiredForm.marked(object, type: Schema.anything) : object.value,
                options: ApplyOptions(force: true))
        case .appliedByOther(let value, let manager):
            let exists = try await client.get(reference) != nil
            let object = ThreeWayDiffScene.named(
                exists ? value : ServerForm.completed(value, of: reference.gvk), reference)
            _ = try await client.apply(object, options: ApplyOptions(fieldManager: manager, force: true))
        case .updated(let patch, let manager, nil, let subresource):
            if try await client.get(reference) == nil {
                let object = ThreeWayDiffScene.named(ServerForm.completed(patch, of: reference.gvk), reference)
                _ = try await client.create(object, options: WriteOptions(fieldManager: manager))
                return nil
            }
            var options = WriteOptions(fieldManager: manager)
            if !subresource.isEmpty { options.subresource = subresource }
            _ = try await client.patch(reference, type: .merge, body: ServerForm.withImages(patch), options: options)
        case .server(let patch):
            guard let before = try await client.get(reference) else { return "begins with nothing" }
            let after = try await client.patch(
                reference, type: .merge, body: ServerForm.withImages(patch),
                options: WriteOptions(fieldManager: "server")
            ).object
            // Whatever defaults or a webhook do belongs to nobody.
            let owners: Value = ["metadata": ["managedFields": before[path: "metadata", "managedFields"] ?? []]]
            if after[path: "metadata", "managedFields"] != before[path: "metadata", "managedFields"] {
                _ = try await client.patch(
                    reference, type: .merge, body: owners, options: WriteOptions(fieldManager: "server"))
            }
        case .updated, .read: return "is of several API versions"
        }
        return nil
    }
}

/// A fragment with what a server asks for beside it.
private enum ServerForm {
    static func completed(_ value: Value, of gvk: GroupVersionKind) -> Value {
        withImages(ThreeWayDiffScene.merge(base[gvk.kind].map(manifest) ?? [:], value))
    }

    private static let template =
        "selector: {matchLabels: {app: x}}, template: {metadata: {labels: {app: x}}, spec: {containers: [{name: base}]}}"
    private static let base = [
        "Deployment": "spec: {\(template)}", "DaemonSet": "spec: {\(template)}",
        "StatefulSet": "spec: {serviceName: x, \(template)}",
        "Job": "spec: {template: {spec: {restartPolicy: Never, containers: [{name: base}]}}}",
        "Service": "spec: {ports: [{port: 80, protocol: TCP}]}",
        "PersistentVolumeClaim": "spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}",
        "NetworkPolicy": "spec: {podSelector: {}}",
        "PersistentVolume": "spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /x}}",
        "Ingress": "spec: {defaultBackend: {service: {name: x, port: {number: 80}}}}",
        "StorageClass": "provisioner: example.com/x", "PriorityClass": "value: 5",
        "RoleBinding": "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: x}",
        "ClusterRoleBinding": "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: x}",
    ]

    /// Every container with an image, wherever it stands.
    static func withImages(_ value: Value) -> Value {
        switch value {
        case .scalar: return value
        case .array(let items): return .array(items.map(withImages))
        case .object(let object):
            var result = Object()
            for entry in object.entries {
                let inner = withImages(entry.value)
                guard ["containers", "initContainers"].contains(entry.key), let containers = inner.array else {
                    result[entry.key] = inner
                    continue
                }
                result[entry.key] = .array(
                    containers.map { container in
                        var container = container
                        if container["image"] == nil, container["name"] != nil {
                            container["image"] = "example.com/image:1"
                        }
                        return container
                    })
            }
            return .object(result)
        }
    }
}
