// Every environment of every platform in deploy/fleet, found by itself: built as kustomize builds it, taken whole by
// the cluster, and then left alone.

import Foundation
import Synchronization
import Testing

// One at a time: two regions of a platform have the same namespace, and the second takes the objects of the first over.
@Suite(.ownThread, .wholePlatforms, .serialized)
struct FleetTests {
    @Test(arguments: FleetEnvironment.all)
    func isDeliveredBySomeApplication(environment: FleetEnvironment) {
        #expect(!environment.paths.isEmpty)
    }

    @Test(arguments: FleetEnvironment.all)
    func isBuiltAsKustomizeBuildsIt(environment: FleetEnvironment) throws {
        for path in environment.paths {
            let ours = try program(Workplace.gitopsctl)("build", "\(environment.folder)/\(path)")
            let theirs = try program("kubectl")("kustomize", "\(environment.folder)/\(path)")
            try #require(ours.status == 0 && theirs.status == 0, "\(ours.errors)\(theirs.errors)")
            #expect(ours.output == theirs.output, "\(path)")
        }
    }

    @Test(arguments: FleetEnvironment.all)
    func holdsNoPlainSecretAndNoFloatingImage(environment: FleetEnvironment) throws {
        for object in try environment.paths.flatMap({ try objects(of: environment, path: $0) }) {
            #expect(object.kind != "Secret", "\(object.name)")
            for line in object.lines {
                guard let key = line.range(of: #"^ +(- )?image: "#, options: .regularExpression) else { continue }
                let image = line[key.upperBound...]
                let tag = image.split(separator: "/").last?.split(separator: ":", maxSplits: 1).dropFirst().first
                #expect(tag != nil && tag != "latest", "\(object.kind) \(object.name): \(image)")
            }
        }
    }

    @Test(arguments: Fleet.platforms)
    func everyApplicationIsReadAndNamesWhatStands(platform: String) throws {
        let delivery = try Delivery(on: .sandbox)
        try delivery.take("\(Fleet.folder)/\(platform)/.", as: ".")
        try FileManager.default.removeItem(atPath: delivery.repository + "/gitops/application.yaml")
        try delivery.commit("Deliver \(platform)")
        for application in Fleet.applications(of: platform) {
            let built = try delivery.gitopsctl("build", application.name)
            #expect(built.status == 0 && !built.output.isEmpty, "\(application.name): \(built.errors)")
        }
    }

    @Test(
        .enabled(if: Workplace.shared != nil, "the operators' definitions stand beside the repository"),
        arguments: FleetEnvironment.all, TestCluster.all)
    func isTakenWholeAndThenLeftAlone(environment: FleetEnvironment, cluster: TestCluster) throws {
        let built = try environment.paths.map { try objects(of: environment, path: $0) }
        let deliveries = try environment.paths.map { _ in try Delivery(on: cluster) }
        let first = try #require(deliveries.first)
        try define(first)

        for ((path, objects), delivery) in zip(zip(environment.paths, built), deliveries) {
            try delivery.take(environment.folder, as: "tree")
            let skipped = try unserved(objects, by: delivery)
            try delivery.write("app/kustomization.yaml", "resources:\n- ../tree/\(path)\n" + removal(of: skipped))
            try delivery.commit("Deliver \(environment)")

            let syncing = try delivery.gitopsctl.start(["sync", delivery.name, "--no-wait"])
            if !cluster.hasControllers {
                for hook in objects where hook.isHook && hook.kind == "Job" {
                    try delivery.endJob(hook.name, in: hook.namespace, as: "Complete")
                }
            }
            let result = try syncing.finish()
            try #require(result.status == 0, "\(path): \(result.all)")

            let second = try delivery.sync("--no-wait")
            #expect(second.status == 0 && second.all.contains("nothing to do"), "\(path): \(second.all)")
            #expect(try delivery.differences().isEmpty, "\(path)")
        }
        // Namespaces stay, and so does what others bring.
        for delivery in deliveries.reversed() {
            let deleted = try delivery.gitopsctl("delete", delivery.name, "--yes", "--no-hooks", "--no-wait")
            #expect(deleted.status == 0, "\(deleted.all)")
        }
    }

    // MARK: - What a test needs

    private func program(_ name: String) -> Command {
        Command(program: name, environment: Workplace.environment, folder: "/")
    }

    private func objects(of environment: FleetEnvironment, path: String) throws -> [BuiltObject] {
        let built = try program(Workplace.gitopsctl)("build", "\(environment.folder)/\(path)")
        try #require(built.status == 0, "\(built.errors)")
        return BuiltObject.all(in: built.output)
    }

    /// The clusters that have the operators' definitions, by name.
    private static let defined = Mutex<Set<String>>([])

    /// Installs the operators' definitions, as their charts would, where nobody has yet. A server that is too old for
    /// one gets the compact one of the platforms' own, under the same file name.
    private func define(_ delivery: Delivery) throws {
        guard Self.defined.withLock({ $0.insert(delivery.cluster.name).inserted }) else { return }
        let folder = try #require(Workplace.shared) + "/crds"
        // Argo CD's and External Secrets' are not used here.
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            .filter { !$0.hasPrefix("argoproj.io") && !$0.hasPrefix("external-secrets.io") }
        for file in files {
            let full = try delivery.kubectl("apply", "--server-side", "--force-conflicts", "-f", "\(folder)/\(file)")
            if full.status == 0 { continue }
            try #require(!delivery.cluster.hasControllers, "\(full.all)")
            let own = Fleet.platforms.map { "\(Fleet.folder)/\($0)/operators/crds/\(file)" }
            guard let compact = own.first(where: FileManager.default.fileExists) else { continue }
            print("\(delivery.cluster.name) does not take the definition \(file); \(compact) is taken")
            let applied = try delivery.kubectl("apply", "--server-side", "--force-conflicts", "-f", compact)
            try #require(applied.status == 0, "\(applied.all)")
        }
        let waited = try delivery.kubectl(
            "wait", "--for=condition=Established", "customresourcedefinitions", "--all", "--timeout=60s")
        try #require(waited.status == 0, "\(waited.all)")
    }

    /// The kinds that the cluster is too old for, each said by name with its objects; the sandbox serves all.
    private func unserved(_ objects: [BuiltObject], by delivery: Delivery) throws -> [String: [BuiltObject]] {
        let served = try delivery.kubectl("api-versions").output.split(separator: "\n").map(String.init)
        var kinds: [String: Set<String>] = [:]
        var skipped: [String: [BuiltObject]] = [:]
        for object in objects {
            if served.contains(object.apiVersion), kinds[object.apiVersion] == nil {
                let path = object.apiVersion == "v1" ? "/api/v1" : "/apis/\(object.apiVersion)"
                let output = try delivery.kubectl("get", "--raw", path).output
                let list = try JSONSerialization.jsonObject(with: Data(output.utf8))
                let resources = (list as? [String: Any])?["resources"] as? [[String: Any]] ?? []
                kinds[object.apiVersion] = Set(resources.compactMap { $0["kind"] as? String })
            }
            if kinds[object.apiVersion]?.contains(object.kind) != true {
                skipped["\(object.apiVersion) \(object.kind)", default: []].append(object)
            }
        }
        for (kind, objects) in skipped.sorted(by: { $0.key < $1.key }) {
            let names = objects.map(\.name).joined(separator: ", ")
            print("\(delivery.cluster.name) does not serve \(kind); skipped: \(names)")
        }
        // Kubernetes 1.20 knows these three only by beta versions that no later server has.
        let old: Set = ["autoscaling/v2 HorizontalPodAutoscaler", "batch/v1 CronJob", "policy/v1 PodDisruptionBudget"]
        #expect(delivery.cluster.hasControllers ? skipped.isEmpty : old.isSuperset(of: skipped.keys), "\(skipped.keys)")
        return skipped
    }

    private func removal(of kinds: [String: [BuiltObject]]) -> String {
        guard !kinds.isEmpty else { return "" }
        return "patches:\n"
            + kinds.values.compactMap(\.first).map { object in
                """
                - target: {kind: \(object.kind)}
                  patch: "{apiVersion: \(object.apiVersion), kind: \(object.kind), metadata: {name: any}, $patch: delete}"

                """
            }.joined()
    }
}
