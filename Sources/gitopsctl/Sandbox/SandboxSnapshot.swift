// `gitopsctl sandbox snapshot`, `restore` and `from-cluster`: the state of a sandbox as a file, and that of a real
// cluster as a sandbox.

import ArgumentParser
import FoundationEssentials
import KubernetesClient
import LocalFiles
import Manifest
import Sandbox

#if canImport(Glibc)
    import Glibc
#endif

struct SandboxSnapshot: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Write everything that the sandbox holds into a file.",
        discussion: """
            The file is readable by its owner alone. The values of Secrets are left out of it, unless --with-secrets asks for them: the \
            Secrets then come back with the same keys, and nothing behind them.
            """)

    @Argument(help: ArgumentHelp("The file to write.", valueName: "file"))
    var file: String

    @Flag(help: "Write the values of Secrets as well, in plain text.")
    var withSecrets = false

    func run() async throws {
        let console = Console()
        let state = try await SandboxControl(console).send("GET", withSecrets ? "state?secrets=kept" : "state")
        do {
            try WholeFile.replace(file, with: JSON.write(state))
        } catch {
            throw DiagnosticsError("cannot write: \(error.reason)", at: SourceLocation(file: file))
        }
        let kept = Counts(state)
        console.error.print(InkedLine("\(kept.objects) objects are kept in \(file)\(kept.note)", .quiet))
    }
}

/// What a snapshot holds.
private struct Counts {
    var objects: Int
    /// What is to be said of the Secrets in it; empty when there are none.
    var note: String

    init(_ state: Value) {
        let entries = state["objects"]?.array ?? []
        objects = entries.count
        let secrets = entries.count { $0["resource"]?.string == "secrets" && $0["group"]?.string == "" }
        let which = secrets == 1 ? "the values of 1 Secret are" : "the values of \(secrets) Secrets are"
        note = secrets == 0 ? "" : state["secrets"]?.string == "blank" ? "; \(which) left out" : "; \(which) in it"
    }
}

struct SandboxRestore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Put what a snapshot holds in the place of what the sandbox holds.")

    @Argument(help: ArgumentHelp("The snapshot.", valueName: "file"))
    var file: String

    func run() async throws {
        let console = Console()
        guard let data = FileManager.default.contents(atPath: file) else {
            throw DiagnosticsError("cannot read the snapshot", at: SourceLocation(file: file))
        }
        guard let state = try? JSON.read([UInt8](data)) else {
            throw DiagnosticsError("this is no snapshot of a sandbox", at: SourceLocation(file: file))
        }
        try await SandboxControl(console).send("PUT", "state", state)
        let back = Counts(state)
        console.error.print(InkedLine("\(back.objects) objects are back\(back.note)", .quiet))
    }
}

struct SandboxFromCluster: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "from-cluster",
        abstract: "Copy the managed objects of a real cluster, so that a change can be rehearsed against them.",
        discussion: """
            Managed is what carries the label applyset.kubernetes.io/part-of; --all copies whatever nobody owns. Definitions come along. \
            The cluster is only read, and the values of its Secrets are left behind: the copies have the same keys, and nothing behind them.
            """)

    @OptionGroup var clusterOptions: ClusterOptions

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("Only this namespace.", valueName: "name"))
    var namespace: String?

    @Flag(help: "Copy every object that no other one owns.")
    var all = false

    /// Kinds that only the cluster itself has a use for.
    private static let left: Set<String> = [
        "Event", "Node", "Lease", "Endpoints", "EndpointSlice", "Pod", "ReplicaSet", "ControllerRevision", "CSINode",
        "APIService",
        "FlowSchema", "PriorityLevelConfiguration", "ComponentStatus", "CertificateSigningRequest", "IPAddress",
        "ServiceCIDR",
    ]

    func run() async throws {
        let console = Console()
        let control = try SandboxControl(console)
        let source = try Session(console: console).cluster(clusterOptions).api
        let items: [Value]
        do throws(KubernetesError) {
            items = try await copies(from: source)
        } catch {
            throw DiagnosticsError([error.diagnostic()])
        }
        for start in stride(from: 0, to: items.count, by: 500) {
            let part = items[start..<min(start + 500, items.count)]
            try await control.send("POST", "objects", ["items": .array(Array(part))])
        }
        console.error.print(
            InkedLine("\(items.count) objects are copied; the values of Secrets are left blank", .quiet))
    }

    private func copies(from source: any KubernetesAPI) async throws(KubernetesError) -> [Value] {
        let discovery = try await source.discovery(refresh: false)
        let selector = all ? nil : "applyset.kubernetes.io/part-of"
        var items: [Value] = []
        for resource in discovery.resources
        where resource.verbs.contains("list") && resource.verbs.contains("create") && !Self.left.contains(resource.kind)
            && (namespace == nil || resource.isNamespaced || resource.kind == "CustomResourceDefinition")
        {
            let isDefinition = resource.kind == "CustomResourceDefinition"
            let found = try await source.list(
                resource, namespace: resource.isNamespaced ? namespace : nil,
                labelSelector: isDefinition ? nil : selector)
            items += found.items.filter { ($0[path: "metadata", "ownerReferences"]?.isEmpty ?? true) }.map(
                SecretValues.blanked)
        }
        // Definitions first: what they define is served when it comes.
        return items.filter { $0["kind"]?.string == "CustomResourceDefinition" }
            + items.filter { $0["kind"]?.string != "CustomResourceDefinition" }
    }
}
