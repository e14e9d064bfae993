// `gitopsctl tree`: the objects of an application, what they own, and how all of it is.

import ArgumentParser
import KubernetesClient
import Manifest
import Reconciler
import SyncEngine

struct Tree: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tree",
        abstract: "Show the objects of an application and what they own, with their health.",
        discussion: """
            Asks the cluster alone: the members of the application by their label, and what names one of them as its owner. Of an \
            application with custom resources every kind is looked through, as their operators may make any.
            """)

    @OptionGroup var application: ApplicationOptions

    @Flag(help: "Show ReplicaSets of earlier rollouts, too.")
    var all = false

    @OptionGroup var clusterOptions: ClusterOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        let console = Console()
        let session = Session(console: console)
        let applications = try session.applications(clusterOptions, in: application.namespace.namespace).applications
        let found = try await application(applications, session)
        let trees = try await OwnedObjects(cluster: applications.api, application: found).trees(showsPast: all)
        guard format.output == .text else {
            return console.output.print(
                Documents.object([
                    ("application", .string(found.name)), ("namespace", .string(found.namespace)),
                    ("objects", .array(trees.map(TreeText.document))),
                ]), as: format.output)
        }
        console.output.print(TreeText.heading(found.name, trees).clipped(to: console.width))
        console.output.print(trees.isEmpty ? [] : TreeText.lines(trees, width: console.width))
    }

    /// The application, or the controller's own as it was installed.
    private func application(_ applications: ClusterApplications, _ session: Session) async throws -> Application {
        let namespace = applications.namespace ?? Installation.defaultNamespace
        if application.name == Installation.name, application.file.file == nil,
            try await applications.find(application.name) == nil,
            let installation = try await Installation.found(in: namespace, of: applications.api)
        {
            return try installation.application()
        }
        return try await session.finder(applications).find(application.name, file: application.file.file)
    }
}

/// Reads the members of an application, and what may be theirs.
struct OwnedObjects: Sendable {
    let cluster: any KubernetesAPI
    let application: Application

    /// What says nothing of a state, and there are many of.
    private static let passedOver: Set<String> = ["Event", "Lease", "ControllerRevision", "EndpointSlice", "Endpoints"]

    /// What nobody delivers and nothing owns in the namespaces of the application's members.
    ///
    /// - Throws: where the application was never synced to this cluster, or the cluster cannot be read.
    func orphans() async throws(DiagnosticsError) -> (report: OrphanReport, namespaces: Set<String>) {
        let members = try await members()
        do {
            let kinds = try await cluster.discovery(refresh: false).resources
                .filter { $0.isNamespaced && !OrphanReport.made.contains($0.gvk.groupKind) }.map(\.gvk.groupKind)
            let namespaces = Set(members.compactMap { KubernetesObject($0).namespace })
            return (OrphanReport(of: try await objects(of: Set(kinds), in: namespaces)), namespaces)
        } catch {
            throw DiagnosticsError([error.diagnostic()])
        }
    }

    /// - Throws: where the application was never synced to this cluster, or the cluster cannot be read.
    func trees(showsPast: Bool) async throws(DiagnosticsError) -> [ObjectTree] {
        let members = try await members()
        do {
            let others = try await owned(by: members)
            return ObjectTree.of(members, others: others, rules: application.health, showsPast: showsPast)
        } catch {
            throw DiagnosticsError([error.diagnostic()])
        }
    }

    private func members() async throws(DiagnosticsError) -> [Value] {
        let set = application.applySet
        let parent: Value?
        do {
            parent = try await cluster.get(set.parent)
        } catch {
            throw DiagnosticsError([error.diagnostic()])
        }
        guard let parent, KubernetesObject(parent).label(Vocabulary.applySetID) == set.id else {
            throw DiagnosticsError(
                "\(application.name) was never synced to this cluster: it has no objects", at: application.origin,
                cure: "Sync it with gitopsctl sync \(application.name)")
        }
        do throws(KubernetesError) {
            let scope = ApplySetScope(of: parent)
            let namespaces = scope.namespaces.union(
                [application.namespace, application.destination.namespace].compactMap { $0 })
            let watch = MemberWatch(cluster: cluster, applySet: set, namespaces: namespaces)
            return await watch.list(scope.groupKinds, in: try await cluster.discovery(refresh: false)).flatMap(
                \.list.items)
        } catch {
            throw DiagnosticsError([error.diagnostic()])
        }
    }

    /// What may be owned by a member: objects of its namespace, of the kinds that its controllers make.
    private func owned(by members: [Value]) async throws(KubernetesError) -> [Value] {
        let discovery = try await cluster.discovery(refresh: false)
        let hasCustom = members.contains { Schema.kubernetes.type(of: KubernetesObject($0).gvk) == nil }
        var kinds = Set(ObjectTree.madeKinds)
        if hasCustom {
            kinds.formUnion(
                discovery.resources.filter { $0.isNamespaced && !Self.passedOver.contains($0.kind) }.map(
                    \.gvk.groupKind))
        }
        return try await objects(of: kinds, in: Set(members.compactMap { KubernetesObject($0).namespace }))
    }

    /// The objects of some kinds in some namespaces, as far as they may be read.
    private func objects(of kinds: Set<GroupKind>, in namespaces: Set<String>) async throws(KubernetesError) -> [Value]
    {
        let discovery = try await cluster.discovery(refresh: false)
        let resources = kinds.compactMap { discovery.resource(for: $0) }.filter { $0.verbs.contains("list") }
        return await withTaskGroup(of: [Value].self) { group in
            for resource in resources {
                for namespace in namespaces {
                    group.addTask {
                        // What may not be read is not shown.
                        (try? await cluster.list(resource, namespace: namespace))?.items ?? []
                    }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }
}
