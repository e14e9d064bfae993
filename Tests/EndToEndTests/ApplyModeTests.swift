// Objects that ask to be written in their own way, applications that are deleted, and objects that move, by the program
// that users run, against the sandbox and against a real API server.

import Foundation
import Testing

@Suite(.ownThread) struct ApplyModeTests {
    private func deployment(_ app: String, _ options: String) -> String {
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
          annotations: {\(options)}
        spec:
          replicas: 1
          selector: {matchLabels: {app: \(app)}}
          template:
            metadata: {labels: {app: \(app)}}
            spec: {containers: [{name: web, image: registry.example.com/web:1}]}

        """
    }

    private func prepare(_ delivery: Delivery, _ text: String) throws {
        try delivery.write(
            "app/namespace.yaml", "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: \(delivery.name)\n")
        try delivery.write("app/object.yaml", text)
        try delivery.write(
            "app/kustomization.yaml", "namespace: \(delivery.name)\nresources: [namespace.yaml, object.yaml]\n")
        try delivery.commit("Begin")
        let first = try delivery.sync()
        try #require(first.status == 0, "\(first.all)")
    }

    private func change(_ delivery: Delivery, _ text: String) throws {
        try delivery.write("app/object.yaml", text)
        try delivery.commit("Change")
    }

    private func get(_ delivery: Delivery, _ object: String, _ path: String) throws -> String {
        try delivery.kubectl("get", object, "-n", delivery.name, "-o", "jsonpath={\(path)}").output
    }

    @Test(arguments: TestCluster.all)
    func anImmutableChangeNamesItsFieldAndIsDoneWhereThatIsAskedFor(cluster: TestCluster) throws {
        let delivery = try Delivery(on: cluster)
        try prepare(delivery, deployment("one", ""))
        try change(delivery, deployment("two", ""))
        let refused = try delivery.sync()
        #expect(refused.status == 1)
        #expect(
            refused.all.contains(
                "Deployment \(delivery.name)/web: spec.selector cannot be changed on an existing object"),
            "\(refused.all)")
        #expect(refused.all.contains("gitopsctl.dev/sync-options: Force=true"), "\(refused.all)")

        try change(delivery, deployment("two", "argocd.argoproj.io/sync-options: Force=true"))
        let before = try get(delivery, "deployment/web", ".metadata.uid")
        let diff = try delivery.gitopsctl("diff", delivery.name)
        #expect(
            diff.status == 2
                && diff.output.contains("± Deployment \(delivery.name)/web  recreate: deleted and created again"),
            "\(diff.all)")
        let synced = try delivery.sync()
        #expect(
            synced.status == 0 && synced.output.contains("Deployment \(delivery.name)/web recreated"), "\(synced.all)")
        #expect(synced.output.contains("1 recreated"), "\(synced.all)")
        #expect(try get(delivery, "deployment/web", ".metadata.uid") != before)
        let again = try delivery.sync()
        #expect(again.all.contains("nothing to do"), "\(again.all)")
        let history = try delivery.json("history", delivery.name, "3")
        #expect((history["counts"] as? [String: Any])?["recreated"] as? Int == 1)
    }

    @Test(
        arguments: [
            (
                "Service", "spec: {clusterIP: 10.96.7.7, ports: [{port: 80, protocol: TCP}]}", "10.96.7.7", "10.96.7.8",
                "spec.clusterIPs[0]"
            ),
            (
                "StatefulSet",
                "spec: {serviceName: one, replicas: 0, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: a}]}}}",
                "serviceName: one", "serviceName: two", "spec.serviceName"
            ),
            ("Secret", "immutable: true\nstringData: {a: one}", "a: one", "a: two", "data.a"),
            (
                "RoleBinding", "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: one}", "name: one}",
                "name: two}", "roleRef"
            ),
            (
                "PersistentVolumeClaim",
                "spec: {accessModes: [ReadWriteOnce], storageClassName: one, resources: {requests: {storage: 1Gi}}}",
                "storageClassName: one", "storageClassName: two", "spec.storageClassName"
            ),
            (
                "Job",
                "spec: {parallelism: 0, template: {spec: {restartPolicy: Never, containers: [{name: a, image: 'a:1'}]}}}",
                "a:1", "a:2", "spec.template"
            ),
        ], TestCluster.all)
    func fieldsThatCannotBeChangedAreNamed(
        _ row: (kind: String, body: String, old: String, new: String, field: String), cluster: TestCluster
    ) throws {
        let delivery = try Delivery(on: cluster)
        let version =
            ["StatefulSet": "apps/v1", "RoleBinding": "rbac.authorization.k8s.io/v1", "Job": "batch/v1"][row.kind]
            ?? "v1"
        let text = "apiVersion: \(version)\nkind: \(row.kind)\nmetadata: {name: it}\n\(row.body)\n"
        try delivery.write(
            "app/namespace.yaml", "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: \(delivery.name)\n")
        try delivery.write("app/object.yaml", text)
        try delivery.write(
            "app/kustomization.yaml", "namespace: \(delivery.name)\nresources: [namespace.yaml, object.yaml]\n")
        try delivery.commit("Begin")
        let first = try delivery.gitopsctl("sync", delivery.name, "--no-wait")
        try #require(first.status == 0, "\(first.all)")
        try change(delivery, text.replacingOccurrences(of: row.old, with: row.new))
        let refused = try delivery.gitopsctl("sync", delivery.name, "--no-wait")
        #expect(refused.status == 1)
        #expect(
            refused.all.contains(
                "\(row.kind) \(delivery.name)/it: \(row.field) cannot be changed on an existing object"),
            "\(refused.all)")
    }

    @Test(arguments: TestCluster.all)
    func aReplacedObjectIsWhatGitSaysAndNothingElse(cluster: TestCluster) throws {
        let delivery = try Delivery(on: cluster)
        func map(_ value: String) -> String {
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: it\n  annotations: {argocd.argoproj.io/sync-options: Replace=true}\ndata: {a: \(value)}\n"
        }
        try prepare(delivery, map("one"))
        #expect(try delivery.gitopsctl("diff", delivery.name).status == 0)
        _ = try delivery.kubectl(
            "patch", "configmap", "it", "-n", delivery.name, "--type=merge", "-p", #"{"data":{"foreign":"x"}}"#)
        try change(delivery, map("two"))
        let differences = try delivery.differences()
        #expect(Set(differences.keys) == ["ConfigMap it data.a", "ConfigMap it data.foreign"])
        let synced = try delivery.sync()
        #expect(synced.status == 0, "\(synced.all)")
        #expect(try get(delivery, "configmap/it", ".data") == #"{"a":"two"}"#)
        let again = try delivery.sync()
        #expect(again.all.contains("nothing to do"), "\(again.all)")
    }

    @Test(arguments: TestCluster.all)
    func aMergedObjectKeepsWhatOthersHaveInItAndLosesWhatGitGivesUp(cluster: TestCluster) throws {
        let delivery = try Delivery(on: cluster)
        let options = "argocd.argoproj.io/sync-options: ServerSideApply=false"
        func objects(_ data: String, _ containers: String) -> String {
            """
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: it
              annotations: {\(options)}
            data: {\(data)}
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: web
              annotations: {\(options)}
            spec:
              replicas: 1
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec: {containers: [\(containers)]}

            """
        }
        let web = "{name: web, image: registry.example.com/web:1, ports: [{containerPort: 80}, {containerPort: 81}]}"
        try prepare(delivery, objects("a: one, b: two", "\(web), {name: log, image: registry.example.com/log:1}"))
        #expect(try delivery.gitopsctl("diff", delivery.name).status == 0)
        #expect(try get(delivery, "configmap/it", ".metadata.annotations").contains("gitopsctl.dev/applied-fields"))
        _ = try delivery.kubectl(
            "patch", "configmap", "it", "-n", delivery.name, "--type=merge", "-p", #"{"data":{"foreign":"x"}}"#)
        _ = try delivery.kubectl(
            "patch", "deployment", "web", "-n", delivery.name, "-p",
            #"{"spec":{"template":{"spec":{"containers":[{"name":"sidecar","image":"registry.example.com/proxy:1"}]}}}}"#
        )
        #expect(try delivery.gitopsctl("diff", delivery.name).status == 0)

        let changed = web.replacingOccurrences(of: "web:1", with: "web:2").replacingOccurrences(
            of: ", {containerPort: 81}", with: "")
        try change(delivery, objects("a: two", changed))
        let differences = try delivery.differences()
        let container = "Deployment web spec.template.spec.containers"
        #expect(
            Set(differences.keys) == [
                "ConfigMap it data.a", "ConfigMap it data.b", "\(container)[name=web].image", "\(container)[name=log]",
                "\(container)[name=web].ports[containerPort=81,protocol=TCP]",
            ], "\(differences)")
        let synced = try delivery.sync()
        #expect(synced.status == 0, "\(synced.all)")
        #expect(try get(delivery, "configmap/it", ".data") == #"{"a":"two","foreign":"x"}"#)
        let images = try get(delivery, "deployment/web", ".spec.template.spec.containers[*].image")
        #expect(Set(images.split(separator: " ")) == ["registry.example.com/web:2", "registry.example.com/proxy:1"])
        #expect(
            try get(
                delivery, "deployment/web", ".spec.template.spec.containers[?(@.name==\"web\")].ports[*].containerPort")
                == "80")
        let again = try delivery.sync()
        #expect(again.all.contains("nothing to do"), "\(again.all)")

        // And back: the server applies what was merged, and goes on from there.
        try change(delivery, objects("a: two", changed).replacingOccurrences(of: options, with: ""))
        #expect(try delivery.sync().status == 0)
        try change(delivery, objects("c: three", changed).replacingOccurrences(of: options, with: ""))
        #expect(try delivery.sync().status == 0)
        #expect(try get(delivery, "configmap/it", ".data") == #"{"c":"three","foreign":"x"}"#)
        #expect(try delivery.gitopsctl("diff", delivery.name).status == 0)
    }

    @Test(arguments: TestCluster.all)
    func aServiceIsReplacedWithItsAddress(cluster: TestCluster) throws {
        let delivery = try Delivery(on: cluster)
        func service(_ port: Int) -> String {
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: it\n  annotations: {gitopsctl.dev/sync-options: Replace=true}\nspec: {ports: [{port: \(port), protocol: TCP}]}\n"
        }
        try prepare(delivery, service(80))
        let address = try get(delivery, "service/it", ".spec.clusterIP")
        #expect(try delivery.gitopsctl("diff", delivery.name).status == 0)
        try change(delivery, service(81))
        let synced = try delivery.sync()
        #expect(synced.status == 0, "\(synced.all)")
        #expect(try get(delivery, "service/it", ".spec.clusterIP") == address)
        #expect(try get(delivery, "service/it", ".spec.ports[*].port") == "81")
        #expect(try delivery.gitopsctl("diff", delivery.name).status == 0)
    }

    @Test(arguments: TestCluster.all)
    func aNamespaceIsMadeWithItsLabelsAndStaysWhenTheApplicationGoes(cluster: TestCluster) throws {
        let delivery = try Delivery(on: cluster)
        try delivery.describe(
            path: "app",
            extra: "    options: [CreateNamespace=true]\n    managedNamespaceMetadata: {labels: {team: shop}}\n")
        try delivery.write("app/object.yaml", delivery.configMap("it"))
        try delivery.write("app/kustomization.yaml", "resources: [object.yaml]\n")
        try delivery.commit("Begin")
        let first = try delivery.sync()
        #expect(first.status == 0, "\(first.all)")
        #expect(try get(delivery, "namespace/\(delivery.name)", ".metadata.labels.team") == "shop")
        #expect(try delivery.gitopsctl("diff", delivery.name).status == 0)

        let unasked = try delivery.gitopsctl("delete", delivery.name)
        #expect(unasked.status == 1 && unasked.errors.contains("--yes"), "\(unasked.all)")
        let deleted = try delivery.gitopsctl("delete", delivery.name, "--yes")
        #expect(deleted.status == 0, "\(deleted.all)")
        #expect(deleted.output.contains("ConfigMap \(delivery.name)/it pruned"), "\(deleted.all)")
        #expect(deleted.output.contains("✓ \(delivery.name) is deleted: 1 deleted"), "\(deleted.all)")
        #expect(try get(delivery, "namespace/\(delivery.name)", ".metadata.name") == delivery.name)
        #expect(try delivery.kubectl("get", "configmap", "-n", "default", "gitopsctl-\(delivery.name)").status != 0)
        let history = try delivery.gitopsctl("history", delivery.name)
        #expect(history.output.contains("(application deleted)"), "\(history.output)")
        let again = try delivery.gitopsctl("delete", delivery.name, "--yes")
        #expect(again.status == 1 && again.errors.contains("there is nothing to delete"), "\(again.all)")
    }

    @Test(arguments: TestCluster.all)
    func anApplicationIsDeletedWithoutItsObjectsAndTakesThemBack(cluster: TestCluster) throws {
        let delivery = try Delivery(on: cluster)
        try prepare(delivery, delivery.configMap("it"))
        let uid = try get(delivery, "configmap/it", ".metadata.uid")
        let deleted = try delivery.gitopsctl("delete", delivery.name, "--orphan", "--yes")
        #expect(deleted.status == 0 && deleted.output.contains("is deleted: 2 kept"), "\(deleted.all)")
        #expect(try delivery.resourceVersions("configmaps").isEmpty)
        #expect(try get(delivery, "configmap/it", ".metadata.uid") == uid)
        let synced = try delivery.sync()
        #expect(synced.status == 0, "\(synced.all)")
        #expect(try get(delivery, "configmap/it", ".metadata.uid") == uid)
        #expect(try delivery.resourceVersions("configmaps").keys.sorted() == ["ConfigMap/it"])
    }

    @Test(arguments: TestCluster.all)
    func anObjectThatMovesToAnotherApplicationIsHandedOver(cluster: TestCluster) throws {
        let delivery = try Delivery(on: cluster)
        try prepare(delivery, delivery.configMap("moved"))
        let other = delivery.name + "-other"
        try delivery.write(
            "gitops/other.yaml",
            try delivery.read("gitops/application.yaml").replacingOccurrences(
                of: "name: \(delivery.name)\nspec", with: "name: \(other)\nspec"
            )
            .replacingOccurrences(of: "path: app", with: "path: other"))
        try delivery.write("other/kustomization.yaml", "namespace: \(delivery.name)\nresources: [object.yaml]\n")
        try delivery.write("other/object.yaml", delivery.configMap("moved"))
        try delivery.write("app/kustomization.yaml", "namespace: \(delivery.name)\nresources: [namespace.yaml]\n")
        try delivery.commit("Move")
        let uid = try get(delivery, "configmap/moved", ".metadata.uid")
        let first = try delivery.sync()
        #expect(first.status == 0, "\(first.all)")
        #expect(
            first.output.contains("skipped: no longer in Git here; application \(other) has it, and takes it over"),
            "\(first.all)")
        let second = try delivery.gitopsctl("sync", other, "--no-wait")
        #expect(second.status == 0, "\(second.all)")
        let third = try delivery.sync()
        #expect(third.status == 0 && !third.all.contains("moved"), "\(third.all)")
        #expect(try get(delivery, "configmap/moved", ".metadata.uid") == uid)
        _ = try delivery.gitopsctl("delete", other, "--yes")
    }
}
