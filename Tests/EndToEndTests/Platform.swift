// The platforms that are delivered whole: those of deploy/fleet, and one of a real company, as it was published.

import Foundation
import Manifest
import Testing

/// An overlay with everything that belongs to it.
struct Platform: Sendable, Hashable, CustomTestStringConvertible {
    var name: String
    /// The folder that is copied into the repository; nil where it is not at hand.
    var tree: String?
    /// The overlay in it.
    var overlay = "overlays/production"
    /// What sets its names and its namespace apart from those of a platform that has the same.
    var suffix: String?
    /// Definitions of the operators' kinds: files, and folders with a kustomization.
    var definitions: [String] = []
    /// Kinds of which no server takes what the platform has.
    var refused: [String] = []

    var testDescription: String { name }

    static let all = fleet + [recorded]

    /// Every platform of deploy/fleet.
    private static let fleet: [Platform] = {
        let fleet = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../deploy/fleet")
            .standardized.path
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: fleet)) ?? []).sorted()
        return names.compactMap { name in
            // One Application delivers a platform whole, or its programs apart from what they stand on.
            let overlay = ["overlays/production", "overlays/production/applications"].first {
                FileManager.default.fileExists(atPath: "\(fleet)/\(name)/\($0)/kustomization.yaml")
            }
            guard let overlay else { return nil }
            let operators = "\(fleet)/\(name)/operators"
            return Platform(
                name: name, tree: "\(fleet)/\(name)", overlay: overlay,
                definitions: FileManager.default.fileExists(atPath: operators) ? [operators] : [])
        }
    }()

    /// What no API server takes of it: ../shared/cases/real/broken/expected.md says why.
    private static let recorded = Platform(
        name: "thebot as published", tree: Workplace.shared.map { $0 + "/cases/real/thebot" }, suffix: "published",
        definitions: [
            "bitnami.com_sealedsecrets", "monitoring.coreos.com_servicemonitors", "monitoring.coreos.com_podmonitors",
            "monitoring.coreos.com_prometheusrules", "cert-manager.io_clusterissuers", "cert-manager.io_certificates",
        ].map { "\(Workplace.shared ?? "")/crds/\($0).yaml" },
        refused: [
            "templates.gatekeeper.sh/v1beta1 ConstraintTemplate", "monitoring.coreos.com/v1alpha1 AlertmanagerConfig",
            "rbac.authorization.k8s.io/v1 Role",
        ])
}

/// A platform in a cluster, synced once for all tests that want one. Each of them takes it as it finds it, changes
/// something of its own and leaves it synced.
final class DeliveredPlatform: @unchecked Sendable {
    /// An object of the platform, as kubectl and kustomize name it.
    struct Member {
        var apiVersion = ""
        var kind = ""
        var namespace = ""
        var name = ""

        /// A patch of kustomize's for this object: lines of operations, or of the object's own fields.
        func patch(_ lines: String...) -> String {
            let body = lines.map { "    " + $0 }.joined(separator: "\n")
            return "- target: {kind: \(kind), name: \(name), namespace: \(namespace)}\n  patch: |-\n\(body)"
        }

        /// The patch that annotates it.
        func annotation(_ key: String, _ value: String) -> String {
            patch(
                "apiVersion: \(apiVersion)", "kind: \(kind)", "metadata: {name: any, annotations: {\(key): \(value)}}")
        }
    }

    let platform: Platform
    let delivery: Delivery
    /// What the first sync said.
    private(set) var first = CommandResult(status: -1, output: "", errors: "")
    /// The objects that Git had then.
    private(set) var objects: [Member] = []
    /// Those that one test each changes.
    private(set) var renamed = Member()
    private(set) var removed = Member()
    private(set) var annotated = Member()
    private(set) var contested = Member()
    private(set) var mistaken = Member()
    /// Patches of the overlay, in kustomize's words, by what they are for.
    private var patches: [(purpose: String, text: String)] = []
    private var resources: [String] = []

