// What a sync leaves as it is, though Git says otherwise: drift that is only to be reported, and what others fight for.

package import Manifest

/// What of one object is left alone.
package enum HeldBack: Sendable, Hashable {
    /// These fields; the rest of the object is synced.
    case fields([FieldPath])
    /// The object as a whole: it is neither written, nor created, nor pruned.
    case whole
}

extension HeldBack {
    /// Whether nothing of an object is written that is written in this way: what is replaced is written whole, or not
    /// at all.
    func isWhole(_ mode: ObjectOptions.Write) -> Bool { self == .whole || mode == .replace }

    /// A desired object as it is compared and applied: with the live value in fields that are left and ours, and
    /// without those that are left and another's.
    func yielded(_ desired: Value, live: Value, type: SchemaType, ownership: Ownership) -> Value {
        guard case .fields(let paths) = self else { return desired }
        return YieldedFields(ownership: ownership).yield(desired, live, type, FieldSet(paths)) ?? desired
    }
}
