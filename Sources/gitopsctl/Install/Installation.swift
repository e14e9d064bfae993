// The controller as it is installed: which of the kustomizations that this program carries, and what is changed of
// them.

import FoundationEssentials
import KubernetesClient
import Kustomize
import Manifest
import Reconciler
import SyncHistory

/// How the controller is installed. Without any choice it is `deploy/controller/overlays/cluster-admin`.
struct Installation: Sendable, Hashable {
    /// What the controller and the application of its objects are called.
    static let name = "gitops-controller"
    static let defaultNamespace = "gitops-system"
    /// On the Deployment, where anything was chosen: what, so that a later comparison is with the same.
    private static let annotation = "gitopsctl.dev/installation"

    var namespace = Self.defaultNamespace
    /// nil for that of the overlay.
    var image: String?
    var replicas = 1
    /// Whether it may only look.
    var isReadOnly = false
    /// Whether it serves its API.
    var servesAPI = false

    private var isPlain: Bool { self == Installation() }
    private var overlay: String { isReadOnly ? "overlays/read-only" : "overlays/cluster-admin" }

    /// The manifests, as `gitopsctl build` prints them.
    func build() throws(DiagnosticsError) -> BuildResult {
        var files = Dictionary(ControllerFiles.all.map { ($0.path, Array($0.text.utf8)) }) { first, _ in first }
        files["crds/definitions.yaml"] = YAML.write(documents: CustomResourceDefinitions.all)
        if !isPlain { files["installation/kustomization.yaml"] = YAML.write(kustomization) }
        return try KustomizeBuild(tree: EmbeddedTree(files), options: BuildOptions())
            .build(path: isPlain ? overlay : "installation")
    }

    private var kustomization: Value {
        var fields: Object = [
            "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
            "resources": [.string("../\(overlay)")],
        ]
        var patches: [Value] = []
        if namespace != Self.defaultNamespace {
            fields["namespace"] = .string(namespace)
            // What a binding says of an account is no reference that the namespace is carried over to.
            patches.append(
                Self.patch(
                    ["kind": "(Cluster)?RoleBinding"],
                    [
                        ["op": "replace", "path": "/subjects/0/namespace", "value": .string(namespace)]
                    ]))
        }
        let components =
            (replicas > 1 ? ["../components/high-availability"] : []) + (servesAPI ? ["../components/api"] : [])
        if !components.isEmpty { fields["components"] = .array(components.map(Value.string)) }
        if replicas > 1 {
            fields["replicas"] = [["name": .string(Self.name), "count": .int(replicas)]]
        }
        var operations: [Value] = [
            ["op": "add", "path": "/metadata/annotations", "value": [Self.annotation: .string(words)]]
        ]
        if let image {
            operations.append([
                "op": "replace", "path": "/spec/template/spec/containers/0/image", "value": .string(image),
            ])
        }
        patches.append(Self.patch(["kind": "Deployment", "name": .string(Self.name)], operations))
        fields["patches"] = .array(patches)
        return .object(fields)
    }

    private static func patch(_ target: Value, _ operations: [Value]) -> Value {
        ["target": target, "patch": .string(String(decoding: YAML.write(.array(operations)), as: UTF8.self))]
    }

    /// The choices as the annotation keeps them.
    private var words: String {
        let choices = Documents.object([
            ("image", image.map(Value.string)), ("replicas", replicas == 1 ? nil : .int(replicas)),
            ("readOnly", isReadOnly ? true : nil), ("api", servesAPI ? true : nil),
        ])
        return String(decoding: JSON.write(choices), as: UTF8.self)
    }

    /// The choices that a Deployment in a cluster was installed with.
    init(of deployment: Value) {
        let object = KubernetesObject(deployment)
        namespace = object.namespace ?? Self.defaultNamespace
        guard let words = object.annotation(Self.annotation), let choices = try? JSON.read(Array(words.utf8)) else {
            return
        }
        image = choices["image"]?.string
        replicas = choices["replicas"]?.int ?? 1
        isReadOnly = choices["readOnly"]?.bool ?? false
        servesAPI = choices["api"]?.bool ?? false
    }

    init() {}

