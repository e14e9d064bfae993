// Which kubeconfig counts, and the connection that a context of it means.

import FoundationEssentials
import HTTPClient
package import Manifest

extension Kubeconfig {
    /// Reads files and environment; another one in tests.
    package struct Surroundings: Sendable {
        package var environment: [String: String]
        /// The contents of a file, nil where there is none.
        package var readFile: @Sendable (_ path: String) -> [UInt8]?

        package init(environment: [String: String], readFile: @escaping @Sendable (String) -> [UInt8]?) {
            self.environment = environment
            self.readFile = readFile
        }

        /// This process's.
        package static var process: Surroundings {
            Surroundings(environment: ProcessInfo.processInfo.environment) { path in
                FileManager.default.contents(atPath: path).map { [UInt8]($0) }
            }
        }
    }

    /// The connection of a context: of `path`, else of the files that `KUBECONFIG` lists, else of `~/.kube/config`,
    /// else, within a Pod and with no context asked for, that of the Pod's service account.
    ///
    /// - Throws: what is missing or wrong, by file and line.
    package static func load(
        path: String? = nil, context: String? = nil, surroundings: Surroundings = .process
    ) throws(DiagnosticsError) -> ClusterConnection {
        let config = try read(path: path, surroundings: surroundings)
        if path == nil, context == nil, config.contexts.isEmpty, isInCluster(surroundings) {
            return try inCluster(surroundings: surroundings)
        }
        return try config.connection(context: context, surroundings: surroundings)
    }

    /// The merged contents of the files that count: see `load`. Files of the `KUBECONFIG` list that do not exist are
    /// passed over.
    package static func read(path: String? = nil, surroundings: Surroundings = .process) throws(DiagnosticsError)
        -> Kubeconfig
    {
        let list = surroundings.environment["KUBECONFIG"].map { $0.split(separator: ":").map(String.init) } ?? []
        let home = surroundings.environment["HOME"].map { "\($0)/.kube/config" }
        let paths = path.map { [$0] } ?? (list.isEmpty ? [home].compactMap { $0 } : list)
        var config = Kubeconfig()
        for file in paths {
            guard let bytes = surroundings.readFile(file) else {
                if path == nil { continue }
                throw DiagnosticsError("cannot read the kubeconfig \(file)", cure: "Check the path and its permissions")
            }
            config.merge(try Kubeconfig(yaml: bytes, path: file))
        }
        if config.paths.isEmpty { config.paths = paths }
        return config
    }

    /// The connection that a context means; the current one for nil.
    package func connection(
        context name: String? = nil, surroundings: Surroundings = .process
    ) throws(DiagnosticsError) -> ClusterConnection {
        let files = paths.joined(separator: ", ")
        guard let name = name ?? currentContext else {
            throw DiagnosticsError(
                contexts.isEmpty
                    ? "no kubeconfig: nothing found in \(files)" : "the kubeconfig \(files) has no current context",
                cure: contexts.isEmpty
                    ? "Set KUBECONFIG or name a kubeconfig, or start a sandbox with `gitopsctl sandbox start`"
                    : "Name a context: \(contexts.map(\.name).joined(separator: ", "))")
        }
        guard let context = contexts.first(where: { $0.name == name }) else {
            let known = contexts.map(\.name).joined(separator: ", ")
            throw DiagnosticsError(
                "there is no context \(name) in \(files)", cure: known.isEmpty ? nil : "Use one of: \(known)")
        }
        guard let cluster = clusters.first(where: { $0.name == context.cluster }) else {
            throw DiagnosticsError(
                "context \(name) names the cluster \(context.cluster), which is not there", at: context.location)
        }
        let user = users.first { $0.name == context.user }
        if user == nil, !context.user.isEmpty {
            throw DiagnosticsError(
                "context \(name) names the user \(context.user), which is not there", at: context.location)
        }
        if let user, let provider = user.authProvider {
            throw DiagnosticsError(
                "user \(user.name) asks for the auth-provider \(provider), which Kubernetes removed in 1.26",
                at: user.location,
                cure: "Use an exec plugin instead")
        }

        var tls = TLSOptions(serverName: cluster.tlsServerName, insecureSkipVerify: cluster.insecureSkipVerify)
        tls.caPEM = try cluster.certificateAuthority?.read(surroundings, at: cluster.location)
        tls.clientCertificatePEM = try user?.clientCertificate?.read(surroundings, at: user?.location)
        tls.clientKeyPEM = try user?.clientKey?.read(surroundings, at: user?.location)
        if let user, (tls.clientCertificatePEM == nil) != (tls.clientKeyPEM == nil) {
            throw DiagnosticsError(
                "user \(user.name) has a client \(tls.clientKeyPEM == nil ? "certificate without its key" : "key without its certificate")",
                at: user.location)
        }
        return ClusterConnection(
            server: cluster.server, tls: tls, proxy: cluster.proxy, credentials: user?.credentials ?? .none,
            impersonation: user?.impersonation, namespace: context.namespace ?? "default",
            acceptsCompression: !cluster.disablesCompression, context: name)
    }
}

extension Kubeconfig.Material {
    fileprivate func read(
        _ surroundings: Kubeconfig.Surroundings, at location: SourceLocation?
    ) throws(DiagnosticsError) -> [UInt8] {
        switch self {
        case .data(let bytes): return bytes
        case .file(let path):
            guard let bytes = surroundings.readFile(path) else {
                throw DiagnosticsError("cannot read \(path)", at: location)
            }
            return bytes
        }
    }
}

// MARK: - In a Pod

extension Kubeconfig {
    private static let serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount"

    /// Whether this process runs in a Pod with a service account.
    package static func isInCluster(_ surroundings: Surroundings = .process) -> Bool {
        surroundings.environment["KUBERNETES_SERVICE_HOST"]?.isEmpty == false
            && surroundings.readFile("\(serviceAccount)/token") != nil
    }

    /// The connection of the Pod's service account
    /// (https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/).
    package static func inCluster(surroundings: Surroundings = .process) throws(DiagnosticsError) -> ClusterConnection {
        guard let host = surroundings.environment["KUBERNETES_SERVICE_HOST"], !host.isEmpty,
            let ca = surroundings.readFile("\(serviceAccount)/ca.crt"),
            surroundings.readFile("\(serviceAccount)/token") != nil
        else {
            throw DiagnosticsError("not in a cluster: the Pod has no service account", cure: "Name a kubeconfig")
        }
        let port = surroundings.environment["KUBERNETES_SERVICE_PORT"] ?? "443"
        let namespace = surroundings.readFile("\(serviceAccount)/namespace").map { String(decoding: $0, as: UTF8.self) }
        return ClusterConnection(
            server: "https://\(host.contains(":") ? "[\(host)]" : host):\(port)", tls: TLSOptions(caPEM: ca), proxy: "",
            credentials: .tokenFile(path: "\(serviceAccount)/token", fallback: nil), namespace: namespace ?? "default")
    }
}
