// Server-side apply and the tracking of owners beside it, as pure functions: objects in, objects out.
// The rules are those of structured-merge-diff's Updater and of the API server's field manager around it.

/// A field that another manager owns with a different value.
package struct ApplyConflict: Sendable, Hashable {
    package var manager: ManagedFieldsEntry
    package var fields: FieldSet
}

/// An apply that was refused: it was not forced, and others own what it would change.
package struct ApplyConflictError: Error, Sendable {
    package var conflicts: [ApplyConflict]
}

/// Applies and updates objects of one type, keeping `metadata.managedFields`.
package struct ServerSideApply: Sendable {
    package var type: SchemaType
    /// Fields that the endpoint does not take, `status` for most: they are neither changed nor owned.
    package var resetFields: FieldSet

    package init(type: SchemaType, resetFields: FieldSet = FieldSet()) {
        self.type = type
        self.resetFields = resetFields
    }

    /// Who writes, and when.
    package struct Writer: Sendable {
        package var manager: String
        /// RFC 3339, the time of entries that change.
        package var time: String
        package var subresource: String

        package init(manager: String, time: String, subresource: String = "") {
            self.manager = manager
            self.time = time
            self.subresource = subresource
        }
    }

    /// Applies a configuration.
    ///
    /// - Parameters:
    ///   - config: what the manager wants to hold; `metadata.managedFields` in it is ignored.
    ///   - live: the object as it is, nil when there is none.
    ///   - force: whether fields of others are taken over.
    /// - Returns: the object after the apply with its managedFields. It equals `live` when nothing changed.
    /// - Throws: `ApplyConflictError` when others own fields that would change and `force` is off.
    package func apply(
        _ config: Value, to live: Value?, by writer: Writer, force: Bool
    ) throws(ApplyConflictError) -> Value {
        var config = type.removing(resetFields, from: config)
        config["metadata"]?["managedFields"] = nil
        let before = live ?? [:]
        var managed = trackedFields(of: before)
        let apiVersion = config["apiVersion"]?.string ?? ""

        var entry = ManagedFieldsEntry(
            manager: writer.manager, operation: .apply, apiVersion: apiVersion, time: writer.time,
            subresource: writer.subresource,
            fields: type.fieldSet(of: config).difference(ManagedFields.unowned).recursiveDifference(resetFields))
        let lastEntry = managed.entries.first { $0.isSameManager(as: entry) }

        var merged = type.merging(config, into: live)
        merged["metadata"]?["managedFields"] = nil
        managed.entries.removeAll { $0.isSameManager(as: entry) }
        managed.entries.append(entry)
        let after = pruning(lastEntry?.fields ?? FieldSet(), from: merged, owned: managed)
        if let lastEntry, lastEntry.fields == entry.fields, lastEntry.apiVersion == apiVersion,
            after == withoutManagedFields(before)
        {
            entry.time = lastEntry.time
            managed.entries[managed.entries.count - 1] = entry
        }
        try settle(&managed, from: before, to: after, by: entry, force: force)
        managed.entries.removeAll { $0.fields.isEmpty }
        return withManagedFields(managed, after)
    }

    /// Records who owns what after an update, patch or create that is no apply.
    ///
    /// - Parameter updated: the object as it is to be stored. Where it brings managedFields of its own they count
    ///   instead of the live object's; a list of one empty entry forgets all.
    package func update(_ updated: Value, from live: Value?, by writer: Writer) -> Value {
        let before = live ?? [:]
        var managed = reconciled(ManagedFields(of: before), with: before)
        if let given = updated[path: "metadata", "managedFields"]?.array, !given.isEmpty {
            managed = reconciled(ManagedFields(of: updated), with: before)
        }
        // An object whose owners nobody tracks stays so until somebody applies.
        if managed.entries.isEmpty, before[path: "metadata", "uid"] != nil {
            var untracked = updated
            untracked["metadata"]?["managedFields"] = nil
            return untracked
        }
        var after = updated
        after["metadata"]?["managedFields"] = nil
        let apiVersion = updated["apiVersion"]?.string ?? ""
        let blank = ManagedFieldsEntry(
            manager: writer.manager, operation: .update, apiVersion: apiVersion, time: writer.time,
            subresource: writer.subresource, fields: FieldSet())
        let comparison = type.compare(withoutManagedFields(before), after).excluding(resetFields)
        // An update takes over by its nature, so that it cannot conflict.
        try? settle(&managed, from: before, to: after, by: blank, force: true)

        let own = managed.entries.firstIndex { $0.isSameManager(as: blank) }
        var entry = own.map { managed.entries[$0] } ?? blank
        let fields = entry.fields.difference(comparison.removed).union(comparison.modified).union(comparison.added)
            .difference(ManagedFields.unowned)
        if fields != entry.fields { entry.time = writer.time }
        entry.fields = fields
        if let own { managed.entries[own] = entry } else { managed.entries.append(entry) }
        managed.entries.removeAll { $0.fields.isEmpty }
        return withManagedFields(managed, after)
    }

    // MARK: Owners

    /// The live owners. An object that nobody tracked so far belongs to whoever wrote it before the first apply.
    private func trackedFields(of live: Value) -> ManagedFields {
        var managed = ManagedFields(of: live)
        if managed.entries.isEmpty, live[path: "metadata", "name"] != nil {
            managed.entries = [
                ManagedFieldsEntry(
                    manager: "before-first-apply", operation: .update, apiVersion: live["apiVersion"]?.string ?? "",
                    fields: type.compare([:], withoutManagedFields(live)).added.difference(ManagedFields.unowned))
            ]
        }
        return reconciled(managed, with: live)
    }

    /// The owners as they would be recorded by the type as it is now.
    private func reconciled(_ managed: ManagedFields, with live: Value) -> ManagedFields {
        var managed = managed
        for index in managed.entries.indices {
            managed.entries[index].fields = managed.entries[index].fields.foldingAtomicFields(of: type)
                .expandingGranularFields(of: type, in: live)
        }
        return managed
    }

    /// Takes from the others what the change takes from them.
    private func settle(
        _ managed: inout ManagedFields, from before: Value, to after: Value, by entry: ManagedFieldsEntry, force: Bool
    ) throws(ApplyConflictError) {
        let comparison = type.compare(withoutManagedFields(before), after).excluding(resetFields)
        let changed = comparison.modified.union(comparison.added)
        var conflicts: [ApplyConflict] = []
        for index in managed.entries.indices where !managed.entries[index].isSameManager(as: entry) {
            let lost = managed.entries[index].fields.intersection(changed)
            if !lost.isEmpty { conflicts.append(ApplyConflict(manager: managed.entries[index], fields: lost)) }
            let left = managed.entries[index].fields.difference(lost).difference(comparison.removed)
            managed.entries[index].fields = left
        }
        if !force, !conflicts.isEmpty { throw ApplyConflictError(conflicts: conflicts) }
        managed.entries.removeAll { $0.fields.isEmpty && !$0.isSameManager(as: entry) }
    }

    /// Removes what the manager applied last and does not apply now, as far as nobody else owns it.
    private func pruning(_ last: FieldSet, from merged: Value, owned managed: ManagedFields) -> Value {
        if last.isEmpty { return merged }
        func members(_ value: Value) -> FieldSet { type.fieldSet(of: value).includingNamedFields(of: type) }
        let all = members(merged)
        let lastMembers = last.includingNamedFields(of: type)
        var owned = FieldSet()
        for entry in managed.entries { owned = owned.union(entry.fields) }

        let withoutLast = type.removing(lastMembers, from: merged)
        let withOwned = type.removing(
            all.difference(members(withoutLast).union(owned.includingNamedFields(of: type))), from: merged)
        let pruned = type.removing(all.difference(members(withOwned)).intersection(lastMembers), from: merged)
        return keepingIdentity(of: merged, in: pruned)
    }

    /// Puts back what of the metadata nobody can own: with the last label that is given up the name does not go.
    private func keepingIdentity(of merged: Value, in pruned: Value) -> Value {
        guard let metadata = merged["metadata"]?.object else { return pruned }
        var result = pruned
        var kept = pruned["metadata"]?.object ?? Object()
        for entry in metadata.entries
        where !["labels", "annotations", "finalizers", "ownerReferences"].contains(entry.key)
            && !kept.contains(entry.key)
        {
            kept[entry.key] = entry.value
        }
        result["metadata"] = .object(kept)
        return result
    }

    private func withoutManagedFields(_ object: Value) -> Value {
        var object = object
        if object[path: "metadata", "managedFields"] != nil { object["metadata"]?["managedFields"] = nil }
        return object
    }

    private func withManagedFields(_ managed: ManagedFields, _ object: Value) -> Value {
        var object = object
        if !managed.entries.isEmpty { object["metadata"]?["managedFields"] = managed.sorted.value }
        return object
    }
}
