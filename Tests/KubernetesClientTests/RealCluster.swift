// A real API server for the tests that want one: the kubeconfig that GITOPSCTL_TEST_KUBECONFIG names.

import FoundationEssentials
import HTTPClient
import KubernetesClient
import Manifest
import Testing

enum RealCluster {
    static let kubeconfig = ProcessInfo.processInfo.environment["GITOPSCTL_TEST_KUBECONFIG"]

    static func client(context: String? = nil) throws -> KubernetesClient {
        KubernetesClient(try Kubeconfig.load(path: kubeconfig, context: context))
    }
}

@Suite(.enabled(if: RealCluster.kubeconfig != nil, "GITOPSCTL_TEST_KUBECONFIG is not set"), .timeLimit(.minutes(2)))
struct RealClusterTests {
    private func configMap(_ name: String, _ data: Value, namespace: String = "default") -> Value {
        [
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": ["name": .string(name), "namespace": .string(namespace)], "data": data,
        ]
    }

    private func reference(_ name: String, kind: String = "ConfigMap") -> ObjectReference {
        ObjectReference(gvk: GroupVersionKind(apiVersion: "v1", kind: kind), namespace: "default", name: name)
    }

    @Test(arguments: [nil, "token"])
    func readsTheVersionAndTheKinds(context: String?) async throws {
        let client = try RealCluster.client(context: context)
        let version = try await client.serverVersion()
        #expect(version.hasPrefix("v1."))
        let discovery = try await client.discovery()
        let deployment = try #require(discovery.resource(for: GroupKind(group: "apps", kind: "Deployment")))
        #expect(deployment.name == "deployments")
        #expect(deployment.isNamespaced)
        #expect(deployment.subresources.contains("status"))
        #expect(discovery.resources(named: "deploy").map(\.kind) == ["Deployment"])
        #expect(discovery.resource(for: GroupKind(group: "", kind: "Namespace"))?.isNamespaced == false)
    }

    @Test func anObjectsLife() async throws {
        let client = try RealCluster.client()
        let name = "life-\(UInt32.random(in: 0..<UInt32.max))"
        #expect(try await client.get(reference(name)) == nil)

        let dry = try await client.apply(configMap(name, ["a": "1"]), options: ApplyOptions(dryRun: true))
        #expect(dry.wasCreated)
        #expect(try await client.get(reference(name)) == nil)

        let created = try await client.apply(configMap(name, ["a": "1"]), options: ApplyOptions())
        #expect(created.wasCreated)
        let again = try await client.apply(configMap(name, ["a": "1"]), options: ApplyOptions())
        #expect(!again.wasCreated)
        #expect(
            again.object[path: "metadata", "resourceVersion"] == created.object[path: "metadata", "resourceVersion"])

        do {
            _ = try await client.apply(configMap(name, ["a": "2"]), options: ApplyOptions(fieldManager: "other"))
            Issue.record("no conflict")
        } catch {
            #expect(error.isConflict && error.isFieldManagerConflict)
            #expect(error.causes.first?.field == ".data.a")
            #expect(error.request == "apply ConfigMap default/\(name)")
        }
        let forced = try await client.apply(
            configMap(name, ["a": "2"]), options: ApplyOptions(fieldManager: "other", force: true))
        #expect(forced.object[path: "data", "a"] == "2")

        let merged = try await client.patch(
            reference(name), type: .merge, body: ["data": ["b": "3"]], options: WriteOptions())
        #expect(merged.object["data"] == ["a": "2", "b": "3"])
        let jsonPatched = try await client.patch(
            reference(name), type: .json, body: [["op": "remove", "path": "/data/b"]], options: WriteOptions())
        #expect(jsonPatched.object["data"] == ["a": "2"])

