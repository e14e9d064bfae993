// An Application out of a value tree, with every mistake in it told at its place.

package import Manifest

extension Application {
    /// Decodes a document. Unknown fields, wrong types and missing fields are all reported, and so are fields that are
    /// part of the API but not of this version.
    ///
    /// - Parameter source: the file that the document was read from; nil for an object of a cluster, where a status and
    ///   server-side metadata are expected and positions are not.
    package init(_ value: Value, source: SourceLocation?) throws(DiagnosticsError) {
        let name = value[path: "metadata", "name"]?.string
        var findings = FieldFindings(
            source: source ?? SourceLocation(file: "Application \(name ?? "without a name")"), subject: "an Application"
        )
        guard case .object(let document) = value else {
            throw DiagnosticsError("an Application must be a mapping, not \(value.nameOfKind)", at: source)
        }
        var top = FieldReader(document, path: "", position: value.position)
        top.version(of: value, &findings)
        self.init(
            name: "", namespace: Self.defaultNamespace, source: Source(repository: "", revision: "HEAD", path: "."),
            destination: Destination(), sync: SyncPolicy(), suspend: false)
        origin = source.map { SourceLocation(file: $0.file, position: value.position, commit: $0.commit) }
        if var metadata = top.fields("metadata", &findings) {
            self.name = metadata.requiredString("name", example: "shop", &findings)
            namespace = metadata.string("namespace", &findings) ?? Self.defaultNamespace
        } else {
            findings.report("metadata is missing", at: value.position, cure: "Add metadata with the application's name")
        }
        if var spec = top.fields("spec", &findings) {
            decode(&spec, &findings)
        } else if document["spec"] == nil {
            findings.report("spec is missing", at: value.position, cure: "Add spec.source with a repository and a path")
        }
        top.finish(&findings)
        if !findings.diagnostics.isEmpty { throw DiagnosticsError(findings.diagnostics) }
    }

    private mutating func decode(_ spec: inout FieldReader, _ findings: inout FieldFindings) {
        if var fields = spec.fields("source", &findings) {
            decodeSource(&fields, &findings)
        } else {
            _ = spec.requiredString("source", example: "{repository: ., path: overlays/production}", &findings)
        }
        if var fields = spec.fields("destination", &findings) {
            destination.namespace = fields.string("namespace", &findings)
            destination.cluster = fields.objectName("cluster", &findings)
            fields.finish(&findings)
        }
        if var fields = spec.fields("sync", &findings) { decodeSync(&fields, &findings) }
        suspend = spec.bool("suspend", &findings) ?? false
        if let limit = spec.count("historyLimit", &findings) { historyLimit = limit }
        deletionPolicy = spec.choice("deletionPolicy", &findings) ?? deletionPolicy
        plugins = spec.plugins("plugins", &findings)
        health = spec.healthRules("health", &findings)
        ignoredDifferences = spec.ignoredDifferences("ignoreDifferences", &findings)
        dependsOn = spec.dependencies("dependsOn", namespace: namespace, &findings)
        notifications = spec.notifications("notifications", &findings)
        project = spec.string("project", &findings)
        serviceAccountName = spec.objectName("serviceAccountName", &findings)
        spec.finish(&findings)
    }

    private mutating func decodeSource(_ fields: inout FieldReader, _ findings: inout FieldFindings) {
        source.repository = fields.requiredString("repository", example: "https://github.com/you/fleet.git", &findings)
        source.revision = fields.string("revision", &findings) ?? "HEAD"
        source.path = fields.string("path", &findings) ?? "."
        if source.path.hasPrefix("/") || source.path.split(separator: "/").contains("..") {
            findings.report(
                "spec.source.path must stay inside the repository", at: fields.position(of: "path"),
                cure: "Write the folder's path from the repository's root")
        }
        if var credentials = fields.fields("credentials", &findings) {
            let secret = credentials.requiredString("secretName", example: "fleet-git", &findings)
            source.credentialsSecret = secret.isEmpty ? nil : secret
            credentials.finish(&findings)
        }
        fields.unsupported("verify", &findings)
        fields.unsupported("kustomize", &findings)
        fields.finish(&findings)
    }

    private mutating func decodeSync(_ fields: inout FieldReader, _ findings: inout FieldFindings) {
        let standard = SyncPolicy()
        sync.automated = fields.bool("automated", &findings) ?? standard.automated
        sync.selfHeal = fields.bool("selfHeal", &findings) ?? standard.selfHeal
        sync.prune = fields.bool("prune", &findings) ?? standard.prune
        sync.allowEmpty = fields.bool("allowEmpty", &findings) ?? standard.allowEmpty
        sync.interval = fields.duration("interval", &findings) ?? standard.interval
        sync.timeout = fields.duration("timeout", &findings) ?? standard.timeout
        sync.patience = fields.duration("patience", &findings) ?? standard.patience
        sync.rollback = fields.bool("rollback", &findings) ?? standard.rollback
        if var retry = fields.fields("retry", &findings) {
            sync.retry.limit = retry.count("limit", &findings) ?? standard.retry.limit
            if var backoff = retry.fields("backoff", &findings) {
                sync.retry.first = backoff.duration("duration", &findings) ?? standard.retry.first
                sync.retry.factor =
                    backoff.number("factor", in: RetryPolicy.factors, &findings) ?? standard.retry.factor
                sync.retry.longest = backoff.duration("maxDuration", &findings) ?? standard.retry.longest
                backoff.finish(&findings)
            }
            retry.finish(&findings)
        }
        sync.readOptions(&fields, &findings)
        sync.windows = fields.syncWindows("windows", &findings)
        fields.finish(&findings)
    }
}
