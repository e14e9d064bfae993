// Where the Secrets that plugins are granted come from: the cluster, and files.

import FoundationEssentials
package import KubernetesClient
package import Manifest
package import PluginHost

package enum GrantedSecrets {
    /// Reads granted Secrets.
    ///
    /// - Parameter cluster: nil where there is none at hand; grants that need one are errors then.
    package static func source(_ cluster: (any KubernetesAPI)?) -> PluginHost.SecretSource {
        { grant throws(DiagnosticsError) in
            switch grant {
            case .file(let path): return try secrets(inFile: path)
            case .named(let name, let namespace):
                return try await fromCluster(cluster, "Secret \(namespace)/\(name)") {
                    cluster throws(KubernetesError) in
                    try await cluster.get(ObjectReference(gvk: secret, namespace: namespace, name: name)).map { [$0] }
                        ?? []
                }
            case .labelled(let label, let namespace):
                return try await fromCluster(cluster, "Secrets of \(namespace) with the label \(label)") {
                    cluster throws(KubernetesError) in
                    guard let resource = try await cluster.discovery(refresh: false).resource(for: secret) else {
                        return []
                    }
                    return try await cluster.list(resource, namespace: namespace, labelSelector: label).items.map {
                        item in
                        // What a list leaves out of its items.
                        var item = item
                        item["apiVersion"] = "v1"
                        item["kind"] = "Secret"
                        return item
                    }
                }
            }
        }
    }

    private static let secret = GroupVersionKind(group: "", version: "v1", kind: "Secret")

    private static func fromCluster(
        _ cluster: (any KubernetesAPI)?, _ what: String,
        _ read: (any KubernetesAPI) async throws(KubernetesError) -> [Value]
    ) async throws(DiagnosticsError) -> [Value] {
        guard let cluster else {
            throw DiagnosticsError(
                "a plugin is granted the \(what), and no cluster is at hand",
                cure: "Grant it a file, or name a kubeconfig and a context")
        }
        do throws(KubernetesError) {
            return try await read(cluster)
        } catch {
            var diagnostic = error.diagnostic()
            diagnostic.message = "a plugin is granted the \(what), which cannot be read: \(diagnostic.message)"
            throw DiagnosticsError([diagnostic])
        }
    }

    /// The Secrets in a YAML file or in those of a folder, alone or in Lists.
    package static func secrets(inFile path: String) throws(DiagnosticsError) -> [Value] {
        var isFolder = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw DiagnosticsError(
                "there is no file with granted Secrets", at: SourceLocation(file: path),
                cure: "Correct the grant in the catalogue")
        }
        let names = isFolder ? ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() : [""]
        var secrets: [Value] = []
        for name in names where name.isEmpty || [".yaml", ".yml", ".json", ".key"].contains(where: name.hasSuffix) {
            let file = name.isEmpty ? path : "\(path)/\(name)"
            guard let data = FileManager.default.contents(atPath: file) else {
                throw DiagnosticsError(
                    "the file with granted Secrets cannot be read", at: SourceLocation(file: file),
                    cure: "Check its permissions")
            }
            do throws(DiagnosticsError) {
                for document in try YAML.read([UInt8](data), file: file) {
                    secrets += document["items"]?.array ?? [document]
                }
            } catch {
                // The place and not the text: it may be a secret.
                let line = error.diagnostics.first?.location.map { " at line \($0.position.line)" } ?? ""
                throw DiagnosticsError(
                    "the file with granted Secrets is not YAML\(line)", at: SourceLocation(file: file))
            }
        }
        return secrets
    }
}
