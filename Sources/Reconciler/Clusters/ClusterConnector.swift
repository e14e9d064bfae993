// From the Secret with a kubeconfig that an Application names to a connection. What stands in the Secret was written by
// whoever wrote the Application: it may name no file and no program of this machine, and no address of its private
// network that the Project does not name, too.

package import HTTPClient
package import KubernetesClient
package import Manifest

package struct ClusterConnector: Sendable {
    private let http: HTTPClient
    /// nil where clusters may be anywhere.
    private let guarding: AddressGuard?

    package init(http: HTTPClient, guarding: AddressGuard?) {
        self.http = http
        self.guarding = guarding
    }

    /// How long a request may take: one that hangs keeps another application from its turn.
    private static let requestTimeout = Duration.seconds(20)

    /// - Parameter secret: the one that `spec.destination.cluster` names; nil where there is none.
    package func connect(
        _ application: Application, secret: Value?
    ) async throws(DiagnosticsError) -> KubernetesClient {
        let name = application.destination.cluster ?? ""
        let place = "Secret \(application.namespace)/\(name)"
        guard let secret else {
            throw DiagnosticsError(
                "there is no \(place) with the kubeconfig of the cluster", at: application.origin,
                cure: "Create it with the kubeconfig under the key kubeconfig, or correct spec.destination.cluster")
        }
        let keys = ["kubeconfig", "value"]
        guard let text = keys.lazy.compactMap({ secret[path: "data", $0]?.string }).first,
            let bytes = Base64.decode(text)
        else {
            throw DiagnosticsError("the \(place) has no kubeconfig", cure: "Put it under the key kubeconfig, or value")
        }
        var config: Kubeconfig
        do throws(DiagnosticsError) {
            config = try Kubeconfig(yaml: bytes, path: place)
        } catch {
            // The place and not the text: it is a secret.
            let line = error.diagnostics.first?.location.map { " at line \($0.position.line)" } ?? ""
            throw DiagnosticsError("the kubeconfig in the \(place) cannot be read\(line)")
        }
        try Self.requireSelfContained(config, in: place)
        let nothing = Kubeconfig.Surroundings(environment: [:]) { _ in nil }
        let connection = try config.connection(surroundings: nothing)
        if connection.impersonation != nil, application.serviceAccountName != nil {
            throw DiagnosticsError(
                "the kubeconfig in the \(place) acts as somebody else already, and cannot as a service account",
                cure: "Take `as` out of the kubeconfig, or the service account out of the Application and its Project")
        }
        let isNamed = try await requireAddress(connection, of: application, name)
        var options = KubernetesClient.Options()
        options.requestTimeout = Self.requestTimeout
        return KubernetesClient(connection, http: isNamed ? http : guarding?.http ?? http, options: options)
    }

    /// A file would be one of the controller's, its own token among them, and a program one that runs beside it.
    private static func requireSelfContained(_ config: Kubeconfig, in place: String) throws(DiagnosticsError) {
        var findings: [Diagnostic] = []
        func refuse(_ what: String, _ cure: String) {
            findings.append(.error("the kubeconfig in the \(place) \(what)", at: nil, cure: cure))
        }
        for user in config.users {
            switch user.credentials {
            case .plugin(let plugin):
                refuse(
                    "runs the program \(plugin.command)",
                    "Use a token or a client certificate: a controller runs no programs of kubeconfigs")
            case .tokenFile: refuse("names a file with a token", "Write the token itself, under token")
            case .none, .token, .basic: break
            }
        }
        let materials =
            config.clusters.map(\.certificateAuthority) + config.users.flatMap { [$0.clientCertificate, $0.clientKey] }
        for case .file(let path)? in materials {
            refuse("names the file \(path)", "Write what it holds: kubectl config view --raw --flatten")
        }
        if !findings.isEmpty { throw DiagnosticsError(findings) }
    }

    /// - Returns: whether the Project names the server.
    private func requireAddress(
        _ connection: ClusterConnection, of application: Application, _ name: String
    ) async throws(DiagnosticsError) -> Bool {
        if let limits = application.limits, !limits.allows(server: connection.server, cluster: name) {
            throw DiagnosticsError(
                "the project \(limits.name) does not allow the address \(connection.server) of the cluster \(name)",
                at: application.origin, cure: "Whoever keeps the project can add it as server to spec.destinations")
        }
        if application.limits?.namesHost(ofServer: connection.server, cluster: name) ?? false { return true }
        let addresses = [connection.server] + [connection.proxy].compactMap(\.self).filter { !$0.isEmpty }
        for address in addresses {
            guard let refusal = await guarding?.refusal(ofHost: HostName.of(url: address) ?? address) else { continue }
            throw DiagnosticsError(
                "the cluster \(name) is not called: \(refusal)", at: application.origin,
                cure: "Name its address as server in spec.destinations of the application's Project, "
                    + "or start the controller with --allow-private-addresses")
        }
        return false
    }
}
