// What a list and a watch say.

package import Manifest

/// All objects of a kind at one moment.
package struct ObjectList: Sendable, Hashable {
    /// With `apiVersion` and `kind`, which the server leaves out of the items of a list.
    package var items: [Value]
    /// From where to watch on.
    package var resourceVersion: String

    package init(items: [Value], resourceVersion: String) {
        self.items = items
        self.resourceVersion = resourceVersion
    }
}

package enum WatchEvent: Sendable, Hashable {
    case added(Value)
    case modified(Value)
    /// The object as it was last.
    case deleted(Value)
    /// Nothing changed up to this resourceVersion.
    case bookmark(resourceVersion: String)
    /// The server no longer knows the version that the watch stood at. The last event: list again.
    case tooOld
}
