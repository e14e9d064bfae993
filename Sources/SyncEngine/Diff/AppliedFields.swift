// Which fields of an object a sync applied last, as the object itself says it where it is merged here: what is written
// otherwise than by an apply the server records only as far as it changes something. Names and no values: kubectl's
// annotation for the same purpose holds the whole object, the values of a Secret among it.

import Manifest

/// The annotation `gitopsctl.dev/applied-fields`: `{"apps/v1": {"f:spec": …}}`, in the form of `managedFields`.
struct AppliedFields: Sendable, Hashable {
    /// The version that the fields are written in.
    var apiVersion: String
    var fields: FieldSet

    /// Those of a desired object.
    init(applied desired: Value, type: SchemaType) {
        apiVersion = desired["apiVersion"]?.string ?? ""
        fields = type.fieldSet(of: desired).difference(ManagedFields.unowned).difference(ThreeWayDiff.bookkeeping)
    }

    /// What a live object says; nil where it says nothing, or nothing that can be read.
    init?(of live: Value) {
        guard let text = KubernetesObject(live).annotation(Vocabulary.appliedFields),
            let record = try? JSON.read(Array(text.utf8)),
            let entry = record.object?.entries.first
        else { return nil }
        apiVersion = entry.key
        fields = FieldSet(fieldsV1: entry.value)
    }

    var text: String { String(decoding: JSON.write(.object([apiVersion: fields.fieldsV1])), as: UTF8.self) }
}
