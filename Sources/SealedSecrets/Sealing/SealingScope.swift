// How far a sealed value may travel: the label under which it is sealed, and the annotations that say so.

package import Manifest

/// Where a sealed value can be opened.
package enum SealingScope: String, Sendable, Hashable, CaseIterable {
    /// Under its own name in its own namespace only.
    case strict
    /// Under any name in its namespace.
    case namespaceWide = "namespace-wide"
    /// Anywhere.
    case clusterWide = "cluster-wide"

    static let clusterWideAnnotation = "sealedsecrets.bitnami.com/cluster-wide"
    static let namespaceWideAnnotation = "sealedsecrets.bitnami.com/namespace-wide"

    /// The scope that an object's annotations name. The wider one counts where both are there.
    package init(of object: Value) {
        let object = KubernetesObject(object)
        if object.annotation(Self.clusterWideAnnotation) == "true" {
            self = .clusterWide
        } else if object.annotation(Self.namespaceWideAnnotation) == "true" {
            self = .namespaceWide
        } else {
            self = .strict
        }
    }

    /// The label that binds a value to its place.
    package func label(namespace: String, name: String) -> [UInt8] {
        switch self {
        case .strict: Array("\(namespace)/\(name)".utf8)
        case .namespaceWide: Array(namespace.utf8)
        case .clusterWide: []
        }
    }

    /// The annotation that names the scope; nil for the strict one.
    var annotation: String? {
        switch self {
        case .strict: nil
        case .namespaceWide: Self.namespaceWideAnnotation
        case .clusterWide: Self.clusterWideAnnotation
        }
    }

    /// The annotations of an object with this scope among them and no other; nil where none is left.
    func annotate(_ annotations: Value?) -> Value? {
        var object = annotations?.object ?? Object()
        object[Self.clusterWideAnnotation] = nil
        object[Self.namespaceWideAnnotation] = nil
        if let annotation { object[annotation] = "true" }
        return object.isEmpty ? nil : .object(object)
    }
}
