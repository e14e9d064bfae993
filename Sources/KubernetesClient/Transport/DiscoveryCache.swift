// Discovery over the wire, remembered, and asked once for all who wait.
// Where a file keeps it, one process profits from what another asked.

import Manifest

/// The server's resources, fetched on first use.
actor DiscoveryCache {
    private let transport: APITransport
    private let file: DiscoveryFile?
    private var known: Discovery?
    private var fetching: Task<Result<Discovery, KubernetesError>, Never>?

    init(transport: APITransport, file: DiscoveryFile?) {
        self.transport = transport
        self.file = file
    }

    func discovery(refresh: Bool) async throws(KubernetesError) -> Discovery {
        if !refresh, let kept = known ?? file?.read() {
            known = kept
            return kept
        }
        if let fetching { return try await fetching.value.get() }
        let task = Task { [transport] in await Self.fetch(transport) }
        fetching = task
        let result = await task.value
        fetching = nil
        let discovery = try result.get()
        known = discovery
        file?.write(discovery)
        return discovery
    }

    private static func fetch(_ transport: APITransport) async -> Result<Discovery, KubernetesError> {
        async let core = document("/api", transport, accept: AggregatedDiscovery.accept)
        async let groups = document("/apis", transport, accept: AggregatedDiscovery.accept)
        do throws(KubernetesError) {
            let (core, groups) = (try await core.get(), try await groups.get())
            // A server may know the one form for its own groups and the other for the rest.
            let (newCore, newGroups) = (AggregatedDiscovery(core), AggregatedDiscovery(groups))
            let old = await fetch(
                LegacyDiscovery(core: newCore == nil ? core : nil, groups: newGroups == nil ? groups : nil), transport)
            let new = [newCore, newGroups].compactMap { $0 }
            return .success(
                Discovery(
                    resources: new.flatMap(\.resources) + old.resources,
                    failures: new.flatMap(\.failures) + old.failures))
        } catch {
            return .failure(error)
        }
    }

    /// Group version by group version, side by side. One that fails is reported and leaves the others as they are.
    private static func fetch(
        _ legacy: LegacyDiscovery, _ transport: APITransport
    ) async -> (resources: [APIResource], failures: [Discovery.Failure]) {
        let lists = await withTaskGroup(of: (Int, Result<Value, KubernetesError>).self) { group in
            for (index, groupVersion) in legacy.groupVersions.enumerated() {
                group.addTask {
                    (
                        index,
                        await document(LegacyDiscovery.path(of: groupVersion), transport, accept: "application/json")
                    )
                }
            }
            var lists = [Result<Value, KubernetesError>?](repeating: nil, count: legacy.groupVersions.count)
            for await (index, list) in group { lists[index] = list }
            return lists
        }
        var resources: [APIResource] = []
        var failures: [Discovery.Failure] = []
        for (groupVersion, list) in zip(legacy.groupVersions, lists) {
            switch list {
            case .success(let list): resources += LegacyDiscovery.resources(list, of: groupVersion)
            case .failure(let error):
                failures.append(Discovery.Failure(groupVersion: groupVersion, message: error.message))
            case nil: break
            }
        }
        return (resources, failures)
    }

    private static func document(
        _ path: String, _ transport: APITransport, accept: String
    ) async -> Result<Value, KubernetesError> {
        var call = APICall("discover \(path)", path: path)
        call.accept = accept
        do throws(KubernetesError) {
            return .success(try await transport.value(call))
        } catch {
            return .failure(error)
        }
    }
}