    fileprivate init(_ platform: Platform, on cluster: TestCluster) throws {
        self.platform = platform
        delivery = try Delivery(on: cluster)
        let tree = try #require(platform.tree)
        try FileManager.default.copyItem(atPath: tree, toPath: delivery.repository + "/platform")
        for definition in platform.definitions {
            let isFolder = FileManager.default.fileExists(atPath: definition + "/kustomization.yaml")
            // Another test may do the same at this moment.
            let applied = try delivery.kubectl(
                "apply", "--server-side", "--force-conflicts", "--validate=false", isFolder ? "-k" : "-f", definition)
            // An old server refuses some for what their schemas say; what is of their kinds is left out below.
            try #require(applied.status == 0 || cluster.name != TestCluster.sandbox.name, "\(applied.all)")
        }
        if let suffix = platform.suffix {
            try delivery.write(
                "layer/kustomization.yaml",
                "resources: [../platform/\(platform.overlay)]\nnamespace: \(platform.tree.map { URL(filePath: $0).lastPathComponent } ?? "x")-\(suffix)\nnameSuffix: -\(suffix)\n"
            )
        }
        try commit("Take over the platform")
        // Hooks run; they are no members.
        let all = try built().filter { object in
            let annotations = object.value[path: "metadata", "annotations"]?.object?.entries ?? []
            return !annotations.contains { $0.key.hasSuffix("/hook") }
        }
        // An application of a platform may live in the namespace of another one.
        let declared = Set(all.filter { $0.kind == "Namespace" }.map(\.name))
        for namespace in Set(all.compactMap(\.namespace)).subtracting(declared) {
            _ = try delivery.kubectl("create", "namespace", namespace)
        }
        // Where nothing runs, no Job ends.
        let jobs = cluster.hasControllers ? [] : ["batch/v1 Job"]
        let refused = Set(platform.refused + jobs + (try unserved(all)))
        for kind in refused.sorted() {
            let words = kind.split(separator: " ")
            patch(
                "refused",
                """
                - target: {kind: \(words[1])}
                  patch: "{apiVersion: \(words[0]), kind: \(words[1]), metadata: {name: any}, $patch: delete}"
                """)
        }
        objects = all.filter { !refused.contains("\($0.apiVersion) \($0.kind)") }.map {
            Member(apiVersion: $0.apiVersion, kind: $0.kind, namespace: $0.namespace ?? "", name: $0.name)
        }
        let plain = members(of: "NetworkPolicy") + members(of: "Service")
        try #require(plain.count >= 5)
        (renamed, removed, annotated, contested, mistaken) = (plain[0], plain[1], plain[2], plain[3], plain[4])
        // What a conflict is to be about belongs to Git from the beginning.
        patch("contested", contested.annotation("owner", "git"))
        try commit("Leave out what the server does not take")
        first = try delivery.sync("--no-wait", "-o", "json")
        try #require(first.status == 0, "\(first.all)")
    }

    // MARK: What Git has

    /// Writes the overlay and commits it.
    func commit(_ message: String) throws {
        let base = platform.suffix == nil ? "../platform/\(platform.overlay)" : "../layer"
        let lines = ["resources:", "- \(base)"] + resources.map { "- \($0)" }
        let patched = patches.isEmpty ? [] : ["patches:"] + patches.map(\.text)
        try delivery.write("app/kustomization.yaml", (lines + patched).joined(separator: "\n") + "\n")
        try delivery.commit(message)
    }

    func patch(_ purpose: String, _ text: String) { patches.append((purpose, text)) }
    func withdraw(_ purpose: String) { patches.removeAll { $0.purpose == purpose } }

    /// Adds a file beside the platform.
    func add(_ file: String, _ text: String) throws {
        resources.append(file)
        try delivery.write("app/" + file, text)
    }

    func remove(_ file: String) { resources.removeAll { $0 == file } }

    /// What the overlay builds.
    private func built() throws -> [KubernetesObject] {
        let result = try delivery.gitopsctl("build", "app")
        try #require(result.status == 0, "\(result.all)")
        return try YAML.read(Array(result.output.utf8), file: "build.yaml", options: .resources).map {
            KubernetesObject($0)
        }
    }

    /// The kinds of the platform that this cluster does not have, `apps/v1 Deployment`: an old one has old versions.
    private func unserved(_ objects: [KubernetesObject]) throws -> [String] {
        let kinds = Set(objects.map { "\($0.apiVersion) \($0.kind)" })
        return try kinds.filter { kind in
            let words = kind.split(separator: " ").map(String.init)
            let path = words[0].contains("/") ? "/apis/\(words[0])" : "/api/\(words[0])"
            let served = try delivery.kubectl("get", "--raw", path)
            return served.status != 0 || !served.output.contains("\"kind\":\"\(words[1])\"")
        }
    }

