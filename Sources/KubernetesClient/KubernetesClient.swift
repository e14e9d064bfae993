// The cluster over HTTP: one connection's worth of `KubernetesAPI`.

package import HTTPClient
import Manifest

/// A Kubernetes API server, spoken to as one user.
///
/// Requests go out at once; the only bound is the HTTP client's number of requests in flight. What fails in passing is
/// tried again within `Options.retry`; every watch has a connection of its own.
package final class KubernetesClient: KubernetesAPI {
    package struct Options: Sendable {
        package var retry: RetryPolicy
        /// The time for one try of one request.
        package var requestTimeout: Duration
        /// Objects a page of a list.
        package var pageSize: Int
        /// After how long without an event or a bookmark a watch counts as dead and is opened anew. Servers send a
        /// bookmark about once a minute.
        package var watchSilence: Duration
        /// The folder that keeps discovery for later processes; nil to keep it in memory alone.
        package var discoveryFolder: String?
        package var clock: any Clock<Duration>
        /// A number in `0..<1`, for jitter.
        package var random: @Sendable () -> Double

        package init(
            retry: RetryPolicy = RetryPolicy(), requestTimeout: Duration = .seconds(60), pageSize: Int = 500,
            watchSilence: Duration = .seconds(150), discoveryFolder: String? = nil,
            clock: any Clock<Duration> = ContinuousClock(),
            random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
        ) {
            self.retry = retry
            self.requestTimeout = requestTimeout
            self.pageSize = pageSize
            self.watchSilence = watchSilence
            self.discoveryFolder = discoveryFolder
            self.clock = clock
            self.random = random
        }
    }

    package let connection: ClusterConnection
    let options: Options
    let transport: APITransport
    private let discoveryCache: DiscoveryCache

    package init(_ connection: ClusterConnection, http: HTTPClient = HTTPClient(), options: Options = Options()) {
        self.connection = connection
        self.options = options
        transport = APITransport(
            connection: connection, http: http, credentials: CredentialSource(connection), retry: options.retry,
            requestTimeout: options.requestTimeout, clock: options.clock, random: options.random)
        discoveryCache = DiscoveryCache(
            transport: transport, file: options.discoveryFolder.map { DiscoveryFile(of: connection, in: $0) })
    }

    private init(_ client: KubernetesClient, as impersonation: Impersonation) {
        var connection = client.connection
        connection.impersonation = impersonation
        self.connection = connection
        options = client.options
        transport = client.transport.acting(on: connection)
        discoveryCache = client.discoveryCache
    }

    /// The same server, spoken to as somebody else. What it serves is asked as before, and known to both.
    package func acting(as impersonation: Impersonation) -> KubernetesClient {
        KubernetesClient(self, as: impersonation)
    }

    package func discovery(refresh: Bool) async throws(KubernetesError) -> Discovery {
        try await discoveryCache.discovery(refresh: refresh)
    }

    /// The server's `gitVersion`: `v1.34.1`.
    package func serverVersion() async throws(KubernetesError) -> String {
        let call = APICall("get the server's version", path: "/version")
        guard let version = try await transport.value(call)["gitVersion"]?.string else {
            throw KubernetesError(
                code: 200, reason: KubernetesError.Reason.unreadable, message: "the answer names no version",
                request: call.title)
        }
        return version
    }

    // MARK: Kinds and paths

    /// The resource of a kind. One that is not known yet may have been installed since: discovery is asked again, once.
    func resource(for gvk: GroupVersionKind, _ title: String) async throws(KubernetesError) -> APIResource {
        if let resource = try await discovery().resource(for: gvk) { return resource }
        let discovery = try await discovery(refresh: true)
        if let resource = discovery.resource(for: gvk) { return resource }
        if let failure = discovery.failure(for: gvk) {
            throw KubernetesError(
                code: 503, reason: "ServiceUnavailable",
                message: "discovery of \(gvk.apiVersion) failed: \(failure.message)",
                request: title)
        }
        throw KubernetesError(
            code: 404, reason: KubernetesError.Reason.unknownKind, message: "the server does not serve \(gvk)",
            request: title)
    }

    /// The path of an object, in the connection's namespace where it names none.
    func path(of reference: ObjectReference, _ resource: APIResource, subresource: String? = nil) -> String {
        resource.path(
            namespace: reference.namespace ?? connection.namespace, name: reference.name, subresource: subresource)
    }
}
