// What one environment would bring into a cluster, and what stands there beside it.

package import Manifest

/// The manifests of one environment, as a build made them or as files hold them.
package struct Environment: Sendable {
    /// How much of what belongs together is there, and so what may be said of what is missing.
    package enum Scope: Sendable {
        /// All of it: what is not there does not exist.
        case whole
        /// Some of it: a base could not be read, or the files were picked out of a tree.
        case partial
    }

    /// The path that people know it by.
    package var name: String
    package var objects: [KubernetesObject]
    /// Objects of other builds that live in the same cluster, for references to be found in.
    package var neighbours: [KubernetesObject] = []
    /// The namespace of objects that name none; nil for the cluster's default.
    package var namespace: String?
    package var scope: Scope
    /// The place of a value's position in a file.
    package var locate: @Sendable (SourcePosition) -> SourceLocation?

    package init(
        name: String, objects: [KubernetesObject], namespace: String? = nil, scope: Scope = .whole,
        locate: @escaping @Sendable (SourcePosition) -> SourceLocation? = { _ in nil }
    ) {
        self.name = name
        self.objects = objects
        self.namespace = namespace
        self.scope = scope
        self.locate = locate
    }
}

extension Environment {
    /// Finds for each environment the others that stand beside it in one cluster: they share a namespace, and hardly an
    /// object. Two that share most of their objects are variants of each other, and never meet.
    package static func introduce(_ environments: inout [Environment]) {
        let identities = environments.map { environment in
            Set(
                environment.objects.map { object in
                    var identity = object.identity
                    if identity.namespace == nil { identity.namespace = environment.namespace }
                    return identity
                })
        }
        // Namespaces that an environment merely names itself do not make it a neighbour of all who live there.
        let namespaces = identities.map { Set($0.compactMap(\.namespace)) }
        for index in environments.indices where environments[index].scope == .whole {
            for other in environments.indices where other != index && environments[other].scope == .whole {
                guard !namespaces[index].isDisjoint(with: namespaces[other]) else { continue }
                let shared = identities[index].intersection(identities[other]).count
                guard shared * 4 <= min(identities[index].count, identities[other].count) else { continue }
                environments[index].neighbours += environments[other].objects.map { object in
                    var object = object
                    if object.namespace == nil, let namespace = environments[other].namespace,
                        !BuiltInResource.clusterScoped.contains(object.gvk.groupKind)
                    {
                        object.value["metadata"]?["namespace"] = .string(namespace)
                    }
                    return object
                }
            }
        }
    }
}
