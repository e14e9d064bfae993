// The form in which a manifest is sent: what only the server writes is left out, Secrets are encoded, our marks are on
// it.

package import Manifest

package enum DesiredForm {
    /// The object to apply. What it says is what the manifest says; what cannot be applied is left out.
    package static func prepared(_ manifest: Value, reference: ObjectReference, applySet: ApplySet) -> Value {
        var value = withoutNulls(manifest, isCustom: Schema.kubernetes.type(of: reference.gvk) == nil)
        value["status"] = nil
        var metadata = value["metadata"]?.object ?? Object()
        for key in ["creationTimestamp", "managedFields", "resourceVersion", "uid", "generation", "selfLink"] {
            metadata[key] = nil
        }
        metadata["namespace"] = reference.namespace.map { .string($0) }
        metadata["labels"] = with(metadata["labels"], [(Vocabulary.partOf, applySet.id)])
        metadata["annotations"] = with(
            metadata["annotations"], [(Vocabulary.appliedIdentity, reference.identity.annotation)])
        value["metadata"] = .object(metadata)
        return normalized(value, as: reference.gvk.groupKind)
    }

    private static func with(_ map: Value?, _ entries: [(String, String)]) -> Value {
        var object = map?.object ?? Object()
        for (key, text) in entries { object[key] = .string(text) }
        object[Vocabulary.appliedDigest] = nil
        object[Vocabulary.appliedFields] = nil
        object[Vocabulary.lastAppliedConfiguration] = nil
        return .object(object)
    }

    /// Keys whose value is null say nothing to built-in types. In custom resources null may be a value of its own.
    private static func withoutNulls(_ value: Value, isCustom: Bool) -> Value {
        if isCustom { return value }
        switch value {
        case .scalar: return value
        case .array(let items): return .array(items.map { withoutNulls($0, isCustom: false) })
        case .object(let object):
            return .object(
                Object(
                    entries: object.entries.compactMap { entry in
                        if entry.value.isNull { return nil }
                        return Object.Entry(
                            key: entry.key, value: withoutNulls(entry.value, isCustom: false), position: entry.position)
                    }))
        }
    }

    /// What some kinds need to be comparable with what the server stores.
    private static func normalized(_ value: Value, as kind: GroupKind) -> Value {
        switch (kind.group, kind.kind) {
        case ("", "Secret"): withEncodedStrings(value)
        case ("rbac.authorization.k8s.io", "ClusterRole"): withoutAggregatedRules(value)
        case ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
            ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"):
            withoutPlaceholders(value)
        case ("apiextensions.k8s.io", "CustomResourceDefinition"):
            withoutPlaceholder(value, at: ["spec", "conversion", "webhook", "clientConfig"])
        case ("apiregistration.k8s.io", "APIService"): withoutPlaceholder(value, at: ["spec"])
        default: value
        }
    }

    /// `stringData` is write-only: the server moves it into `data`, and so do we, so that both sides look alike.
    private static func withEncodedStrings(_ secret: Value) -> Value {
        guard let strings = secret["stringData"]?.object else { return secret }
        var secret = secret
        var data = secret["data"]?.object ?? Object()
        for entry in strings.entries {
            guard let text = entry.value.scalar?.text else { continue }
            data[entry.key] = .string(Base64.encode(Array(text.utf8)))
        }
        secret["stringData"] = nil
        secret["data"] = .object(data)
        return secret
    }

    /// The rules of an aggregated role are written by a controller; those of the manifest are a placeholder.
    private static func withoutAggregatedRules(_ role: Value) -> Value {
        guard role["aggregationRule"]?.isEmpty == false else { return role }
        var role = role
        role["rules"] = nil
        return role
    }

    private static func withoutPlaceholders(_ configuration: Value) -> Value {
        guard let webhooks = configuration["webhooks"]?.array else { return configuration }
        var configuration = configuration
        configuration["webhooks"] = .array(webhooks.map { withoutPlaceholder($0, at: ["clientConfig"]) })
        return configuration
    }

    /// An empty CA bundle, or one of a single line break, is a placeholder for what an injector writes.
    private static func withoutPlaceholder(_ value: Value, at keys: ArraySlice<String>) -> Value {
        var value = value
        if let key = keys.first {
            guard let below = value[key] else { return value }
            value[key] = withoutPlaceholder(below, at: keys.dropFirst())
        } else if let bundle = value["caBundle"]?.scalar?.text, ["", "Cg=="].contains(bundle) {
            value["caBundle"] = nil
        }
        return value
    }

    /// The object with what says what was applied: a digest, which Secrets do not carry, and the fields where it is
    /// merged here.
    static func marked(_ object: DesiredObject, type: SchemaType) -> Value {
        var value = object.value
        if object.options.write == .merge {
            let record = AppliedFields(applied: value, type: type)
            value["metadata"]?["annotations"]?[Vocabulary.appliedFields] = .string(record.text)
        }
        if !object.reference.gvk.groupKind.isSecret {
            value["metadata"]?["annotations"]?[Vocabulary.appliedDigest] = .string(object.digest)
        }
        return value
    }
}

extension Value {
    /// SHA-256 of the data in lowercase hexadecimal, cut to 128 bits: the same whatever the order of keys and the
    /// spelling of text.
    package var digest: String {
        var hash = SHA256()
        hash.update(JSON.write(sortedByKey))
        return SHA256.hexadecimal(hash.finalize().prefix(16))
    }

    private var sortedByKey: Value {
        switch self {
        case .scalar: self
        case .array(let items): .array(items.map(\.sortedByKey))
        case .object(let object):
            .object(
                Object(
                    entries: object.entries.sorted { $0.key < $1.key }
                        .map { Object.Entry(key: $0.key, value: $0.value.sortedByKey) }))
        }
    }
}
