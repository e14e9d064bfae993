// What commands make of a cluster that does not answer, or not everything.

import ArgumentParser
import KubernetesClient
import Manifest
import Reconciler
import Testing

@testable import gitopsctl

/// A cluster that serves Applications, and fails as it is told to.
private struct FailingCluster: KubernetesAPI {
    var serves = true
    var listing: KubernetesError?
    var watching: KubernetesError?

    static func error(_ code: Int, _ message: String) -> KubernetesError {
        KubernetesError(code: code, reason: "\(code)", message: message, request: "ask")
    }

    private var refusal: KubernetesError { Self.error(500, "nobody asked for this") }

    func discovery(refresh: Bool) async throws(KubernetesError) -> Discovery {
        let kind = Application.resourceKind
        let resource = APIResource(
            group: kind.group, version: kind.version, kind: kind.kind, name: "applications", isNamespaced: true)
        return Discovery(resources: serves ? [resource] : [])
    }

    func list(
        _ resource: APIResource, namespace: String?, labelSelector: String?, fieldSelector: String?
    ) async throws(KubernetesError) -> ObjectList {
        if let listing { throw listing }
        let value: Value = ["metadata": ["name": "shop", "namespace": "apps"], "status": ["conditions": []]]
        return ObjectList(items: [value], resourceVersion: "1")
    }

    func patch(
        _ reference: ObjectReference, type: PatchType, body: Value, options: WriteOptions
    ) async throws(KubernetesError) -> WriteResult { WriteResult(object: body) }

    func watch(
        _ resource: APIResource, namespace: String?, labelSelector: String?, fieldSelector: String?,
        from resourceVersion: String?
    ) -> AsyncThrowingStream<WatchEvent, any Error> {
        AsyncThrowingStream { $0.finish(throwing: watching) }
    }

    func get(_ reference: ObjectReference) async throws(KubernetesError) -> Value? { throw refusal }
    func apply(_ object: Value, options: ApplyOptions) async throws(KubernetesError) -> WriteResult { throw refusal }
    func create(_ object: Value, options: WriteOptions) async throws(KubernetesError) -> WriteResult { throw refusal }
    func replace(_ object: Value, options: WriteOptions) async throws(KubernetesError) -> WriteResult { throw refusal }
    func delete(_ reference: ObjectReference, options: DeleteOptions) async throws(KubernetesError) -> DeleteResult {
        throw refusal
    }
    func log(
        of pod: ObjectReference, container: String, lines: Int, previous: Bool
    ) async throws(KubernetesError) -> String { throw refusal }
}

@Suite struct UnansweringClusterTests {
    private func applications(_ cluster: FailingCluster) -> ClusterApplications {
        ClusterApplications(api: cluster, namespace: nil, contextNamespace: "apps")
    }

    @Test func whoMayNotLookFindsNothing() async throws {
        let forbidden = FailingCluster(listing: FailingCluster.error(403, "forbidden"))
        #expect(try await applications(forbidden).findWhereAllowed("shop") == nil)
        #expect(try await applications(FailingCluster(serves: false)).findWhereAllowed("shop") == nil)
        #expect(try await applications(FailingCluster()).findWhereAllowed("shop")?.name == "shop")
    }

    /// That a cluster does not say whether it has an Application does not mean that it has none: whoever took it for
    /// that would write beside a controller.
    @Test(arguments: [0, 401, 429, 500, 503])
    func aClusterThatDoesNotSayIsNotTakenForOneWithoutAnApplication(code: Int) async throws {
        let cluster = FailingCluster(listing: FailingCluster.error(code, "no answer"))
        await #expect(throws: DiagnosticsError.self) {
            _ = try await applications(cluster).findWhereAllowed("shop")
        }
        let options = try ApplicationOptions.parse(["shop"])
        await #expect(throws: DiagnosticsError.self) {
            _ = try await SyncPlace.of(
                options, local: false, asksController: false, applications(cluster), Session(console: Console()))
        }
        guard
            case .here = try await SyncPlace.of(
                options, local: true, asksController: false, applications(cluster), Session(console: Console()))
        else {
            Issue.record("--local asks nobody")
            return
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [true, false])
    func aSyncThatCannotBeFollowedSaysSoAndEnds(serves: Bool) async throws {
        let cluster = FailingCluster(serves: serves, watching: FailingCluster.error(403, "you may not watch"))
        let value: Value = [
            "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Application",
            "metadata": ["name": "shop", "namespace": "apps", "uid": "1"],
        ]
        let request = RequestedSync(
            cluster: cluster, application: ClusterApplication(value), order: SyncOrder(moment: "now"))
        let view = ProgressView(console: Console(), isLive: false, printsObjects: false)
        let error = await #expect(throws: DiagnosticsError.self) {
            _ = try await request.follow(view, timeout: nil)
        }
        let reason = serves ? "you may not watch" : "the cluster does not serve"
        #expect(error?.diagnostics.first?.message.contains("cannot be followed") == true)
        #expect(error?.diagnostics.first?.message.contains(reason) == true)
    }
}
