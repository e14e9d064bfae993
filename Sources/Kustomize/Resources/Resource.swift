// One object of a build on its way through the transformers, with what the reference keeps in internal annotations:
// earlier names, prefixes, whether a content hash is wanted.

import Manifest

struct Resource: Sendable {
    /// What a generator that meets an existing object of the same id does.
    enum Behavior: Sendable { case unspecified, create, merge, replace }

    var value: Value {
        didSet { if !keepsIdentity { refreshIdentity() } }
    }
    /// Where the object was declared or generated.
    var origin: SourceLocation?
    let scopes: KindScopes

    private(set) var id: ResourceID
    /// `metadata.namespace` as written, empty when absent.
    private(set) var namespace: String
    private(set) var apiVersion: String
    /// Every id that the resource had before, oldest first.
    var earlier: [EarlierID] = []
    var prefixes: [String] = []
    var suffixes: [String] = []
    var needsHash = false
    var isGenerated = false
    var behavior = Behavior.unspecified
    var isHelmGenerated = false
    /// Variables whose value is read from this resource.
    var variables: [String] = []
    /// Schemas in the comments of its text.
    var schemaHints: SchemaHints?
    /// Where the object came from, and what changed it, for the annotations of `buildMetadata`.
    var provenance: Provenance?

    private var keepsIdentity = false
    /// How many numbers for shared nodes the resource has given away.
    private(set) var sharedNodeCount: UInt16 = 0

    init(_ value: Value, origin: SourceLocation?, scopes: KindScopes = .builtIn) {
        self.value = value
        self.origin = origin
        self.scopes = scopes
        id = ResourceID(group: "", version: "", kind: "", name: "", namespace: "")
        namespace = ""
        apiVersion = ""
        refreshIdentity()
        absorbInternalAnnotations()
    }

    /// Null or `{}`: a transformer removed the object.
    var isEmpty: Bool { value.isEmpty }

    /// The id before anything renamed it.
    var originalID: ResourceID {
        guard let first = earlier.first else { return id }
        return withEarlier(first)
    }

    /// Every earlier id, oldest first, then the current one.
    var allIDs: [ResourceID] { earlier.map(withEarlier) + [id] }

    func withEarlier(_ earlier: EarlierID) -> ResourceID {
        ResourceID(
            group: id.group, version: id.version, kind: earlier.kind, name: earlier.name, namespace: earlier.namespace)
    }

    /// Remembers the current id among the earlier ones.
    mutating func rememberID() {
        earlier.append(EarlierID(name: id.name, namespace: id.namespace, kind: id.kind))
        rewriteAnnotations()
    }

    /// The reference keeps its notes in annotations and writes the whole map anew for each, which leaves none of its
    /// nodes shared.
    /// What is no map becomes an empty one thereby, and what is no string the string that was written.
    private mutating func rewriteAnnotations() {
        guard let annotations = value["metadata"]?["annotations"], !annotations.isNull else { return }
        let entries = annotations.object?.entries
        let isOdd = entries?.contains { $0.value.string == nil } ?? true
        if sharedNodeCount == 0, !isOdd { return }
        changeKeepingIdentity { value in
            guard let entries else {
                value["metadata"]?["annotations"] = .object(Object())
                return
            }
            if isOdd {
                value["metadata"]?["annotations"] = .object(
                    Object(
                        entries: entries.map { entry in
                            if entry.value.string != nil { return entry }
                            let text = entry.value.text ?? ""
                            let scalar = Scalar(
                                text, kind: .string, style: .created(text), position: entry.value.position)
                            return Object.Entry(key: entry.key, value: .scalar(scalar), position: entry.position)
                        }))
            }
            value["metadata"]?["annotations"]?.separateNodes()
        }
    }

    /// A number for a node that stands at several places of this object; 0 once all are given away.
    mutating func newSharedNode() -> UInt16 {
        if sharedNodeCount == Scalar.highestNode { return 0 }
        sharedNodeCount += 1
        return sharedNodeCount
    }

    /// To be called after a step that may have overwritten a shared node at one of its places.
    mutating func settleSharedNodes() {
        if sharedNodeCount == 0 { return }
        changeKeepingIdentity { $0.settleSharedNodes() }
    }

    /// Changes the value in a way that cannot touch `apiVersion`, `kind`, `metadata.name` or `metadata.namespace`.
    mutating func changeKeepingIdentity<Failure: Error>(_ change: (inout Value) throws(Failure) -> Void) throws(Failure)
    {
        keepsIdentity = true
        defer { keepsIdentity = false }
        try change(&value)
    }

