// A Project out of a value tree, with every mistake in it told at its place.

package import Manifest

extension Project {
    /// Decodes a document.
    ///
    /// - Parameter source: the file that the document was read from; nil for an object of a cluster.
    package init(_ value: Value, source: SourceLocation?) throws(DiagnosticsError) {
        let name = value[path: "metadata", "name"]?.string
        var findings = FieldFindings(
            source: source ?? SourceLocation(file: "Project \(name ?? "without a name")"), subject: "a Project")
        guard case .object(let document) = value else {
            throw DiagnosticsError("a Project must be a mapping, not \(value.nameOfKind)", at: source)
        }
        self.init(name: "")
        origin = source.map { SourceLocation(file: $0.file, position: value.position, commit: $0.commit) }
        var top = FieldReader(document, path: "", position: value.position)
        top.version(of: value, &findings)
        if var metadata = top.fields("metadata", &findings) {
            self.name = metadata.requiredString("name", example: "shop", &findings)
            namespace = metadata.string("namespace", &findings) ?? Application.defaultNamespace
        } else {
            findings.report("metadata is missing", at: value.position, cure: "Add metadata with the project's name")
        }
        if var spec = top.fields("spec", &findings) { decode(&spec, &findings) }
        top.finish(&findings)
        if !findings.diagnostics.isEmpty { throw DiagnosticsError(findings.diagnostics) }
    }

    private mutating func decode(_ spec: inout FieldReader, _ findings: inout FieldFindings) {
        sources = spec.strings("sources", &findings).map { NamePattern($0.text, separator: "/") }
        for var destination in spec.mappings("destinations", example: "namespace: shop-*", &findings) {
            let namespace = destination.requiredString("namespace", example: "shop-*", &findings)
            var pattern = DestinationPattern(namespace: NamePattern(namespace))
            pattern.cluster = destination.string("cluster", &findings).map { NamePattern($0) }
            pattern.server = destination.string("server", &findings).map { NamePattern($0, separator: "/") }
            if pattern.server != nil, pattern.cluster == nil {
                findings.report(
                    "\(destination.name(of: "server")) says nothing without a cluster",
                    at: destination.position(of: "server"),
                    cure: "Add cluster, the names of the clusters that may be at that address")
            }
            destinations.append(pattern)
            destination.finish(&findings)
        }
        kinds = spec.strings("kinds", &findings).map { KindPattern($0.text) }
        plugins = spec.strings("plugins", &findings).map { NamePattern($0.text) }
        notifications = spec.notifications("notifications", &findings)
        defaultServiceAccount = spec.objectName("defaultServiceAccount", &findings)
        spec.finish(&findings)
    }
}

extension FieldReader {
    /// What every document begins with: a version that is read here. A status is a cluster's business.
    mutating func version(of value: Value, _ findings: inout FieldFindings) {
        _ = self.value("apiVersion")
        _ = self.value("kind")
        _ = self.value("status")
        if KubernetesObject(value).gvk.version != Application.version {
            findings.report(
                "this version of gitopsctl does not read \(Application.group)/\(KubernetesObject(value).gvk.version)",
                at: position(of: "apiVersion"), cure: "Write apiVersion: \(Application.resourceKind.apiVersion)")
        }
    }
}
