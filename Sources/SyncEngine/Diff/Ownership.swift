// Who owns the fields of a live object: ours, and everybody else's.

package import Manifest

/// The managedFields of a live object as one manager sees them.
package struct Ownership: Sendable {
    /// What we applied last, with what earlier tools applied whose place we take.
    package var ours: FieldSet
    package var time: String?
    package var others: [ManagedFieldsEntry]
    /// Whether we have an entry of our own already.
    package var isApplied: Bool
    /// The entries that become ours at the next write: see `ManagerTakeover`.
    package var takenOver: [ManagedFieldsEntry]
    /// Whether our entry is written in the version that the object is read in. Paths of another version may have other
    /// names.
    package var isOfThisVersion: Bool
    /// Fields that we have recorded as applied by ourselves, and that the server says are another's: of an object that
    /// is merged, where no record of the server's tells the two cases apart. What differs in them was changed by the
    /// other, and when we give them up they stay.
    package var shared = FieldSet()
    /// Whether a field stays ours when somebody takes it away: of an object that is merged, whose record is its own. A
    /// server makes such a field nobody's.
    package var keepsWhatIsGone = false

    /// - Parameters:
    ///   - served: the versions of the kind that the server serves; nil for all.
    ///   - countsUpdates: whether what the manager wrote otherwise than by an apply is its own as well: that of objects
    ///     that are replaced.
    package init(of live: Value, manager: String, served: Set<String>? = nil, countsUpdates: Bool = false) {
        let entries = ManagedFields(of: live).entries
        let apiVersion = live["apiVersion"]?.string ?? ""
        if countsUpdates {
            let own = entries.filter { $0.manager == manager && $0.subresource.isEmpty }
            ours = own.reduce(FieldSet()) { $0.union($1.fields) }
            time = own.compactMap(\.time).max()
            isApplied = !own.isEmpty
            takenOver = []
            isOfThisVersion = own.allSatisfy { $0.apiVersion == apiVersion }
            others = entries.filter { !own.contains($0) }
            return
        }
        let own = ManagerTakeover.own(of: live, manager: manager, served: served)
        let taken = ManagerTakeover.taken(of: live, manager: manager, served: served)
        takenOver = taken.map(\.entry)
        ours = taken.reduce(own?.fields ?? FieldSet()) { $0.union($1.fields) }
        time = own?.time
        isApplied = own != nil
        isOfThisVersion = own.map { $0.apiVersion == apiVersion } ?? true
        let replaced = takenOver
        others = entries.filter { entry in entry != own && !replaced.contains(entry) }
    }

    /// The owners of an object that is merged by us: our fields are those that it says we applied. One that says none
    /// is adopted as everywhere.
    ///
    /// - Parameter type: its type, by which sets are read that were written under another schema.
    package init(merging live: Value, manager: String, type: SchemaType, served: Set<String>? = nil) {
        self.init(of: live, manager: manager, served: served)
        guard let record = AppliedFields(of: live) else {
            isApplied = false
            return
        }
        let entries = ManagedFields(of: live).entries
        let own = entries.filter { $0.manager == manager && $0.subresource.isEmpty }
        others = entries.filter { !own.contains($0) }
        takenOver = []
        time = own.compactMap(\.time).max()
        isApplied = true
        isOfThisVersion = record.apiVersion == live["apiVersion"]?.string
        let applied =
            isOfThisVersion
            ? record.fields.foldingAtomicFields(of: type).expandingGranularFields(of: type, in: live) : record.fields
        let theirs = others.reduce(FieldSet()) { $0.union($1.fields) }.difference(
            own.reduce(FieldSet()) { $0.union($1.fields) })
        shared = applied.intersection(theirs)
        ours = applied.difference(theirs)
        keepsWhatIsGone = true
    }

    /// The fields of every manager.
    package var all: FieldSet { others.reduce(ours) { $0.union($1.fields) } }

    /// Whether somebody else owns a path, or something below it.
    func isOwnedByOthers(_ path: FieldPath) -> Bool {
        others.contains { $0.fields.reaches(path) }
    }

    /// Whether somebody else owns the very path, so that it stays when we let go of it.
    func isHeldByOthers(_ path: FieldPath) -> Bool {
        others.contains { $0.fields.contains(path) }
    }

    /// The manager other than us that owns a path now, the one who changed something last where there are several.
    func owner(of path: FieldPath) -> ManagedFieldsEntry? {
        others.filter { $0.fields.reaches(path) }.max { ($0.time ?? "") < ($1.time ?? "") }
    }

    /// Who may have removed a field that nobody owns any more: the last to update the object since we applied.
    var latestUpdate: ManagedFieldsEntry? {
        others.filter { $0.operation == .update && $0.subresource.isEmpty && ($0.time ?? "") >= (time ?? "") }
            .max { ($0.time ?? "") < ($1.time ?? "") }
    }
}
