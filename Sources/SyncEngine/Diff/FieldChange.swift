// One field that a sync would change, and why.

package import Manifest

/// Why a field differs.
package enum ChangeCause: Sendable, Hashable {
    /// The desired state is another than the one applied last.
    case git
    /// The live state is another than the one applied last: who owns the field now, and since when (RFC 3339, where it
    /// is known).
    case cluster(manager: String, time: String?)
}

/// A field as it is and as it is to be; nil for absent. Values of Secrets are masked.
package struct FieldChange: Sendable, Hashable {
    package var path: FieldPath
    package var live: Value?
    package var desired: Value?
    package var cause: ChangeCause

    package init(path: FieldPath, live: Value?, desired: Value?, cause: ChangeCause) {
        self.path = path
        self.live = live
        self.desired = desired
        self.cause = cause
    }
}
