// Holds an application to its Project: its repository, namespace and plugins before anything is fetched, its objects
// before anything of them is looked up or written.

package import Manifest
import PluginHost

extension Project {
    /// What an application itself asks for that its Project does not allow.
    package func findings(on application: Application) -> [Diagnostic] {
        var findings: [Diagnostic] = []
        if !allows(source: application.source.repository) {
            findings.append(
                refusal("the repository \(application.source.repository)", "sources", sources, at: application.origin))
        }
        let cluster = application.destination.cluster
        if let cluster, !destinations.contains(where: { $0.allows(cluster: cluster) }) {
            findings.append(refusal("the cluster \(cluster)", "destinations", destinations, at: application.origin))
        } else if let namespace = application.destination.namespace, !allows(namespace: namespace, of: cluster) {
            findings.append(
                refusal(
                    "the namespace \(namespace)\(Self.words(cluster))", "destinations", destinations,
                    at: application.origin))
        }
        for use in application.plugins where !plugins.contains(where: { $0.matches(use.name) }) {
            findings.append(refusal("the plugin \(use.name)", "plugins", plugins, at: use.origin))
        }
        return findings
    }

    /// What a Project does not allow among the objects that an application delivers, hooks and all.
    ///
    /// - Parameters:
    ///   - namespace: where objects go that name none.
    ///   - cluster: the other cluster that they go to; nil for the Project's own.
    ///   - isNamespaced: whether a kind lives in namespaces; nil for one that nobody knows, which is then held to both.
    package func findings(
        on objects: [KubernetesObject], namespace defaultNamespace: String?, cluster: String? = nil,
        isNamespaced: (GroupVersionKind) -> Bool?
    ) -> [Diagnostic] {
        objects.flatMap { object -> [Diagnostic] in
            let scope = isNamespaced(object.gvk)
            var findings: [Diagnostic] = []
            if !kinds.contains(where: { $0.matches(object.gvk.groupKind, isNamespaced: scope) }) {
                let remark = scope == false ? ", and a kind of the whole cluster has to be named in full" : ""
                findings.append(refusal("\(object.reference)", "kinds", kinds, remark, at: object.origin))
            }
            // A Namespace belongs to the cluster, and is itself a place that objects go to.
            let isNamespace = object.gvk.groupKind == GroupKind(group: "", kind: "Namespace")
            let namespace = isNamespace ? object.name : object.namespace ?? defaultNamespace ?? "default"
            if isNamespace || scope != false, !allows(namespace: namespace, of: cluster) {
                let what = isNamespace ? "\(object.reference)" : "\(object.reference) in the namespace \(namespace)"
                findings.append(refusal(what + Self.words(cluster), "destinations", destinations, at: object.origin))
            }
            return findings
        }
    }

    private func allows(namespace: String, of cluster: String?) -> Bool {
        destinations.contains { $0.allows(cluster: cluster) && $0.namespace.matches(namespace) }
    }

    private static func words(_ cluster: String?) -> String { cluster.map { " of the cluster \($0)" } ?? "" }

    /// An address that a client would make another one of (`..`, written out or in percents) matches no pattern but
    /// `*`.
    private func allows(source address: String) -> Bool {
        sources.contains { allows(source: address, by: $0) }
    }

    func allows(source address: String, by pattern: NamePattern) -> Bool {
        let segments = address.lowercased().replacing("%2e", with: ".").replacing("%2f", with: "/").split(
            separator: "/")
        let isPlain = !segments.contains { $0 == "." || $0 == ".." } && !address.contains("\\")
        return pattern.description == "*"
            || isPlain && NamePattern(Self.bare(pattern.description), separator: "/").matches(Self.bare(address))
    }

    /// An address without the endings that name the same repository.
    private static func bare(_ address: String) -> String {
        var address = address[...]
        while address.count > 1, address.hasSuffix("/") { address = address.dropLast() }
        if address.hasSuffix(".git") { address = address.dropLast(4) }
        return String(address)
    }

    private func refusal<Pattern: CustomStringConvertible>(
        _ what: String, _ rule: String, _ allowed: [Pattern], _ remark: String = "", at place: SourceLocation?
    ) -> Diagnostic {
        let list = allowed.isEmpty ? "none" : allowed.map(\.description).joined(separator: ", ")
        return .error(
            "the project \(name) does not allow \(what): its \(rule) are \(list)\(remark)", at: place,
            cure: "Whoever keeps the project can add it to spec.\(rule)"
                + (origin.map { " in \($0.file)" } ?? " of Project \(namespace)/\(name)"))
    }
}

extension Application {
    /// - Throws: what the application's Project does not allow; where it names one that was not found, that.
    func requireLimits() throws(DiagnosticsError) {
        guard let limits else {
            guard let project else { return }
            throw DiagnosticsError(
                "the project \(project) of \(name) was not looked up, and nothing is done without its limits",
                at: origin)
        }
        let findings = limits.findings(on: self)
        if !findings.isEmpty { throw DiagnosticsError(findings) }
    }
}
