// Finds what drifted in one object, from the object alone: `managedFields` says which fields are still as we applied
// them.
//
// A server takes a field from our entry when somebody else gives it another value. A desired field that differs from
// the live one and is ours was changed in Git and not applied yet, which is no drift; one that is not ours any more
// was changed in the cluster.

package import Manifest

/// Compares one object.
package struct DriftComparison: Sendable {
    /// The name under which we apply.
    package var fieldManager = "gitopsctl"
    /// The annotation by which the live object says which desired state was applied last.
    package static let digestAnnotation = "gitopsctl.dev/applied-digest"
    package static let partOfLabel = "applyset.kubernetes.io/part-of"

    package init() {}

    /// A field that drifted, and who changed it.
    package struct Difference: Sendable, Hashable {
        package var path: FieldPath
        package var expected: Value
        package var actual: Value?
        package var owner: ManagedFieldsEntry?
    }

    /// The fields of an object that drifted, in order. None for an object that we never applied.
    package func differences(desired: Value, live: Value) -> [Difference] {
        let managed = ManagedFields(of: live)
        guard let ours = managed.applied(by: fieldManager), ours.apiVersion == live["apiVersion"]?.string else {
            return []
        }
        let others = ManagedFields(managed.entries.filter { $0 != ours })
        let digests = (KubernetesObject(desired), KubernetesObject(live))
        let isApplied =
            digests.0.annotation(Self.digestAnnotation).map { $0 == digests.1.annotation(Self.digestAnnotation) }
            ?? false
        let all = managed.entries.reduce(FieldSet()) { $0.union($1.fields) }
        let type = Schema.kubernetes.type(of: digests.0.gvk) ?? Schema.observed([desired, live], owned: all)

        return type.fieldSet(of: desired).leaves.compactMap { path in
            if ours.fields.contains(path) || isBookkeeping(path) { return nil }
            guard let expected = type.value(at: path, in: desired) else { return nil }
            let actual = type.value(at: path, in: live)
            if type.at(path).says(actual, what: expected) { return nil }
            let owner = owner(of: path, hasValue: actual != nil, others, since: ours.time)
            // Where Git changed the object meanwhile, only what somebody took since we applied is drift.
            return owner != nil || isApplied
                ? Difference(path: path, expected: expected, actual: actual, owner: owner) : nil
        }
    }

    private func owner(of path: FieldPath, hasValue: Bool, _ others: ManagedFields, since time: String?)
        -> ManagedFieldsEntry?
    {
        let candidates =
            hasValue
            ? others.owners(of: path)
            // Who took a field away owns nothing of it: the last to update the object may have.
            : others.entries.filter { $0.operation == .update && $0.subresource.isEmpty }.sorted {
                ($0.time ?? "") > ($1.time ?? "")
            }
        return candidates.first { ($0.time ?? "") >= (time ?? "") }
    }

    private func isBookkeeping(_ path: FieldPath) -> Bool {
        if path.elements.count <= 2, ManagedFields.unowned.contains(path) { return true }
        guard path.elements.count == 3, path.elements[0] == .field("metadata"), let name = path.elements[2].fieldName
        else { return false }
        return name.hasPrefix("gitopsctl.dev/") || name == "kubectl.kubernetes.io/last-applied-configuration"
    }
}

extension SchemaType {
    /// The type at a path.
    fileprivate func at(_ path: FieldPath) -> SchemaType {
        path.elements.reduce(self) { type, element in
            switch element {
            case .field(let name): type.memberOrAny(name)
            case .item, .value, .index: type.element ?? Schema.anything
            }
        }
    }

    /// Whether a live value says all that a desired one does; inside pieces that merge as one, a server may have
    /// added defaults.
    fileprivate func says(_ live: Value?, what desired: Value) -> Bool {
        switch (live, desired) {
        case (nil, _):
            // A Go server leaves zero values out.
            guard let scalar = desired.scalar else { return desired.isEmpty }
            return scalar.isNull || scalar.text.isEmpty || !isAny && (scalar.text == "0" || scalar.bool == false)
        case (.scalar(let live)?, .scalar(let desired)):
            return live.means(desired, as: scalar?.format)
        case (.array(let live)?, .array(let desired)):
            let type = element ?? Schema.anything
            return live.count == desired.count && zip(live, desired).allSatisfy { type.says($0, what: $1) }
        case (.object(let live)?, .object(let desired)):
            return desired.entries.allSatisfy { memberOrAny($0.key).says(live[$0.key], what: $0.value) }
        case (let live?, let desired):
            return live.isEmpty && desired.isEmpty
        }
    }
}
