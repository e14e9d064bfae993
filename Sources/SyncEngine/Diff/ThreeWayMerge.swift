// What server-side apply would make of an object, computed here and said as a JSON merge patch (RFC 7386): for objects
// that are not to be applied by the server, and for servers that cannot. The rules are those of the apply. What we
// never had is in no such patch, except in lists, which a merge patch can only send whole: those hold what others have
// in them as it is now, and the patch is valid for exactly that version of the object.

import Manifest

struct ThreeWayMerge: Sendable {
    let type: SchemaType
    let manager: String
    /// The versions of the kind that the server serves; nil for all.
    let served: Set<String>?

    /// The patch that makes a live object as desired; the fields of the tools before us become ours by it.
    ///
    /// - Parameter force: whether fields of others are taken over.
    /// - Throws: `ApplyConflictError` when others own fields that would change and `force` is off.
    func patch(_ desired: Value, onto live: Value, force: Bool) throws(ApplyConflictError) -> Value {
        let ownership = Ownership(merging: live, manager: manager, type: type, served: served)
        let before = Self.withoutOwners(live)
        var tracked = before
        let own = ManagedFieldsEntry(
            manager: manager, operation: .apply, apiVersion: live["apiVersion"]?.string ?? "", fields: ownership.ours)
        tracked["metadata"]?["managedFields"] = ManagedFields([own] + ownership.others).value
        let writer = ServerSideApply.Writer(manager: manager, time: "")
        let merged = try ServerSideApply(type: type).apply(desired, to: tracked, by: writer, force: force)
        var patch = Self.difference(from: before, to: Self.withoutOwners(merged)) ?? [:]
        var metadata = patch["metadata"]?.object ?? Object()
        if !ownership.isApplied, let takeover = ManagerTakeover.patch(of: live, manager: manager, served: served) {
            metadata["managedFields"] = takeover[path: "metadata", "managedFields"]
        }
        metadata["resourceVersion"] = live[path: "metadata", "resourceVersion"]
        patch["metadata"] = .object(metadata)
        return patch
    }

    private static func withoutOwners(_ object: Value) -> Value {
        var object = object
        object["metadata"]?["managedFields"] = nil
        return object
    }

    /// The merge patch from one value to another; nil where they are equal. A member that becomes null goes: a merge
    /// patch has no word for null.
    static func difference(from before: Value, to after: Value) -> Value? {
        guard let old = before.object, let new = after.object else { return before == after ? nil : after }
        var patch = Object()
        for entry in new.entries {
            guard let known = old[entry.key] else {
                if !entry.value.isNull { patch[entry.key] = entry.value }
                continue
            }
            if let change = difference(from: known, to: entry.value) { patch[entry.key] = change }
        }
        for entry in old.entries where !new.contains(entry.key) { patch[entry.key] = .null }
        return patch.isEmpty ? nil : .object(patch)
    }
}
