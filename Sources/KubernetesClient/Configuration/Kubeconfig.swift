// A kubeconfig: clusters, users and contexts by name, from one file or several.

package import Manifest

/// The contents of one or more kubeconfig files
/// (https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/).
package struct Kubeconfig: Sendable {
    package struct Cluster: Sendable {
        package var name: String
        package var server: String
        package var certificateAuthority: Material?
        package var insecureSkipVerify: Bool
        package var tlsServerName: String?
        package var proxy: String?
        package var disablesCompression: Bool
        package var location: SourceLocation
    }

    package struct User: Sendable {
        package var name: String
        package var clientCertificate: Material?
        package var clientKey: Material?
        package var credentials: Credentials
        package var impersonation: Impersonation?
        /// The `auth-provider` that it asks for; such users cannot be served.
        package var authProvider: String?
        package var location: SourceLocation
    }

    package struct Context: Sendable {
        package var name: String
        package var cluster: String
        package var user: String
        package var namespace: String?
        package var location: SourceLocation
    }

    /// A certificate or a key: in the kubeconfig itself, or in a file beside it.
    package enum Material: Sendable, CustomStringConvertible, CustomReflectable {
        case data([UInt8])
        case file(String)

        package var description: String {
            switch self {
            case .data(let bytes): "\(bytes.count) bytes"
            case .file(let path): path
            }
        }

        package var customMirror: Mirror { Mirror(self, children: ["material": description]) }
    }

    package var clusters: [Cluster] = []
    package var users: [User] = []
    package var contexts: [Context] = []
    package var currentContext: String?
    /// Where it came from, for messages.
    package var paths: [String] = []

    package init() {}

    /// Adds the contents of a file that was given later. What is there already wins, entry by entry.
    package mutating func merge(_ other: Kubeconfig) {
        clusters += other.clusters.filter { new in !clusters.contains { $0.name == new.name } }
        users += other.users.filter { new in !users.contains { $0.name == new.name } }
        contexts += other.contexts.filter { new in !contexts.contains { $0.name == new.name } }
        currentContext = currentContext ?? other.currentContext
        paths += other.paths
    }
}
