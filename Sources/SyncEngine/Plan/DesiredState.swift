// The desired objects as they will be sent: validated against what the cluster serves, in their namespaces, with our
// marks on them.

package import KubernetesClient
package import Manifest

/// A desired object, ready to be compared and applied.
package struct DesiredObject: Sendable {
    package var reference: ObjectReference
    /// What is applied, with membership and identity, without the digest annotation.
    package var value: Value
    package var origin: SourceLocation?
    /// SHA-256 of what Git and the membership say, in hexadecimal.
    package var digest: String
    package var wave: Int
    /// Served only once a CustomResourceDefinition among the desired objects is established.
    package var awaitsKind: Bool
    package var options = ObjectOptions()
    /// Whether it belongs to the set. The namespace that is made for an application does not.
    package var isMember = true
    /// The versions of its kind that the server serves; nil where it is not known.
    package var servedVersions: Set<String>?
}

/// All desired objects of a sync.
package struct DesiredState: Sendable {
    package var objects: [DesiredObject]
    /// The types of custom resources whose definitions are among the desired objects.
    package var customTypes: [GroupVersionKind: SchemaType]
    /// What is no member, but runs with the sync.
    package var hooks: Hooks
    /// Warnings.
    package var diagnostics: [Diagnostic] = []

    /// Checks and prepares what was rendered.
    ///
    /// - Throws: every error found, each at its object's origin: unknown kinds, missing names, duplicates.
    package init(
        _ manifests: [KubernetesObject], discovery: Discovery, applySet: ApplySet, options: SyncOptions
    ) throws(DiagnosticsError) {
        var problems: [Diagnostic] = []
        let (hooks, manifests) = Hooks.taken(from: manifests, &problems)
        let definitions = Definitions(in: manifests)
        self.hooks = hooks
        var unserved = UnservedKinds()
        var seen: [ObjectIdentity: SourceLocation?] = [:]
        let served = Dictionary(grouping: discovery.resources, by: \.gvk.groupKind).mapValues {
            Set($0.map(\.groupVersion))
        }
        objects = []
        for manifest in manifests {
            guard let scope = Self.scope(of: manifest, discovery, definitions, &unserved, &problems) else { continue }
            guard !manifest.name.isEmpty else {
                problems.append(
                    .error(
                        "\(manifest.kind) has no metadata.name", at: manifest.origin,
                        cure: "Give it a name; generateName cannot be synced"))
                continue
            }
            let namespace = scope.isNamespaced ? manifest.namespace ?? options.namespace : nil
            let reference = ObjectReference(gvk: manifest.gvk, namespace: namespace, name: manifest.name)
            if let first = seen.updateValue(manifest.origin, forKey: reference.identity) {
                let place = first.map { ", first in \($0)" } ?? ""
                problems.append(
                    .error("\(reference) is declared twice\(place)", at: manifest.origin, cure: "Remove one of the two")
                )
                continue
            }
            let value = DesiredForm.prepared(manifest.value, reference: reference, applySet: applySet)
            objects.append(
                DesiredObject(
                    reference: reference, value: value, origin: manifest.origin, digest: value.digest,
                    wave: SyncWave.number(of: manifest), awaitsKind: scope.awaitsKind,
                    options: ObjectOptions(of: manifest, over: options.objects, &problems),
                    servedVersions: served[reference.gvk.groupKind]))
        }
        self.hooks.prepare(for: applySet, options) { Self.scope(of: $0, discovery, definitions, &unserved, &problems) }
        problems = unserved.diagnostics(discovery) + problems
        if problems.contains(where: { $0.severity == .error }) { throw DiagnosticsError(problems) }
        diagnostics = problems
        customTypes = definitions.types(usedBy: objects)
        addNamespace(options)
    }

    /// The namespace that is to be made for the application, unless it is among its manifests.
    private mutating func addNamespace(_ options: SyncOptions) {
        let reference = ObjectReference.namespace(options.namespace)
        guard let template = options.createsNamespace,
            !objects.contains(where: { $0.reference.identity == reference.identity })
        else { return }
        let value = template.namespace(options.namespace)
        // The first stage of the first wave.
        let wave = (objects.map(\.wave) + hooks.all.map(\.wave)).min() ?? 0
        var namespace = DesiredObject(
            reference: reference, value: value, origin: nil, digest: value.digest, wave: wave, awaitsKind: false)
        namespace.isMember = false
        objects.append(namespace)
    }

    private static func scope(
        of manifest: KubernetesObject, _ discovery: Discovery, _ definitions: Definitions,
        _ unserved: inout UnservedKinds, _ problems: inout [Diagnostic]
    ) -> (isNamespaced: Bool, awaitsKind: Bool)? {
        let gvk = manifest.gvk
        if let resource = discovery.resource(for: gvk) { return (resource.isNamespaced, false) }
        if let isNamespaced = definitions.isNamespaced(gvk) { return (isNamespaced, true) }
        if manifest.kind.isEmpty || manifest.apiVersion.isEmpty {
            problems.append(.error("the object has no apiVersion and kind", at: manifest.origin))
        } else {
            unserved.add(manifest)
        }
        return nil
    }
}

