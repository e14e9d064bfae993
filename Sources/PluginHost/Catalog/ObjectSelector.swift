// Which objects of an application a plugin is given.

package import Manifest

/// Conditions that all must hold; an empty one always does.
package struct ObjectSelector: Sendable, Hashable {
    /// `Deployment`, or `Deployment.apps` with the group. Any of them, or of `fields`.
    package var kinds: [String] = []
    /// Fields at the top of an object, such as `sops`. Any of them, or of `kinds`.
    package var fields: [String] = []
    package var names: [String] = []
    package var namespaces: [String] = []
    package var labels: [String: String] = [:]

    package init() {}

    package func selects(_ value: Value) -> Bool {
        let object = KubernetesObject(value)
        let kind = object.gvk.groupKind
        let isOfType =
            kinds.isEmpty && fields.isEmpty
            || kinds.contains { $0 == kind.kind || $0 == kind.description } || fields.contains { value[$0] != nil }
        return isOfType
            && (names.isEmpty || names.contains(object.name))
            && (namespaces.isEmpty || object.namespace.map(namespaces.contains) ?? false)
            && labels.allSatisfy { object.label($0.key) == $0.value }
    }
}
