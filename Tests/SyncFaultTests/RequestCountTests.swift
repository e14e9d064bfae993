// What a sync costs the API server, request by request.

import KubernetesClient
import Manifest
import Sandbox
import SyncHistory
import Testing

@testable import Reconciler

/// The design's decision 5: no request where nothing is to be done beyond reading, c + p writes for c changed and p
/// pruned objects, and one status write. The parent of the set carries the status of an application that no controller
/// keeps.
@Suite(.timeLimit(.minutes(2))) struct RequestCountTests {
    private static let states: [Platform] = {
        var changed = Platform.first
        changed.versions["Deployment d0"] = 1
        var pruned = changed
        pruned.versions["ConfigMap c0"] = nil
        var both = pruned
        both.versions["Secret s0"] = 3
        both.versions["Service s0"] = 3
        both.versions["Role r0"] = nil
        return [.first, changed, pruned, both]
    }()

    /// What was asked while a commit was synced, without what asks which kinds there are.
    private static func requests(
        of commit: Int, in cluster: SyncedCluster, by reconciler: Reconciler
    ) async throws -> [LoggedRequest] {
        cluster.sandbox.requests.begin()
        let report = try await cluster.sync(commit, by: reconciler)
        #expect(report.result == .succeeded, "\(report.errors)")
        #expect(cluster.live == cluster.states[commit])
        return cluster.sandbox.requests.all
    }

    @Test func writesWhatChangesAndReadsEachKindOnce() async throws {
        try await SyncedCluster.with(Self.states) { cluster in
            let reconciler = cluster.reconciler(try cluster.client())
            let kinds = Platform.plurals.count + 1
            let objects = Platform.first.versions.count + 1

            let first = try await Self.requests(of: 0, in: cluster, by: reconciler)
            // The kinds are asked for by two requests. The parent is written before the first write into the set.
            #expect(first.map(\.description).filter { $0.hasPrefix("get /api") }.sorted() == ["get /api", "get /apis"])
            #expect(first.count(where: \.isWrite) == objects + 1, "\(first)")
            // Of an application that was never synced nothing is found by its label. In a namespace that is not there
            // nothing need be looked for.
            #expect(first.count { $0.verb == "list" } == 0, "\(first)")
            #expect(first.count { $0.verb == "get" && !$0.resource.hasPrefix("/") } <= 3, "\(first)")

            let second = try await Self.requests(of: 0, in: cluster, by: reconciler)
            #expect(second.filter(\.isWrite) == [])
            #expect(second.filter(\.isDryRun) == [])
            #expect(second.count { $0.verb == "get" } == 1 && second.count { $0.verb == "list" } == kinds, "\(second)")
            #expect(second.count == kinds + 1)

            let oneChanged = try await Self.requests(of: 1, in: cluster, by: reconciler)
            #expect(oneChanged.filter(\.isWrite).map(\.description) == ["patch deployments.apps shop/d0"])
            #expect(oneChanged.count == kinds + 2, "\(oneChanged)")

            let onePruned = try await Self.requests(of: 2, in: cluster, by: reconciler)
            #expect(onePruned.filter(\.isWrite).map(\.description) == ["delete configmaps shop/c0"])
            #expect(onePruned.count == kinds + 2, "\(onePruned)")

            let both = try await Self.requests(of: 3, in: cluster, by: reconciler)
            #expect(
                both.filter(\.isWrite).map(\.description).sorted() == [
                    "delete roles.rbac.authorization.k8s.io shop/r0", "patch secrets shop/s0", "patch services shop/s0",
                ])
            #expect(both.count == kinds + 1 + 3, "\(both)")
        }
    }
}
