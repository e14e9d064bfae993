// The API server without the wire: a request in, an answer out.

import Manifest
import Synchronization

/// Serves the Kubernetes API over a store.
///
/// `handle` neither waits nor keeps anything outside the store and the catalogue of custom resources, so that any
/// thread may call it, and tests need no network.
package final class KubernetesAPIServer: Sendable {
    package let store: ObjectStore
    let ambient: Ambient
    let tokens: [String: User]
    let tokenSigner: TokenSigner
    /// What is to go wrong.
    package let faults = FaultPlan()
    /// What was asked over the wire, while somebody wants to know.
    package let requests = RequestLog()
    package let rehearsal = Rehearsal()
    /// What the process around the API can do: nil where there is none.
    let process = Mutex<(any SandboxProcessControl)?>(nil)
    /// The certificate, as PEM, that every namespace gets in `kube-root-ca.crt`.
    let rootCertificate: String
    private let served = Mutex(Served())

    private struct Served {
        var catalog = ResourceCatalog.builtin
        /// What was read from each definition, by its uid and the revision of it that was read.
        var definitions: [String: (revision: UInt64, resource: Resource?)] = [:]
        var address = "127.0.0.1"
        var allocations = ServiceAllocations()
        /// Nil when Roles or bindings changed since it was read.
        var access: AccessPolicy?
    }

    /// - Parameter tokens: bearer tokens, and whom each stands for.
    package init(
        store: ObjectStore = ObjectStore(), ambient: Ambient = .system, tokens: [String: User] = [:],
        tokenKey: [UInt8]? = nil, rootCertificate: String = ""
    ) {
        self.store = store
        self.ambient = ambient
        self.tokens = tokens
        tokenSigner = TokenSigner(key: tokenKey ?? Array((ambient.uuid() + ambient.uuid()).utf8))
        self.rootCertificate = rootCertificate
        faults.onChange { [store] in store.wakeWatches() }
        begin()
    }

    /// Takes up what the store holds; a store that holds nothing gets what a fresh cluster has.
    func begin() {
        if store.isEmpty { installClusterObjects() }
        refreshCatalog()
        forgetAccessPolicy()
        noteAllocations()
    }

    /// What is served, without the groups that a fault hides.
    var catalog: ResourceCatalog {
        let hidden = faults.missingGroups
        let catalog = served.withLock { $0.catalog }
        return hidden.isEmpty ? catalog : ResourceCatalog(catalog.resources.filter { !hidden.contains($0.group) })
    }

    /// Who may do what, as the Roles and bindings say now.
    var accessPolicy: AccessPolicy {
        if let known = served.withLock({ $0.access }) { return known }
        let read = AccessPolicy(store)
        served.withLock { $0.access = read }
        return read
    }

    func forgetAccessPolicy() { served.withLock { $0.access = nil } }

    var allocations: ServiceAllocations { served.withLock { $0.allocations } }
    func changeAllocations(_ change: (inout ServiceAllocations) -> Void) { served.withLock { change(&$0.allocations) } }

    /// Where clients reach the server, `host:port`, as discovery names it.
    package var address: String {
        get { served.withLock { $0.address } }
        set { served.withLock { $0.address = newValue } }
    }

    /// Reads the CustomResourceDefinitions again and serves those that are established.
    func refreshCatalog() {
        let definitions = store.objects(Self.customResourceDefinitions).objects
        let changed = served.withLock { served in
            let known = served.definitions
            served.definitions = [:]
            var changed: [Resource] = []
            for definition in definitions {
                let uid = definition.uid
                if let read = known[uid], read.revision == definition.revision {
                    served.definitions[uid] = read
                } else {
                    let resource = Resource(customResourceDefinition: definition.value)
                    served.definitions[uid] = (definition.revision, resource)
                    if let resource { changed.append(resource) }
                }
            }
            let custom = definitions.compactMap { served.definitions[$0.uid]?.resource }
            served.catalog = served.catalog.adding(custom)
            return changed
        }
        for resource in changed {
            guard let schema = resource.custom?.storage else { continue }
            store.reinterpret(resource.groupResource) { schema.defaulted(schema.pruned($0).value) }
        }
    }

    static let customResourceDefinitions = GroupResource(
        group: "apiextensions.k8s.io", resource: "customresourcedefinitions")

    // MARK: Answering

    /// Answers a request. A request whose `user` is nil is authenticated by its bearer token.
    package func handle(_ request: APIRequest) -> APIResponse {
        let response = answered(request)
        guard YAMLAnswers.areWanted(request.header("accept")) else { return response }
        // A stream has no such form.
        if case .watch(let stream) = response.body {
            stream.end()
            return YAMLAnswers.converted(.error(YAMLAnswers.noStream))
        }
        return YAMLAnswers.converted(response)
    }

    private func answered(_ request: APIRequest) -> APIResponse {
        do throws(StatusError) {
            var request = request
            let user = try impersonated(request, by: try authenticated(request))
            request.user = user
            try authorize(AccessAttributes(request, user: user))
            return try route(request)
        } catch {
            return .error(error)
        }
    }

    private func authenticated(_ request: APIRequest) throws(StatusError) -> User {
        if let user = request.user { return user }
        guard let header = request.header("authorization") else { return .anonymous }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer", let found = user(ofToken: String(parts[1])) else {
            throw .unauthorized
        }
        return found.user
    }

    private func route(_ request: APIRequest) throws(StatusError) -> APIResponse {
        let parts = request.path.split(separator: "/")
        switch parts.first {
        case "healthz", "livez", "readyz":
            return health(String(parts[0]), request)
        case "version" where parts.count == 1:
            return .json(ServerDocuments.version)
        default:
            break
        }
        switch parts.first {
        case nil:
            return .json(["paths": .array(ServerDocuments.paths(catalog).map { .string($0) })])
        case "api": return try routeCore(request, parts.dropFirst())
        case "apis": return try routeGroups(request, parts.dropFirst())
        case "sandbox": return try answerControl(request, parts.dropFirst())
        case "openapi": return try OpenAPIDocuments.answer(request, parts.dropFirst(), catalog)
        default:
            throw .noSuchResource
        }
    }

    private func health(_ name: String, _ request: APIRequest) -> APIResponse {
        guard request.parameter("verbose") != nil else { return .text("ok") }
        return .text("[+]ping ok\n[+]log ok\n[+]etcd ok\n\(name) check passed\n")
    }

    private func routeCore(_ request: APIRequest, _ parts: ArraySlice<Substring>) throws(StatusError) -> APIResponse {
        let catalog = catalog
        switch parts.count {
        case 0:
            if DiscoveryDocuments.acceptsAggregated(request.header("accept")) {
                return aggregated(core: true, catalog)
            }
            return .json(DiscoveryDocuments.coreVersions(address: address))
        case 1:
            return try resourceList(group: "", version: parts[parts.startIndex], catalog)
        default:
            guard let target = RequestTarget(group: "", parts: parts) else { throw .noSuchResource }
            return try answer(request, target, catalog)
        }
    }

    private func routeGroups(_ request: APIRequest, _ parts: ArraySlice<Substring>) throws(StatusError) -> APIResponse {
        let catalog = catalog
        guard let group = parts.first else {
            if DiscoveryDocuments.acceptsAggregated(request.header("accept")) {
                return aggregated(core: false, catalog)
            }
            return .json(DiscoveryDocuments.groupList(catalog))
        }
        let rest = parts.dropFirst()
        // What the aggregator says of a service without endpoints.
        guard rest.isEmpty || !faults.unavailableGroups.contains(String(group)) else {
            var error = StatusError(code: 503, reason: "ServiceUnavailable", message: "service unavailable")
            error.plainText = "service unavailable"
            throw error
        }
        guard catalog.groups.contains(where: { $0.name == group }) else {
            return .text("404 page not found\n", status: 404)
        }
        switch rest.count {
        case 0:
            guard let document = DiscoveryDocuments.group(String(group), catalog), !group.isEmpty else {
                throw .noSuchResource
            }
            return .json(document)
        case 1:
            return try resourceList(group: String(group), version: rest[rest.startIndex], catalog)
        default:
            guard let target = RequestTarget(group: String(group), parts: rest) else { throw .noSuchResource }
            return try answer(request, target, catalog)
        }
    }

    private func aggregated(core: Bool, _ catalog: ResourceCatalog) -> APIResponse {
        var response = APIResponse.json(
            DiscoveryDocuments.aggregated(core: core, catalog, stale: faults.unavailableGroups))
        response.contentType = DiscoveryDocuments.aggregatedContentType
        response.headers.append(("vary", "Accept"))
        return response
    }

    private func resourceList(
        group: String, version: Substring, _ catalog: ResourceCatalog
    ) throws(StatusError) -> APIResponse {
        guard let document = DiscoveryDocuments.resourceList(group: group, version: String(version), catalog) else {
            throw .noSuchResource
        }
        return .json(document)
    }

    private func answer(
        _ request: APIRequest, _ target: RequestTarget, _ catalog: ResourceCatalog
    ) throws(StatusError) -> APIResponse {
        guard let resource = catalog.resource(group: target.group, version: target.version, plural: target.plural)
        else { throw .noSuchResource }
        // A path with a namespace for a cluster-scoped resource, and an object of a namespaced one without.
        if target.namespace != nil, !resource.isNamespaced { throw .noSuchResource }
        if target.namespace == nil, resource.isNamespaced, target.name != nil { throw .noSuchResource }
        var call = ResourceRequest(
            resource: resource, version: target.version, namespace: target.namespace, name: target.name,
            subresource: target.subresource, request: request)
        if target.isWatch {
            if let name = target.name { call.request.query.append(("fieldSelector", "metadata.name=\(name)")) }
            call.name = nil
            return try watch(call)
        }
        return try answer(call)
    }

    private func answer(_ call: ResourceRequest) throws(StatusError) -> APIResponse {
        if let review = try answerReview(call) { return review }
        if let subresource = call.subresource { return try answer(call, subresource: subresource) }
        switch (call.request.method, call.name) {
        case ("GET", nil) where call.request.flag("watch"): return try watch(call)
        case ("GET", nil): return try list(call)
        case ("GET", _?): return try get(call)
        case ("POST", nil):
            guard !call.resource.isNamespaced || call.namespace != nil else { throw .methodNotAllowed }
            return try create(call)
        case ("PUT", _?): return try replace(call)
        case ("PATCH", _?): return try patch(call)
        case ("DELETE", _?): return try delete(call)
        case ("DELETE", nil): return try deleteCollection(call)
        default: throw .methodNotAllowed
        }
    }

    private func answer(_ call: ResourceRequest, subresource: String) throws(StatusError) -> APIResponse {
        switch (subresource, call.request.method) {
        case ("status", _) where !call.resource.subresources(call.version).contains(.status): throw .noSuchResource
        case ("scale", _) where !call.resource.subresources(call.version).contains(.scale): throw .noSuchResource
        case ("status", "GET"): return try get(call)
        case ("status", "PUT"): return try replace(call)
        case ("status", "PATCH"): return try patch(call)
        case ("scale", "GET"): return try getScale(call)
        case ("scale", "PUT"): return try replaceScale(call)
        case ("scale", "PATCH"): return try patchScale(call)
        case ("finalize", "PUT") where call.resource.kind == "Namespace": return try replace(call)
        case ("eviction", "POST") where call.resource.kind == "Pod": return try evict(call)
        case ("token", "POST") where call.resource.kind == "ServiceAccount": return try issueToken(call)
        case ("log", "GET") where call.resource.kind == "Pod": return try podLog(call)
        case ("status", _), ("scale", _): throw .methodNotAllowed
        default: throw .noSuchResource
        }
    }
}
