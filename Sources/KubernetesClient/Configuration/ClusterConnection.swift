// Everything that it takes to speak with one API server as one user.

package import HTTPClient

/// Where an API server is, whom to trust there, and as whom to speak.
package struct ClusterConnection: Sendable {
    /// The server's URL, without a slash at its end.
    package var server: String
    package var tls: TLSOptions
    /// A proxy's URL; nil for what the environment says.
    package var proxy: String?
    package var credentials: Credentials
    package var impersonation: Impersonation?
    /// The namespace of objects that name none.
    package var namespace: String
    package var acceptsCompression: Bool
    /// The kubeconfig's context; nil for in-cluster configuration.
    package var context: String?

    package init(
        server: String, tls: TLSOptions = TLSOptions(), proxy: String? = nil, credentials: Credentials = .none,
        impersonation: Impersonation? = nil, namespace: String = "default", acceptsCompression: Bool = true,
        context: String? = nil
    ) {
        var server = server
        while server.hasSuffix("/") { server.removeLast() }
        self.server = server
        self.tls = tls
        self.proxy = proxy
        self.credentials = credentials
        self.impersonation = impersonation
        self.namespace = namespace
        self.acceptsCompression = acceptsCompression
        self.context = context
    }
}

/// How a user proves who they are, beside a client certificate, which belongs to `TLSOptions`.
package enum Credentials: Sendable, Hashable {
    case none
    case token(Secret)
    /// A file that holds a token and is renewed by somebody else. `fallback` is used while it cannot be read.
    case tokenFile(path: String, fallback: Secret?)
    case basic(user: String, password: Secret)
    case plugin(ExecPlugin)
}

/// Another user to act as, as far as the real one may.
package struct Impersonation: Sendable, Hashable {
    package var user: String
    package var uid: String?
    package var groups: [String]
    package var extra: [String: [String]]

    package init(user: String, uid: String? = nil, groups: [String] = [], extra: [String: [String]] = [:]) {
        self.user = user
        self.uid = uid
        self.groups = groups
        self.extra = extra
    }

    /// A service account. The server knows the groups that it is in.
    package static func serviceAccount(_ name: String, namespace: String) -> Impersonation {
        Impersonation(user: "system:serviceaccount:\(namespace):\(name)")
    }

    /// The request headers of
    /// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation.
    var headers: [(name: String, value: String)] {
        var headers = [(name: "Impersonate-User", value: user)]
        if let uid { headers.append(("Impersonate-Uid", uid)) }
        headers += groups.map { ("Impersonate-Group", $0) }
        for (key, values) in extra.sorted(by: { $0.key < $1.key }) {
            headers += values.map { ("Impersonate-Extra-\(key.percentEncoded)", $0) }
        }
        return headers
    }
}

/// A program that prints credentials (client.authentication.k8s.io, ExecCredential).
package struct ExecPlugin: Sendable, Hashable {
    package var command: String
    package var arguments: [String]
    /// Added to this process's environment.
    package var environment: [String: Secret]
    package var apiVersion: String
    /// What to tell the user when the command is not installed.
    package var installHint: String?
    /// Tells the program about the cluster, in `KUBERNETES_EXEC_INFO`.
    package var providesClusterInfo: Bool

    package init(
        command: String, arguments: [String] = [], environment: [String: Secret] = [:],
        apiVersion: String = "client.authentication.k8s.io/v1", installHint: String? = nil,
        providesClusterInfo: Bool = false
    ) {
        self.command = command
        self.arguments = arguments
        self.environment = environment
        self.apiVersion = apiVersion
        self.installHint = installHint
        self.providesClusterInfo = providesClusterInfo
    }
}
