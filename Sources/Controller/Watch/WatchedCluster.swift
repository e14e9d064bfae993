// The cluster as the engine sees it within a controller: what a watch knows already is not asked for again.

import KubernetesClient
import Manifest
import SyncEngine

/// Answers reads of members from the watches' memory, hands everything else to the server, and remembers what the
/// server answered to writes. The watches see more than a service account may: of whatever is not a member of its own
/// application, the server shows it what it likes.
struct WatchedCluster: KubernetesAPI {
    private let server: any KubernetesAPI
    private let watches: WatchSet
    /// The Applications of this cluster; nil for a cluster that others keep.
    private let registry: ApplicationRegistry?
    /// The application's set.
    private let set: String
    /// Whether it has the rights of a service account, and not those of the watches.
    private let isTenant: Bool
    private let fence: WriteFence

    /// - Parameter server: under the rights that the application has.
    init(
        server: any KubernetesAPI, watches: WatchSet, registry: ApplicationRegistry?, set: String, isTenant: Bool,
        fence: WriteFence
    ) {
        self.isTenant = isTenant
        self.server = server
        self.watches = watches
        self.registry = registry
        self.set = set
        self.fence = fence
    }

    func discovery(refresh: Bool) async throws(KubernetesError) -> Discovery {
        try await server.discovery(refresh: refresh)
    }

    // MARK: Reading

    func get(_ reference: ObjectReference) async throws(KubernetesError) -> Value? {
        do {
            if let member = try watches.listed(reference.gvk)?.member(reference.identity),
                isKnown(KubernetesObject(member).label(Vocabulary.partOf))
            {
                return member
            }
        } catch {
            // A text that was written here and cannot be read back is asked for again.
        }
        return try await server.get(reference)
    }

    func list(
        _ resource: APIResource, namespace: String?, labelSelector: String?, fieldSelector: String?
    ) async throws(KubernetesError) -> ObjectList {
        guard namespace == nil, fieldSelector == nil, let set = labelSelector.flatMap(Self.set), isKnown(set),
            resource.verbs.contains("watch")
        else {
            return try await server.list(
                resource, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector)
        }
        if let cache = watches.watched(resource) {
            await cache.awaitList()
            // Watching a kind in all namespaces may not be allowed.
            if cache.isListed, let members = try? cache.read(set) {
                return ObjectList(items: members, resourceVersion: "")
            }
        }
        return try await server.list(resource, namespace: nil, labelSelector: labelSelector, fieldSelector: nil)
    }

    /// Whether the members of a set are shown without asking the server.
    private func isKnown(_ set: String?) -> Bool { set == self.set || !isTenant }

    /// The set whose members a selector chooses.
    private static func set(_ selector: String) -> String? {
        let prefix = Vocabulary.partOf + "="
        guard selector.hasPrefix(prefix), !selector.contains(",") else { return nil }
        return String(selector.dropFirst(prefix.count))
    }

    func log(
        of pod: ObjectReference, container: String, lines: Int, previous: Bool
    ) async throws(KubernetesError) -> String {
        try await server.log(of: pod, container: container, lines: lines, previous: previous)
    }

    func watch(
        _ resource: APIResource, namespace: String?, labelSelector: String?, fieldSelector: String?,
        from resourceVersion: String?
    ) -> AsyncThrowingStream<WatchEvent, any Error> {
        server.watch(
            resource, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector,
            from: resourceVersion)
    }

    // MARK: Writing

    func apply(_ object: Value, options: ApplyOptions) async throws(KubernetesError) -> WriteResult {
        try fence.require("apply \(KubernetesObject(object).reference)")
        return await noted(try await server.apply(object, options: options), isDryRun: options.dryRun)
    }

    func create(_ object: Value, options: WriteOptions) async throws(KubernetesError) -> WriteResult {
        try fence.require("create \(KubernetesObject(object).reference)")
        return await noted(try await server.create(object, options: options), isDryRun: options.dryRun)
    }

    func replace(_ object: Value, options: WriteOptions) async throws(KubernetesError) -> WriteResult {
        try fence.require("replace \(KubernetesObject(object).reference)")
        return await noted(try await server.replace(object, options: options), isDryRun: options.dryRun)
    }

    func patch(
        _ reference: ObjectReference, type: PatchType, body: Value, options: WriteOptions
    ) async throws(KubernetesError) -> WriteResult {
        try fence.require("patch \(reference)")
        return await noted(
            try await server.patch(reference, type: type, body: body, options: options), isDryRun: options.dryRun)
    }

    func delete(_ reference: ObjectReference, options: DeleteOptions) async throws(KubernetesError) -> DeleteResult {
        try fence.require("delete \(reference)")
        let result = try await server.delete(reference, options: options)
        guard !options.dryRun, let cache = watches.listed(reference.gvk) else { return result }
        switch result {
        case .gone, .deleted: cache.deleted(reference.identity)
        case .terminating(let value): cache.wrote(value)
        }
        return result
    }

    /// Takes in an answer ahead of the watch. A member of a kind that was not watched yet begins its watch.
    private func noted(_ result: WriteResult, isDryRun: Bool) async -> WriteResult {
        if isDryRun { return result }
        registry?.wrote(result.object)
        let object = KubernetesObject(result.object)
        guard object.label(Vocabulary.partOf) != nil,
            let resource = try? await server.discovery(refresh: false).resource(for: object.gvk),
            resource.verbs.contains("watch")
        else { return result }
        watches.watched(resource)?.wrote(result.object)
        return result
    }
}
