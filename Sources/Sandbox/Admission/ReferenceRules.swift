// What metadata says of other objects and of who is to be asked before a deletion: owner references and finalizers.

import Manifest

enum ReferenceRules {
    static func errors(_ metadata: Value) -> [FieldError] {
        owners(metadata["ownerReferences"]?.array ?? []) + finalizers(metadata["finalizers"]?.array ?? [])
    }

    private static func owners(_ owners: [Value]) -> [FieldError] {
        var errors: [FieldError] = []
        var controller: String?
        for owner in owners {
            let version = owner["apiVersion"]?.string ?? ""
            if version.isEmpty || version.hasSuffix("/") {
                errors.append(
                    .invalid("metadata.ownerReferences.apiVersion", quoted(version), "version must not be empty"))
            }
            for part in ["kind", "name", "uid"] where owner[part]?.string ?? "" == "" {
                errors.append(.invalid("metadata.ownerReferences.\(part)", quoted(""), "\(part) must not be empty"))
            }
            guard owner["controller"]?.bool ?? false else { continue }
            let name = owner["name"]?.string ?? ""
            if let other = controller {
                errors.append(
                    .invalid(
                        "metadata.ownerReferences", String(decoding: JSON.write(.array(owners)), as: UTF8.self),
                        "Only one reference can have Controller set to true. Found \"true\" in references for \(other) and \(name)"
                    ))
            } else {
                controller = name
            }
        }
        return errors
    }

    private static let standard: Set<String> = ["kubernetes", "orphan", "foregroundDeletion"]

    private static func finalizers(_ finalizers: [Value]) -> [FieldError] {
        var errors: [FieldError] = []
        let names = finalizers.compactMap(\.string)
        for (index, name) in names.enumerated() where !standard.contains(name) && !name.contains("/") {
            errors.append(
                .invalid(
                    "metadata.finalizers[\(index)]", quoted(name),
                    "name is neither a standard finalizer name nor is it fully qualified"))
        }
        if names.contains("orphan"), names.contains("foregroundDeletion") {
            errors.append(
                .invalid(
                    "metadata.finalizers", String(decoding: JSON.write(.array(finalizers)), as: UTF8.self),
                    "finalizer orphan and foregroundDeletion cannot be both set"))
        }
        return errors
    }
}