    /// The objects of a kind.
    func members(of kind: String) -> [Member] {
        objects.filter { $0.kind == kind }.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }
    }

    // MARK: What the cluster has

    func field(_ object: Member, _ path: String) throws -> String {
        let arguments = ["get", object.kind, object.name, "-o", "jsonpath={\(path)}", "--ignore-not-found"]
        let place = object.namespace.isEmpty ? [] : ["-n", object.namespace]
        return try Command(program: "kubectl", environment: delivery.gitopsctl.environment, folder: "/").run(
            arguments + place
        ).output
    }

    func exists(_ object: Member) throws -> Bool {
        try !field(object, ".metadata.uid").isEmpty
    }

    /// The id that the application's objects carry.
    private func setID() throws -> String {
        let parent = Member(kind: "configmap", namespace: "default", name: "gitopsctl-" + delivery.name)
        return try field(parent, ".metadata.labels.applyset\\.kubernetes\\.io/id")
    }

    /// `kind/namespace/name` → resourceVersion of what belongs to the application and no controller writes to.
    func resourceVersions() throws -> [String: String] {
        let set = try setID()
        try #require(!set.isEmpty)
        let result = try delivery.kubectl(
            "get", "configmaps,secrets,services,serviceaccounts,networkpolicies,roles,rolebindings", "-A", "-l",
            "applyset.kubernetes.io/part-of=" + set, "-o",
            #"jsonpath={range .items[*]}{.kind}/{.metadata.namespace}/{.metadata.name} {.metadata.resourceVersion}{"\n"}{end}"#
        )
        try #require(result.status == 0, "\(result.all)")
        let pairs = result.output.split(separator: "\n").map { $0.split(separator: " ") }
        return Dictionary(uniqueKeysWithValues: pairs.map { (String($0[0]), String($0[1])) })
    }

    /// A sync's report as data.
    func sync(_ words: String...) throws -> SyncSummary {
        SyncSummary(try delivery.gitopsctl.run(["sync", delivery.name, "--no-wait", "-o", "json"] + words))
    }

    /// Takes everything out of the cluster that would stay when the application's own namespace goes.
    fileprivate func remove() {
        guard let set = try? setID(), !set.isEmpty else { return }
        // Where nothing runs, a namespace that is deleted stays for ever, and takes nothing new.
        let namespaces = delivery.cluster.hasControllers ? "namespaces," : ""
        let kinds = namespaces + "clusterroles,clusterrolebindings,storageclasses,priorityclasses,ingressclasses"
        _ = try? delivery.kubectl(
            "delete", kinds, "-l", "applyset.kubernetes.io/part-of=" + set, "--wait=\(delivery.cluster.hasControllers)",
            "--timeout=60s", "--ignore-not-found")
    }
}

/// What a sync reports as JSON.
struct SyncSummary: Sendable {
    var status: Int32
    var created: Int
    var configured: Int
    var pruned: Int
    var failed: Int
    /// `Kind namespace/name result` of every object that was written, or not.
    var all: String

    init(_ result: CommandResult) {
        status = result.status
        all = result.all
        let document = try? JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        let counts = document?["counts"] as? [String: Int] ?? [:]
        (created, configured) = (counts["created"] ?? -1, counts["configured"] ?? -1)
        (pruned, failed) = (counts["pruned"] ?? -1, counts["failed"] ?? -1)
    }

    var writes: Int { created + configured + pruned }
}

/// The platforms that were delivered so far, taken out of their clusters when the suite is over.
struct DeliveredPlatforms: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        do {
            try await function()
        } catch {
            Self.places.withLock { for place in $0.values { place.end() } }
            throw error
        }
        Self.places.withLock { for place in $0.values { place.end() } }
    }

    private static let places = NSLockedPlaces()

    /// Has a test work with a platform in a cluster, when no other one does.
    static func with(
        _ platform: Platform, on cluster: TestCluster, _ body: (DeliveredPlatform) throws -> Void
    ) throws {
        guard platform.tree != nil else {
            try Test.cancel("\(platform.name) stands beside the repository, and is not there")
        }
        let place = places.withLock { places in
            let key = "\(platform.name) on \(cluster.name)"
            let place = places[key] ?? Place()
            places[key] = place
            return place
        }
        try place.with(platform, on: cluster, body)
    }

    /// Where one platform is delivered to one cluster. Its lock may be held for long: tests that wait do so on threads
    /// of their own.
    final class Place: @unchecked Sendable {
        private let lock = NSLock()
        private var delivered: Result<DeliveredPlatform, any Error>?

        func with(_ platform: Platform, on cluster: TestCluster, _ body: (DeliveredPlatform) throws -> Void) throws {
            try lock.withLock {
                let result = delivered ?? Result { try DeliveredPlatform(platform, on: cluster) }
                delivered = result
                try body(try result.get())
            }
        }

        func end() {
            lock.withLock {
                if case .success(let platform) = delivered { platform.remove() }
                delivered = nil
            }
        }
    }

    final class NSLockedPlaces: @unchecked Sendable {
        private let lock = NSLock()
        private var places: [String: Place] = [:]

        func withLock<Result>(_ body: (inout [String: Place]) throws -> Result) rethrows -> Result {
            try lock.withLock { try body(&places) }
        }
    }
}

extension Trait where Self == DeliveredPlatforms {
    static var deliveredPlatforms: Self { DeliveredPlatforms() }
}
