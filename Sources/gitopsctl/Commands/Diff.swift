// `gitopsctl diff`: what a sync would change, and who made it so.

import ArgumentParser
import DriftDetector
import Manifest
import Reconciler
import SyncEngine
import SyncHistory

struct Diff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show what a sync would change, and who made it so.",
        discussion: """
            Lines with - are what the cluster has, lines with + what Git wants. Exits with 2 when there are differences. Values of \
            Secrets are never shown: a value is a hash of itself that holds for one run.

            With --from and --to any two states are compared: live (the cluster), worktree (the folder that you are in), sync:12 or \
            sync:last (what a sync of the history rendered), or any revision.
            """)

    @OptionGroup var application: ApplicationOptions

    @Option(
        help: ArgumentHelp(
            "Another branch, tag, commit or range of versions than the application's.", valueName: "revision"))
    var revision: String?

    @Option(
        help: ArgumentHelp(
            "What is compared: live, worktree, sync:ID or a revision; live otherwise.", valueName: "state"))
    var from: String?

    @Option(help: ArgumentHelp("What it is compared to; the application's revision otherwise.", valueName: "state"))
    var to: String?

    @Flag(inversion: .prefixedNo, help: "Exit with 2 when there are differences.")
    var exitCode = true

    @Flag(help: "Show the fields that differ, each with both values, instead of lines.")
    var fields = false

    @Flag(help: "Show every line of objects that come or go, too.")
    var full = false

    @Flag(help: "Show only what was changed in the cluster, by whom and when, the worst first.")
    var drift = false

    @OptionGroup var clusterOptions: ClusterOptions
    @OptionGroup var format: OutputOptions

    func validate() throws {
        if revision != nil, to != nil { throw ValidationError("--revision says the same as --to: give one of them") }
        if drift, from != nil || to != nil {
            throw ValidationError("--drift is about the cluster and Git: it goes with neither --from nor --to")
        }
    }

    func run() async throws {
        let console = Console()
        let session = Session(console: console)
        if from != nil || to != nil { return try await compareStates(session, console) }
        let (applications, name) = try session.applications(clusterOptions, in: application.namespace.namespace)
        let (cluster, finder) = (applications.api, session.finder(applications))
        let found = try await finder.find(application.name, file: application.file.file)
        var request = SyncRequest(trigger: SyncTrigger(.commandLine, by: session.actor))
        request.revision = revision
        request.dryRun = true
        let file = application.file.file
        request.neighbours = { await finder.all(file: file).applications }
        let comparison = try await session.reconciler(cluster, named: name).compare(found, request: request)

        if drift {
            let report = try DriftReport(comparison.plan, deleted: comparison.deleted, of: found)
            // The plugin, where the application uses it, says the same in the same words.
            let said = Set(report.drift.map(\.result.message))
            console.report(comparison.diagnostics.filter { !said.contains($0.message) })
            return try report.show(console, as: format.output)
        }
        console.report(comparison.diagnostics)
        let entries = DiffEntry.entries(of: comparison.plan)
        if format.output == .text {
            let revision = RevisionLine(comparison.commit)
            let diff = DiffText(revision: revision, entries: entries, width: console.width, now: Timestamp.now())
            if fields {
                console.output.print(diff.lines())
            } else {
                let unified = UnifiedDiff(
                    revision: revision, objects: ObjectDiff.objects(of: comparison.plan), isFull: full,
                    width: console.width, now: diff.now)
                console.output.print(unified.lines())
            }
            console.error.print(diff.summary(application: found.name))
            let guards = comparison.plan.guards.map { $0.diagnostic(planDigest: comparison.plan.digest) }
            console.report(guards.map { Diagnostic(.warning, $0.message, cure: $0.cure) })
        } else {
            let document = Documents.object([
                ("application", .string(found.name)), ("revision", Documents.revision(comparison.commit)),
                ("plan", .string(comparison.plan.digest)), ("changes", Documents.changes(comparison.plan)),
                ("diagnostics", .array(comparison.diagnostics.map(Documents.diagnostic))),
            ])
            console.output.print(document, as: format.output)
        }
        if exitCode, !comparison.plan.isEmpty { throw ExitCode.differences }
    }

    /// Compares two states that the user has named, or one with the other's default.
    private func compareStates(_ session: Session, _ console: Console) async throws {
        let (from, to) = (
            ComparedState(parsing: from ?? "live"), to.map(ComparedState.init(parsing:)) ?? .revision(revision)
        )
        let (applications, name) = try session.applications(clusterOptions, in: application.namespace.namespace)
        let cluster = applications.api
        let found = try await session.finder(applications).find(application.name, file: application.file.file)
        let reconciler = try session.reconciler(cluster, named: name)
        let before = try await reconciler.manifests(of: found, in: from, from: session.workingFolder)
        let after = try await reconciler.manifests(of: found, in: to, from: session.workingFolder)

        let diff: StateDiff
        var diagnostics: [Diagnostic]
        switch (before, after) {
        case (nil, nil): throw ValidationError("both sides are the cluster: name another state with --from or --to")
        case (let before?, let after?):
            diff = StateDiff(from: before, to: after)
            diagnostics = before.rendering.diagnostics + after.rendering.diagnostics
        case (let manifests?, nil), (nil, let manifests?):
            var request = SyncRequest(trigger: SyncTrigger(.commandLine, by: session.actor))
            request.dryRun = true
            let (plan, findings) = try await reconciler.compare(found, with: manifests, request: request)
            diff = StateDiff(plan, desired: RevisionLine(manifests), isReversed: after == nil)
            diagnostics = findings
        }
        console.report(diagnostics)
        if format.output == .text {
            console.output.print(
                diff.lines(isFull: full, showsFields: fields, width: console.width, now: Timestamp.now()))
            console.error.print(diff.summary(application: found.name, width: console.width))
        } else {
            console.output.print(diff.document(application: found.name, diagnostics), as: format.output)
        }
        if exitCode, !diff.isEmpty { throw ExitCode.differences }
    }
}