        var replacement = jsonPatched.object
        replacement["data"] = ["c": "4"]
        let replaced = try await client.replace(replacement, options: WriteOptions())
        #expect(replaced.object["data"] == ["c": "4"])
        do {
            _ = try await client.replace(replacement, options: WriteOptions())
            Issue.record("no conflict")
        } catch { #expect(error.isConflict && !error.isFieldManagerConflict) }

        do {
            _ = try await client.delete(reference(name), options: DeleteOptions(uid: "not-this-one"))
            Issue.record("the precondition did not hold")
        } catch { #expect(error.isConflict) }
        #expect(try await client.delete(reference(name), options: DeleteOptions(dryRun: true)) == .deleted)
        #expect(try await client.delete(reference(name)) == .deleted)
        #expect(try await client.delete(reference(name)) == .gone)
    }

    @Test func finalizersKeepAnObjectTerminating() async throws {
        let client = try RealCluster.client()
        let name = "finalized-\(UInt32.random(in: 0..<UInt32.max))"
        var object = configMap(name, [:])
        object["metadata"]?["finalizers"] = ["gitopsctl.dev/test"]
        let created = try await client.create(object, options: WriteOptions())
        #expect(created.wasCreated)
        guard case .terminating(let live) = try await client.delete(reference(name)) else {
            Issue.record("not terminating")
            return
        }
        #expect(live[path: "metadata", "deletionTimestamp"]?.string != nil)
        _ = try await client.patch(
            reference(name), type: .merge, body: ["metadata": ["finalizers": .null]], options: WriteOptions())
        #expect(try await client.get(reference(name)) == nil)
    }

    @Test func listsPageByPageWithKinds() async throws {
        let connection = try Kubeconfig.load(path: RealCluster.kubeconfig)
        let client = KubernetesClient(connection, options: KubernetesClient.Options(pageSize: 3))
        let discovery = try await client.discovery()
        let roles = try #require(
            discovery.resource(for: GroupKind(group: "rbac.authorization.k8s.io", kind: "ClusterRole")))
        let list = try await client.list(roles)
        let whole = try await KubernetesClient(connection).list(roles)
        #expect(list.items.count > 3)
        #expect(list.items.count == whole.items.count)
        #expect(
            list.items.allSatisfy { $0["kind"] == "ClusterRole" && $0["apiVersion"] == "rbac.authorization.k8s.io/v1" })
        #expect(Int(list.resourceVersion) != nil)
    }

    @Test func refusalsCarryTheServersCauses() async throws {
        let client = try RealCluster.client()
        let service: Value = [
            "apiVersion": "v1", "kind": "Service", "metadata": ["name": "Bad_Name"],
            "spec": ["ports": [["port": 99999, "protocol": "TCP"]]],
        ]
        do {
            _ = try await client.create(service, options: WriteOptions())
            Issue.record("it was taken")
        } catch {
            #expect(error.isInvalid)
            #expect(error.reason == "Invalid")
            #expect(Set(error.causes.map(\.field)).isSuperset(of: ["metadata.name", "spec.ports[0].port"]))
        }
        do {
            _ = try await client.apply(
                ["apiVersion": "x.dev/v1", "kind": "Nothing", "metadata": ["name": "n"]], options: ApplyOptions())
            Issue.record("it was taken")
        } catch { #expect(error.isUnknownKind) }
    }

    @Test func aSecretsValuesStayOutOfErrors() async throws {
        let client = try RealCluster.client()
        let secret: Value = [
            "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "leak"],
            "stringData": ["password": "ganz-geheim"], "data": ["key": "bm9jaCBnZWhlaW1lcg==%%"],
        ]
        do {
            _ = try await client.create(secret, options: WriteOptions())
            Issue.record("it was taken")
        } catch {
            #expect(error.code == 400)
            for word in ["geheim", "bm9jaC"] { #expect(!String(reflecting: error).contains(word), "\(error)") }
        }
    }

    @Test func watchesFromAVersionOn() async throws {
        let client = try RealCluster.client()
        let resource = try #require(try await client.discovery().resource(for: GroupKind(group: "", kind: "ConfigMap")))
        let label = "run-\(UInt32.random(in: 0..<UInt32.max))"
        var object = configMap("watched-\(label)", ["n": "1"])
        object["metadata"]?["labels"] = ["test": .string(label)]
        _ = try await client.create(object, options: WriteOptions())
        let watch = client.watch(
            resource, namespace: "default", labelSelector: "test=\(label)", fieldSelector: nil, from: nil)
        var iterator = watch.makeAsyncIterator()
        var seen: [String] = []
        func next() async throws -> String {
            while true {
                switch try await iterator.next() {
                case .added(let value): return "added \(value[path: "data", "n"]?.string ?? "")"
                case .modified(let value): return "modified \(value[path: "data", "n"]?.string ?? "")"
                case .deleted(let value): return "deleted \(value[path: "data", "n"]?.string ?? "")"
                case .bookmark: continue
                case .tooOld: return "too old"
                case nil: return "end"
                }
            }
        }
        seen.append(try await next())
        object["data"] = ["n": "2"]
        _ = try await client.replace(object, options: WriteOptions())
        seen.append(try await next())
        _ = try await client.delete(reference("watched-\(label)"))
        seen.append(try await next())
        #expect(seen == ["added 1", "modified 2", "deleted 2"])
    }

    @Test func aVersionOfLongAgoIsTooOld() async throws {
        let client = try RealCluster.client()
        let resource = try #require(try await client.discovery().resource(for: GroupKind(group: "", kind: "ConfigMap")))
        // Not every server has forgotten version 1 yet; whichever it is, the watch must not hang or fail.
        let watch = client.watch(resource, namespace: nil, labelSelector: nil, fieldSelector: nil, from: "1")
        var iterator = watch.makeAsyncIterator()
        let first = try await iterator.next()
        #expect(first != nil)
    }

    @Test func manyRequestsAtOnceShareConnections() async throws {
        let client = try RealCluster.client()
        try await withThrowingTaskGroup(of: Value?.self) { group in
            for _ in 0..<1000 {
                group.addTask { try await client.get(self.reference("default", kind: "ServiceAccount")) }
            }
            for try await value in group { #expect(value == nil || value?["kind"] == "ServiceAccount") }
        }
    }

    @Test func aWrongCAIsATLSError() async throws {
        var connection = try Kubeconfig.load(path: RealCluster.kubeconfig)
        connection.tls.caPEM = connection.tls.clientCertificatePEM
        let client = KubernetesClient(connection, options: KubernetesClient.Options(retry: .never))
        do {
            _ = try await client.serverVersion()
            Issue.record("the server was trusted")
        } catch {
            #expect(error.isUnreachable)
            #expect(error.transport?.code == .tls, "\(error)")
        }
    }

    @Test func actsAsAnotherUser() async throws {
        var connection = try Kubeconfig.load(path: RealCluster.kubeconfig)
        connection.impersonation = Impersonation(user: "nobody", groups: ["system:authenticated"])
        let client = KubernetesClient(connection)
        do {
            _ = try await client.get(reference("x"))
            Issue.record("nobody may read")
        } catch {
            #expect(error.isForbidden)
            #expect(error.message.contains("\"nobody\""))
        }
    }
}
