// What the applications of a team may use: a list of what is allowed, and nothing beside it.

package import Manifest

/// `Project` of `gitopsctl.dev/v1alpha1`. What it does not name it does not allow.
package struct Project: Sendable, Hashable {
    package static let kind = "Project"
    /// The Project of applications that name none, where there is one of this name.
    package static let defaultName = "default"

    package var name: String
    package var namespace: String
    /// Addresses of repositories: `https://git.example.com/shop/*`. A `*` stops at a slash, `**` does not.
    package var sources: [NamePattern] = []
    /// Where objects go to.
    package var destinations: [DestinationPattern] = []
    /// The service account that applications act as which name none; nil where they act as the controller.
    package var defaultServiceAccount: String?
    package var kinds: [KindPattern] = []
    /// Plugins by their names in the catalogue.
    package var plugins: [NamePattern] = []
    /// Who is told what happens to its applications.
    package var notifications: [NotificationRule] = []
    /// Where the Project was read; nil for one from a cluster.
    package var origin: SourceLocation?

    package init(name: String, namespace: String = Application.defaultNamespace) {
        self.name = name
        self.namespace = namespace
    }

    /// Whether a document is a Project, of whatever version.
    package static func describes(_ value: Value) -> Bool {
        let object = KubernetesObject(value)
        return object.kind == kind && object.gvk.group == Application.group
    }
}

/// A namespace of the cluster that the Project is in, or of others.
package struct DestinationPattern: Sendable, Hashable, CustomStringConvertible {
    package var namespace: NamePattern
    /// The names of other clusters; nil for the Project's own.
    package var cluster: NamePattern?
    /// The addresses that the API servers of those may have; nil for any public one.
    package var server: NamePattern?

    package var description: String { cluster.map { "\($0)/\(namespace)" } ?? namespace.description }

    /// Whether the API server of another cluster may be at an address.
    func allows(server address: String) -> Bool { server?.matches(address) ?? true }

    package func allows(cluster name: String?) -> Bool {
        guard let name else { return cluster == nil }
        return cluster?.matches(name) ?? false
    }
}

/// A name with `*` for any characters up to the next separator, and `**` for any at all. `*` alone is everything.
package struct NamePattern: Sendable, Hashable, CustomStringConvertible {
    package let description: String
    private let separator: UInt8?

    package init(_ text: String, separator: Character? = nil) {
        description = text
        self.separator = separator?.asciiValue
    }

    package func matches(_ name: String) -> Bool {
        if description == "*" { return true }
        return matches(Array(description.utf8)[...], Array(name.utf8)[...])
    }

    private func matches(_ pattern: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>) -> Bool {
        var (pattern, name) = (pattern, name)
        while let first = pattern.first, first != UInt8(ascii: "*") {
            guard name.first == first else { return false }
            pattern.removeFirst()
            name.removeFirst()
        }
        if pattern.isEmpty { return name.isEmpty }
        let stars = pattern.prefix { $0 == UInt8(ascii: "*") }.count
        pattern.removeFirst(stars)
        while true {
            if matches(pattern, name) { return true }
            guard let next = name.first, stars > 1 || next != separator else { return false }
            name.removeFirst()
        }
    }
}

/// `Deployment`, `Deployment.apps` with the group, `*.apps` or `*`.
///
/// A pattern stands for kinds that live in namespaces only: one that belongs to the cluster as a whole, such as
/// ClusterRole, reaches further than any namespace, and has to be named in full.
package struct KindPattern: Sendable, Hashable, CustomStringConvertible {
    package let description: String
    private let pattern: NamePattern

    package init(_ text: String) {
        description = text
        pattern = NamePattern(text, separator: ".")
    }

    /// - Parameter isNamespaced: nil where nobody knows, which counts as not.
    package func matches(_ kind: GroupKind, isNamespaced: Bool?) -> Bool {
        if description.contains("*"), isNamespaced != true { return false }
        // Kinds have no dots, so a pattern without one names kinds of any group, as selectors of plugins do.
        return pattern.matches(kind.description) || !description.contains(".") && pattern.matches(kind.kind)
    }
}
