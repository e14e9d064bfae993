// What somebody who watches an application says of its drift, between the plan of a sync and its first write.

package import Manifest
package import SyncEngine

/// What a sync leaves as it is, and what its record tells.
package struct DriftVerdict: Sendable {
    package var heldBack: [ObjectIdentity: HeldBack]
    package var remarks: [Diagnostic]

    package init(heldBack: [ObjectIdentity: HeldBack] = [:], remarks: [Diagnostic] = []) {
        self.heldBack = heldBack
        self.remarks = remarks
    }

    /// - Parameter deleted: the objects that the plan creates though a sync had created them before.
    package typealias Judge = @Sendable (_ plan: Plan, _ deleted: Set<ObjectIdentity>) -> DriftVerdict
}
