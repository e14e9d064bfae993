// Both sides of what a plan has to do with, for whoever looks for drift.

package import Manifest
package import PluginHost
package import SyncEngine

extension Plan {
    /// Desired and live objects side by side, values of Secrets masked.
    ///
    /// Left out are objects that are new in Git, those that merely copy our label (as EndpointSlices do with the labels
    /// of their Service), and those on their way out.
    ///
    /// - Parameter deleted: the objects that the plan creates though they were in the cluster before.
    package func sides(deleted: Set<ObjectIdentity>) -> [PluginHost.Pair] {
        changes.compactMap { change in
            switch change.action {
            case .skip(.notOurs), .skip(.terminating): nil
            case .create where !deleted.contains(change.reference.identity): nil
            default: PluginHost.Pair(desired: change.shownDesired, live: change.shownLive, origin: change.origin)
            }
        }
    }
}
