// The types of every kind that is known: Kubernetes' own, and those that CustomResourceDefinitions define.

package import Manifest

package struct SchemaCatalogue: Sendable {
    /// What is known of a kind.
    enum Standing {
        case known(SchemaType)
        /// A definition knows the kind, in other versions only.
        case otherVersions([String])
        /// A group of Kubernetes itself, which has no such kind; the nearest that it has.
        case noSuchKind(nearest: String?)
        case unknown
    }

    private struct Defined: Sendable {
        var types: [GroupVersionKind: SchemaType] = [:]
        /// Served versions, by kind.
        var versions: [GroupKind: [String]] = [:]
        /// What the definition says of a version that it deprecates.
        var deprecations: [GroupVersionKind: String] = [:]
        var clusterScoped: Set<GroupKind> = []
    }

    private var defined = Defined()

    package init() {
        define(Self.sealedSecret)
    }

    /// Takes in a CustomResourceDefinition; anything else is passed over. A later one of a kind replaces an earlier
    /// one.
    package mutating func define(_ definition: Value) {
        guard definition["kind"]?.string == "CustomResourceDefinition",
            definition["apiVersion"]?.string?.hasPrefix("apiextensions.k8s.io/") == true,
            let group = definition[path: "spec", "group"]?.string,
            let kind = definition[path: "spec", "names", "kind"]?.string
        else { return }
        let groupKind = GroupKind(group: group, kind: kind)
        for version in defined.versions.removeValue(forKey: groupKind) ?? [] {
            let known = GroupVersionKind(group: group, version: version, kind: kind)
            defined.types[known] = nil
            defined.deprecations[known] = nil
        }
        for (kind, type) in Schema.types(definedBy: definition) {
            defined.types[kind] = type
            defined.versions[groupKind, default: []].append(kind.version)
        }
        for version in definition[path: "spec", "versions"]?.array ?? [] where version["deprecated"]?.bool == true {
            guard let name = version["name"]?.string else { continue }
            defined.deprecations[GroupVersionKind(group: group, version: name, kind: kind)] =
                version["deprecationWarning"]?.string ?? "\(group)/\(name) \(kind) is deprecated"
        }
        if definition[path: "spec", "scope"]?.string == "Cluster" { defined.clusterScoped.insert(groupKind) }
    }

    func isClusterScoped(_ kind: GroupKind) -> Bool {
        BuiltInResource.clusterScoped.contains(kind) || defined.clusterScoped.contains(kind)
    }

    func deprecation(of kind: GroupVersionKind) -> String? { defined.deprecations[kind] }

    func standing(of kind: GroupVersionKind) -> Standing {
        if let type = Schema.kubernetes.type(of: kind) ?? defined.types[kind] { return .known(type) }
        if let versions = defined.versions[kind.groupKind] { return .otherVersions(versions.sorted()) }
        let own = Self.builtInKinds[kind.group] ?? [:]
        if own.isEmpty { return .unknown }
        if let versions = own[kind.kind] { return .otherVersions(versions.sorted()) }
        // Alpha and beta versions bring kinds that the table does not have.
        if kind.version.contains("alpha") || kind.version.contains("beta") { return .unknown }
        return .noSuchKind(nearest: NearestName.find(kind.kind, among: own.keys.sorted()))
    }

    /// The versions of Kubernetes' own kinds, by group.
    private static let builtInKinds: [String: [String: [String]]] = {
        var kinds: [String: [String: [String]]] = [:]
        for kind in Schema.kubernetes.allKinds {
            kinds[kind.group, default: [:]][kind.kind, default: []].append(kind.version)
        }
        return kinds
    }()

    /// gitopsctl opens sealed secrets itself, so that it knows them where no cluster defines them.
    private static let sealedSecret: Value = [
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "spec": [
            "group": "bitnami.com", "scope": "Namespaced", "names": ["kind": "SealedSecret"],
            "versions": [
                [
                    "name": "v1alpha1", "served": true,
                    "schema": [
                        "openAPIV3Schema": [
                            "type": "object", "required": ["spec"],
                            "properties": [
                                "spec": [
                                    "type": "object", "required": ["encryptedData"],
                                    "properties": [
                                        "data": ["type": "string"],
                                        "encryptedData": [
                                            "type": "object", "additionalProperties": ["type": "string"],
                                        ],
                                        "template": ["type": "object", "x-kubernetes-preserve-unknown-fields": true],
                                    ],
                                ],
                                "status": ["type": "object", "x-kubernetes-preserve-unknown-fields": true],
                            ],
                        ]
                    ],
                ]
            ],
        ],
    ]
}