/// The kinds that the cluster does not serve, each said once, however many objects are of it.
private struct UnservedKinds {
    private var kinds: [(gvk: GroupVersionKind, origin: SourceLocation?, count: Int)] = []

    mutating func add(_ manifest: KubernetesObject) {
        if let index = kinds.firstIndex(where: { $0.gvk == manifest.gvk }) {
            kinds[index].count += 1
        } else {
            kinds.append((manifest.gvk, manifest.origin, 1))
        }
    }

    func diagnostics(_ discovery: Discovery) -> [Diagnostic] {
        kinds.map { gvk, origin, count in
            let objects = count > 1 ? ", the kind of \(count) objects" : ""
            if let failure = discovery.failure(for: gvk) {
                return .error(
                    "the cluster cannot say whether it serves \(gvk)\(objects): \(failure.message)", at: origin,
                    cure: "Check the API service of \(failure.groupVersion)")
            }
            let served = discovery.resources.filter { $0.gvk.groupKind == gvk.groupKind }.map(\.groupVersion)
            return .error(
                "the cluster does not serve \(gvk)\(objects)", at: origin,
                cure: served.isEmpty
                    ? "Install the CustomResourceDefinition of \(gvk.groupKind), or check apiVersion and kind"
                    : "Use apiVersion \(served.joined(separator: " or ")), which it serves")
        }
    }
}

/// The CustomResourceDefinitions among the desired objects.
private struct Definitions {
    private var served: [GroupVersionKind: (isNamespaced: Bool, definition: Value)] = [:]

    init(in manifests: [KubernetesObject]) {
        for manifest in manifests
        where manifest.gvk.groupKind == GroupKind(group: "apiextensions.k8s.io", kind: "CustomResourceDefinition") {
            guard let spec = manifest.value["spec"], let group = spec["group"]?.string,
                let kind = spec[path: "names", "kind"]?.string
            else { continue }
            for version in spec["versions"]?.array ?? [] where version["served"]?.bool != false {
                let gvk = GroupVersionKind(group: group, version: version["name"]?.string ?? "", kind: kind)
                served[gvk] = (spec["scope"]?.string != "Cluster", manifest.value)
            }
        }
    }

    func isNamespaced(_ gvk: GroupVersionKind) -> Bool? { served[gvk]?.isNamespaced }

    /// Schemas are read for the kinds that are used, since they may be large.
    func types(usedBy objects: [DesiredObject]) -> [GroupVersionKind: SchemaType] {
        var types: [GroupVersionKind: SchemaType] = [:]
        for gvk in Set(objects.map(\.reference.gvk)) where types[gvk] == nil {
            guard let definition = served[gvk]?.definition else { continue }
            types.merge(Schema.types(definedBy: definition)) { known, _ in known }
        }
        return types
    }
}
