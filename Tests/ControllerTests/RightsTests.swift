// What an application is shown of what the watches and the registry know, by whose rights it has.

import KubernetesClient
import Manifest
import Reconciler
import SyncEngine
import Testing

@testable import Controller

@Suite struct RightsTests {
    private static let key = ApplicationKey(namespace: "shop", name: "web")

    private func registry() -> ApplicationRegistry {
        let registry = ApplicationRegistry()
        for (namespace, name) in [("shop", "web"), ("shop", "other"), ("bank", "vault")] {
            _ = registry.take([
                "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Application",
                "metadata": ["namespace": .string(namespace), "name": .string(name), "resourceVersion": "7"],
                "spec": ["source": ["repository": "https://git.example.com/shop.git"]],
            ])
        }
        return registry
    }

    private func parents(isTenant: Bool, _ fence: WriteFence = .open) -> RecordedParents {
        RecordedParents(home: NoCluster(), registry: registry(), key: Self.key, isTenant: isTenant, fence: fence)
    }

    private func reference(_ namespace: String, _ name: String) -> ObjectReference {
        Application.reference(of: ApplicationKey(namespace: namespace, name: name))
    }

    @Test func aTenantSeesNoApplicationsOfOtherNamespaces() async throws {
        #expect(try await parents(isTenant: true).parent(reference("shop", "other")) != nil)
        #expect(try await parents(isTenant: true).parent(reference("bank", "vault")) == nil)
        #expect(try await parents(isTenant: false).parent(reference("bank", "vault")) != nil)
    }

    @Test func nobodysRecordButItsOwnIsWritten() async {
        for (namespace, name) in [("shop", "other"), ("bank", "vault")] {
            let parent: Value = [
                "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Application",
                "metadata": ["namespace": .string(namespace), "name": .string(name)],
            ]
            await #expect(throws: KubernetesError.self) {
                try await parents(isTenant: false).record(parent, options: ApplyOptions(force: true))
            }
        }
    }

    @Test func nothingIsWrittenBehindAClosedFence() async {
        let closed = WriteFence { "another replica has the application now" }
        let parent: Value = [
            "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Application",
            "metadata": ["namespace": "shop", "name": "web"],
        ]
        await #expect(throws: KubernetesError.self) {
            try await parents(isTenant: false, closed).record(parent, options: ApplyOptions(force: true))
        }
        let watches = WatchSet(cluster: NoCluster(), clock: SystemClock()) { _ in }
        let cluster = WatchedCluster(
            server: NoCluster(), watches: watches, registry: registry(), set: "one", isTenant: false, fence: closed)
        let object: Value = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a", "namespace": "shop"]]
        let place = KubernetesObject(object).reference
        await #expect { try await cluster.apply(object, options: ApplyOptions()) } throws: {
            ($0 as? KubernetesError)?.isCancelled == true
        }
        await #expect { try await cluster.create(object, options: WriteOptions()) } throws: {
            ($0 as? KubernetesError)?.isCancelled == true
        }
        await #expect { try await cluster.replace(object, options: WriteOptions()) } throws: {
            ($0 as? KubernetesError)?.isCancelled == true
        }
        await #expect { try await cluster.patch(place, type: .merge, body: object, options: WriteOptions()) } throws: {
            ($0 as? KubernetesError)?.isCancelled == true
        }
        await #expect { try await cluster.delete(place, options: DeleteOptions()) } throws: {
            ($0 as? KubernetesError)?.isCancelled == true
        }
    }

    /// One member of this set, and one of another's, as a watch tells of them.
    @Test(arguments: [true, false])
    func aTenantIsShownItsOwnMembersAlone(isTenant: Bool) async throws {
        let watches = WatchSet(cluster: NoCluster(), clock: SystemClock()) { _ in }
        let resource = APIResource(group: "", version: "v1", kind: "Secret", name: "secrets", isNamespaced: true)
        func secret(_ name: String, of set: String) -> Value {
            [
                "apiVersion": "v1", "kind": "Secret",
                "metadata": [
                    "name": .string(name), "namespace": "shop", "labels": .object([Vocabulary.partOf: .string(set)]),
                ],
            ]
        }
        _ = watches.watched(resource)?.take(.all([secret("mine", of: "one"), secret("theirs", of: "two")]))
        let cluster = WatchedCluster(
            server: NoCluster(), watches: watches, registry: registry(), set: "one", isTenant: isTenant, fence: .open)
        func isShown(_ name: String) async -> Bool {
            let reference = ObjectReference(gvk: resource.gvk, namespace: "shop", name: name)
            return (try? await cluster.get(reference)) != nil
        }
        func isListed(_ set: String) async -> Bool {
            let list = try? await cluster.list(
                resource, namespace: nil, labelSelector: "\(Vocabulary.partOf)=\(set)", fieldSelector: nil)
            return list?.items.isEmpty == false
        }
        #expect(await isShown("mine"))
        #expect(await isListed("one"))
        #expect(await isShown("theirs") == !isTenant)
        #expect(await isListed("two") == !isTenant)
    }
}

/// A server that refuses everything.
private struct NoCluster: KubernetesAPI {
    private var refusal: KubernetesError {
        KubernetesError(code: 403, reason: "Forbidden", message: "no", request: "ask")
    }

    func discovery(refresh: Bool) async throws(KubernetesError) -> Discovery { throw refusal }
    func get(_ reference: ObjectReference) async throws(KubernetesError) -> Value? { throw refusal }
    func list(
        _ resource: APIResource, namespace: String?, labelSelector: String?, fieldSelector: String?
    ) async throws(KubernetesError) -> ObjectList { throw refusal }
    func apply(_ object: Value, options: ApplyOptions) async throws(KubernetesError) -> WriteResult { throw refusal }
    func create(_ object: Value, options: WriteOptions) async throws(KubernetesError) -> WriteResult { throw refusal }
    func replace(_ object: Value, options: WriteOptions) async throws(KubernetesError) -> WriteResult { throw refusal }
    func patch(
        _ reference: ObjectReference, type: PatchType, body: Value, options: WriteOptions
    ) async throws(KubernetesError) -> WriteResult { throw refusal }
    func delete(_ reference: ObjectReference, options: DeleteOptions) async throws(KubernetesError) -> DeleteResult {
        throw refusal
    }
    func log(
        of pod: ObjectReference, container: String, lines: Int, previous: Bool
    ) async throws(KubernetesError) -> String { throw refusal }
    func watch(
        _ resource: APIResource, namespace: String?, labelSelector: String?, fieldSelector: String?,
        from resourceVersion: String?
    ) -> AsyncThrowingStream<WatchEvent, any Error> { AsyncThrowingStream { nil } }
}
