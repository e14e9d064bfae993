// From a SealedSecret to the Secret that it stands for.

package import Manifest

/// Opens SealedSecrets with the keys of a ring.
package struct Opening: Sendable {
    private let keys: KeyRing
    private let defaultNamespace: String?

    /// - Parameter defaultNamespace: the namespace of objects that name none, which a strict or namespace-wide
    ///   label needs.
    package init(keys: KeyRing, defaultNamespace: String? = nil) {
        self.keys = keys
        self.defaultNamespace = defaultNamespace
    }

    /// The Secret: the template's metadata, type and `immutable`, the opened values, and the template's data rendered
    /// over them.
    ///
    /// An owner reference, which the Sealed Secrets controller sets to its SealedSecret, is not: the SealedSecret is
    /// not in the cluster, and the Secret belongs to the application. So `skip-set-owner-references` holds by itself;
    /// `managed` and `patch`, which say how an existing Secret is treated, are kept for whoever reads them, and
    /// server-side apply does what they ask: it takes over the fields that are declared here and leaves every other
    /// key of the Secret alone.
    ///
    /// - Throws: why, for each value that cannot be opened or rendered. No message holds a value.
    package func secret(from sealed: SealedSecret) throws(DiagnosticsError) -> Value {
        var problems: [Diagnostic] = []
        if let deprecated = sealed.value[path: "spec", "data"], !deprecated.isEmpty {
            throw DiagnosticsError(
                "\(subject(sealed)) keeps its values in the deprecated field spec.data",
                cure: "Seal it anew: each value then stands under spec.encryptedData")
        }
        let label = sealed.label(defaultNamespace: defaultNamespace)
        var values: [(key: String, value: [UInt8])] = []
        for (key, text) in sealed.encryptedData {
            do throws(OpeningFailure) {
                values.append((key, try open(text, label: label)))
            } catch {
                problems.append(diagnostic(error, key: key, of: sealed))
            }
        }
        if problems.isEmpty { render(sealed, over: &values, &problems) }
        if !problems.isEmpty { throw DiagnosticsError(problems) }
        return secret(of: sealed, values)
    }

    private func open(_ text: Value, label: [UInt8]) throws(OpeningFailure) -> [UInt8] {
        guard let text = text.string, let bytes = Base64.decode(text) else { throw .malformed("it is no base64") }
        return try HybridEncryption.open(bytes, label: label, with: keys.privateKeys).value
    }

    private func render(
        _ sealed: SealedSecret, over values: inout [(key: String, value: [UInt8])], _ problems: inout [Diagnostic]
    ) {
        guard let templates = sealed.template?["data"]?.object else { return }
        let data = Dictionary(values.map { ($0.key, $0.value) }) { $1 }
        for entry in templates.entries {
            // A key with nothing behind it takes the sealed value of that name out: it served the templates only.
            if entry.value.isNull {
                values.removeAll { $0.key == entry.key }
                continue
            }
            do throws(TemplateError) {
                let rendered = try SecretTemplate(entry.value.scalar?.text ?? "").rendered(with: data)
                if let index = values.firstIndex(where: { $0.key == entry.key }) {
                    values[index].value = rendered
                } else {
                    values.append((entry.key, rendered))
                }
            } catch {
                problems.append(
                    .error("the template of \(entry.key) in \(subject(sealed)) \(error.reason)", cure: error.cure))
            }
        }
    }

    private func secret(of sealed: SealedSecret, _ values: [(key: String, value: [UInt8])]) -> Value {
        var metadata = sealed.template?["metadata"]?.object ?? Object()
        // What only a server writes, and kubeseal copies: null timestamps among it.
        for field in [
            "creationTimestamp", "ownerReferences", "resourceVersion", "uid", "generation", "managedFields", "selfLink",
        ] {
            metadata[field] = nil
        }
        metadata["name"] = .string(sealed.name)
        metadata["namespace"] = sealed.namespace.map(Value.string)
        var secret: Value = ["apiVersion": "v1", "kind": "Secret", "metadata": .object(metadata)]
        if let type = sealed.template?["type"]?.string, !type.isEmpty { secret["type"] = .string(type) }
        if let immutable = sealed.template?["immutable"]?.bool { secret["immutable"] = .bool(immutable) }
        let sorted = values.sorted { $0.key < $1.key }
        secret["data"] = .object(
            Object(entries: sorted.map { Object.Entry(key: $0.key, value: .string(Base64.encode($0.value))) }))
        return secret
    }

    // MARK: Reasons

    private func subject(_ sealed: SealedSecret) -> String {
        "SealedSecret \(sealed.namespace ?? defaultNamespace ?? "default")/\(sealed.name)"
    }

    private func diagnostic(_ failure: OpeningFailure, key: String, of sealed: SealedSecret) -> Diagnostic {
        let what = "\(key) of \(subject(sealed)) cannot be opened"
        switch failure {
        case .malformed(let reason):
            return .error("\(what): \(reason)", cure: "Seal the value again, or restore it from Git")
        case .damaged:
            return .error(
                "\(what): it was changed after it was sealed", cure: "Seal the value again, or restore it from Git")
        case .noKeyFits(0):
            return .error(
                "\(what): there is no key to open it with",
                cure: "Grant the plugin the Secrets labelled \(KeyRing.label), or a folder with the keys")
        case .noKeyFits(let tried):
            return .error(
                "\(what): none of the \(tried == 1 ? "one key" : "\(tried) keys") at hand fits",
                cure: "Seal it with the certificate of this cluster, or bring back the key that it was sealed with")
        case .wrongScope(let digest):
            return .error("\(what): \(scopeReason(digest, sealed))", cure: scopeCure(digest, sealed))
        }
    }

    /// The scope that a label's digest stands for, as far as it can be one of this object's.
    private func scope(_ digest: [UInt8], _ sealed: SealedSecret) -> SealingScope? {
        let namespace = sealed.namespace ?? defaultNamespace ?? "default"
        return SealingScope.allCases.first {
            SHA256.digest($0.label(namespace: namespace, name: sealed.name)) == digest
        }
    }

    private func scopeReason(_ digest: [UInt8], _ sealed: SealedSecret) -> String {
        guard let sealedFor = scope(digest, sealed) else {
            return sealed.scope == .namespaceWide
                ? "it was sealed for another namespace, or for one name only"
                : "it was sealed for another namespace or name"
        }
        return "it was sealed \(sealedFor.rawValue), and the object says \(sealed.scope.rawValue)"
    }

    private func scopeCure(_ digest: [UInt8], _ sealed: SealedSecret) -> String {
        guard let sealedFor = scope(digest, sealed) else {
            return "Put it back where it was sealed for, or seal the value again for this place"
        }
        guard let annotation = sealedFor.annotation else {
            return "Take the annotation \(sealed.scope.annotation ?? "of the scope") off the SealedSecret"
        }
        return "Annotate the SealedSecret with \(annotation): \"true\""
    }
}