    /// To be called after a change that was made by `changeKeepingIdentity` and did not keep it.
    mutating func identityMayHaveChanged() { refreshIdentity() }

    /// Whether the reference would hold an internal annotation in `metadata.annotations` at this point.
    var hasInternalAnnotations: Bool {
        !earlier.isEmpty || !prefixes.isEmpty || !suffixes.isEmpty || needsHash || isGenerated || provenance != nil
    }

    private mutating func refreshIdentity() {
        let apiVersion = value["apiVersion"]?.scalar?.text ?? ""
        let kind = value["kind"]?.scalar?.text ?? ""
        let metadata = value["metadata"]
        let name = metadata?["name"]?.scalar?.text ?? ""
        let namespace = metadata?["namespace"]?.scalar.flatMap { $0.isNull ? nil : $0.text } ?? ""
        if apiVersion == self.apiVersion, kind == id.kind {
            if name != id.name { id.name = name }
            if namespace != self.namespace, !id.isClusterScoped {
                id.namespace = namespace.isEmpty ? "default" : namespace
            }
            self.namespace = namespace
            if !id.namespace.isEmpty { return }
        }
        self.apiVersion = apiVersion
        self.namespace = namespace
        let gvk = GroupVersionKind(apiVersion: apiVersion, kind: kind)
        let effective: String
        if scopes.isClusterScoped(apiVersion: apiVersion, kind: kind) {
            effective = ResourceID.clusterScope
        } else {
            effective = namespace.isEmpty ? "default" : namespace
        }
        id = ResourceID(group: gvk.group, version: gvk.version, kind: kind, name: name, namespace: effective)
    }

    /// Users may write the reference's internal annotations by hand, and it believes them.
    private mutating func absorbInternalAnnotations() {
        guard let annotations = value["metadata"]?["annotations"]?.object else { return }
        func list(_ name: String) -> [String] {
            let text = annotations[InternalAnnotations.prefix + name]?.scalar?.text ?? ""
            return text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        guard annotations.entries.contains(where: { $0.key.hasPrefix(InternalAnnotations.prefix) }) else { return }
        if list("needsHashSuffix").first == "enabled" { needsHash = true }
        let names = list("previousNames")
        let namespaces = list("previousNamespaces")
        let kinds = list("previousKinds")
        if names.count == namespaces.count, names.count == kinds.count {
            earlier = names.indices.map { EarlierID(name: names[$0], namespace: namespaces[$0], kind: kinds[$0]) }
        }
        prefixes = list("prefixes")
        suffixes = list("suffixes")
    }
}

/// The annotations by which the reference talks to itself; they never leave a build.
enum InternalAnnotations {
    static let prefix = "internal.config.kubernetes.io/"

    static let removedAtTheEnd: Set<String> = [
        "internal.config.kubernetes.io/previousKinds", "internal.config.kubernetes.io/previousNames",
        "internal.config.kubernetes.io/previousNamespaces", "internal.config.kubernetes.io/prefixes",
        "internal.config.kubernetes.io/suffixes", "internal.config.kubernetes.io/refBy",
        "internal.config.kubernetes.io/generatorBehavior", "internal.config.kubernetes.io/needsHashSuffix",
        "internal.config.kubernetes.io/allowNameChange", "internal.config.kubernetes.io/allowKindChange",
        "internal.config.kubernetes.io/path", "internal.config.kubernetes.io/index",
        "internal.config.kubernetes.io/seqindent",
        "internal.config.kubernetes.io/id", "internal.config.kubernetes.io/helm-generated",
        "internal.config.kubernetes.io/annotations-migration-resource-id", "config.kubernetes.io/path",
        "config.kubernetes.io/index", "config.k8s.io/id",
    ]
}

/// Where a resource came from and which transformers saw it, as `buildMetadata` reports it.
struct Provenance: Sendable {
    /// What generated or transformed: the configuration's file, and the configuration object where it was one.
    struct Step: Sendable, Hashable {
        var configuredIn: String
        var configuredBy: ConfiguredBy?
    }

    struct ConfiguredBy: Sendable, Hashable {
        var apiVersion = ""
        var kind = ""
        var name = ""
        var namespace = ""
    }

    /// The path of the declaring file, empty for generated objects.
    var path = ""
    var repository = ""
    var reference = ""
    var generator: Step?
    var transformations: [Step] = []

    init(path: String = "", of repository: RemoteBase? = nil) {
        self.path = path
        self.repository = repository?.repository ?? ""
        reference = repository?.reference ?? ""
    }
}