    /// The application of the controller's own objects. It stands in no repository: its source is this program.
    func application() throws(DiagnosticsError) -> Application {
        let value: Value = [
            "apiVersion": .string(Application.resourceKind.apiVersion), "kind": .string(Application.kind),
            "metadata": ["name": .string(Self.name), "namespace": .string(namespace)],
            "spec": [
                "source": [
                    "repository": "gitopsctl", "revision": .string(ProductVersion.text), "path": .string(overlay),
                ],
                "destination": ["namespace": .string(namespace)],
            ],
        ]
        return try Application(value, source: SourceLocation(file: "gitopsctl install"))
    }

    /// The manifests as a cluster takes them, under the version of this program and their own digest.
    func manifests(for cluster: any KubernetesAPI) async throws(DiagnosticsError) -> ComparedManifests {
        let discovery: Discovery
        do {
            discovery = try await cluster.discovery(refresh: false)
        } catch {
            throw DiagnosticsError([error.diagnostic()])
        }
        var manifests = try manifests()
        manifests.rendering.objects = manifests.rendering.objects.map { Self.adapted($0, to: discovery) }
        return manifests
    }

    /// An object as a server takes it that is older than what it is written for.
    private static func adapted(_ object: KubernetesObject, to discovery: Discovery) -> KubernetesObject {
        var object = object
        switch (object.kind, object.value) {
        case ("CustomResourceDefinition", let value):
            // A server refuses to apply fields that it does not know. Rules in CEL came with Kubernetes 1.23, and so
            // did this version.
            let autoscaler = GroupVersionKind(group: "autoscaling", version: "v2", kind: "HorizontalPodAutoscaler")
            if discovery.resource(for: autoscaler) == nil { object.value = value.without("x-kubernetes-validations") }
        case ("PodDisruptionBudget", .object(var fields)):
            // policy/v1 came with Kubernetes 1.21. What ours says means the same in the version before.
            let before = GroupVersionKind(group: "policy", version: "v1beta1", kind: object.kind)
            if discovery.resource(for: object.gvk) == nil, discovery.resource(for: before) != nil {
                fields["apiVersion"] = .string(before.apiVersion)
                object.value = .object(fields)
            }
        default: break
        }
        return object
    }

    private func manifests() throws(DiagnosticsError) -> ComparedManifests {
        let result = try build()
        let commit = SourceCommit(
            requested: ProductVersion.text, id: String(SHA256.hex(result.yaml()).prefix(40)),
            subject: "the controller of gitopsctl \(ProductVersion.text)", author: "gitopsctl",
            time: Timestamp(milliseconds: 0))
        let rendering = Rendering(objects: result.objects, diagnostics: result.diagnostics, isRemembered: false)
        return ComparedManifests(rendering: rendering, commit: commit)
    }
}

extension Value {
    /// The value without what stands under a key, anywhere in it.
    fileprivate func without(_ key: String) -> Value {
        switch self {
        case .scalar: self
        case .array(let items): .array(items.map { $0.without(key) })
        case .object(let object):
            .object(
                Object(
                    entries: object.entries.filter { $0.key != key }.map { entry in
                        var entry = entry
                        entry.value = entry.value.without(key)
                        return entry
                    }))
        }
    }
}

/// Files that this program carries, as a build reads them.
struct EmbeddedTree: FileTree {
    private let files: [String: [UInt8]]

    init(_ files: [String: [UInt8]]) {
        self.files = files
    }

    func resolve(_ path: String, below directory: String) throws(FileTreeError) -> ResolvedPath {
        if files[path] != nil { return ResolvedPath(path: path, kind: .file) }
        if path.isEmpty || files.keys.contains(where: { $0.hasPrefix(path + "/") }) {
            return ResolvedPath(path: path, kind: .directory)
        }
        throw FileTreeError(path, .notFound)
    }

    func read(_ path: String) throws(FileTreeError) -> [UInt8] {
        guard let file = files[path] else { throw FileTreeError(path, .notFound) }
        return file
    }

    func names(in path: String) throws(FileTreeError) -> [String] {
        let prefix = path.isEmpty ? "" : path + "/"
        let names = files.keys.filter { $0.hasPrefix(prefix) }.compactMap {
            $0.dropFirst(prefix.count).split(separator: "/").first
        }
        return Set(names.map(String.init)).sorted()
    }

    /// Nothing remembers a build of them: what tells two states apart is asked of the bytes.
    func objectID(of path: String) throws(FileTreeError) -> String { String(SHA256.hex(try read(path)).prefix(40)) }
}
