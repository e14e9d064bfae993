// Why the cluster refused an object, said at the place where the object is declared.

import KubernetesClient
import Manifest

enum ApplyDiagnostics {
    /// The error of a write, in the user's words.
    ///
    /// - Parameter changed: the fields that the write was to change.
    static func diagnostic(
        for error: KubernetesError, of reference: ObjectReference, object: Value?, origin: SourceLocation?,
        changed: [FieldPath] = [], mask: SecretMask = .shared
    ) -> Diagnostic {
        var result = described(error, reference, changed)
        result.location = origin
        if let object {
            result.message = mask.scrubbed(result.message, of: object)
            result.cure = result.cure.map { mask.scrubbed($0, of: object) }
        }
        return result
    }

    private static func described(
        _ error: KubernetesError, _ reference: ObjectReference, _ changed: [FieldPath]
    ) -> Diagnostic {
        if error.isFieldManagerConflict { return conflict(error, reference) }
        if error.isOfUnknownFields, let fields = fieldsWithoutType(error.message) {
            return .error(
                "\(reference) is refused: \(fields)",
                cure: "Check the fields against kubectl explain \(reference.kind.lowercased())")
        }
        if isImmutable(error) {
            return .error(
                "\(reference): \(immutableFields(error, changed)) cannot be changed on an existing object",
                cure: "Leave it as it was, or have the object deleted and created again: "
                    + "annotate it with \(Vocabulary.syncOptions): Force=true (Force=orphan keeps its dependents)")
        }
        if error.isInvalid { return .error("\(reference) is refused: \(details(error))", cure: nil) }
        if error.isNotFound, error.message.contains("namespaces"), let namespace = reference.namespace {
            return .error(
                "\(reference): namespace \(namespace) does not exist",
                cure: "Add a Namespace to the manifests, or create it")
        }
        if error.isForbidden, error.message.contains("being terminated"), let namespace = reference.namespace {
            return .error(
                "\(reference): namespace \(namespace) is being deleted", cure: "Wait until it is gone, then sync again")
        }
        if error.isForbidden, error.message.contains("exceeded quota") {
            return .error("\(reference) is refused: \(error.message)", cure: "Raise the quota, or ask for less")
        }
        var diagnostic = error.diagnostic()
        if !diagnostic.message.contains(reference.name) { diagnostic.message = "\(reference): \(diagnostic.message)" }
        return diagnostic
    }

    /// `spec.replicas belongs to kubectl-edit`, for each field that another manager holds.
    private static func conflict(_ error: KubernetesError, _ reference: ObjectReference) -> Diagnostic {
        let fields = error.causes.filter { $0.reason == "FieldManagerConflict" }.map { cause in
            let field = cause.field.hasPrefix(".") ? String(cause.field.dropFirst()) : cause.field
            return "\(field) belongs to \(manager(in: cause.message))"
        }
        return .error(
            "\(reference): \(fields.joined(separator: "; "))",
            cure: "Leave the fields out of the manifest, or force conflicts to take them over")
    }

    /// The name in `conflict with "kubectl-edit" using apps/v1`.
    private static func manager(in message: String) -> String {
        let parts = message.split(separator: "\"", omittingEmptySubsequences: false)
        return parts.count >= 3 ? String(parts[1]) : message
    }

    /// What server-side apply says of fields that the type does not have, one after the other.
    private static func fieldsWithoutType(_ message: String) -> String? {
        guard let start = message.firstRange(of: ": .") ?? message.firstRange(of: "errors:") else { return nil }
        let lines = message[start.upperBound...].split(separator: "\n").map { line in
            let text = line.drop { $0 == " " || $0 == "." }
            return String(text)
        }.filter { !$0.isEmpty }
        let rest = lines.count > 5 ? "; and \(lines.count - 5) more" : ""
        return lines.prefix(5).joined(separator: "; ") + rest
    }

    /// Whether a server refused the change of a field that cannot be changed on an existing object.
    static func isImmutable(_ error: KubernetesError) -> Bool {
        guard error.isInvalid else { return false }
        // The API server's own validation speaks in these words; so do the rules of custom resources by custom.
        let text = error.message + error.causes.map(\.message).joined(separator: " ")
        return [
            "immutable", "updates to statefulset spec for fields other than", "may not be changed",
            "may not change once set", "cannot change roleRef", "updates to parameters are forbidden",
            "updates to provisioner are forbidden",
        ]
        .contains { text.contains($0) }
    }

    /// The fields that cannot be changed. Where the server names a whole spec, those that were to be changed in it.
    private static func immutableFields(_ error: KubernetesError, _ changed: [FieldPath]) -> String {
        var names: [String] = []
        for cause in error.causes {
            let changed = changed.map(\.description).filter { path in
                // A StatefulSet's refusal names in quotes what it does allow.
                path.hasPrefix(cause.field + ".")
                    && !cause.message.contains("'\(path.dropFirst(cause.field.count + 1).prefix { $0 != "." })'")
            }
            let isWhole = !cause.field.contains(".") && !changed.isEmpty
            for name in isWhole ? changed : [cause.field] where !name.isEmpty && !names.contains(name) {
                names.append(name)
            }
        }
        return names.isEmpty ? details(error) : names.joined(separator: ", ")
    }

    private static func details(_ error: KubernetesError) -> String {
        let causes = error.causes.map { $0.field.isEmpty ? $0.message : "\($0.field): \($0.message)" }
        return causes.isEmpty ? error.message : causes.joined(separator: "; ")
    }
}
