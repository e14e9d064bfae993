// `gitopsctl suspend` and `gitopsctl resume`: have the controller leave an application alone, and take it up again.

import ArgumentParser
import Manifest
import Reconciler

struct Suspend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suspend",
        abstract: "Have the controller leave an application alone.",
        discussion:
            "Sets spec.suspend of the cluster's Application. Nothing is compared or synced until gitopsctl resume, not even on request."
    )

    @OptionGroup var target: EditTarget

    func run() async throws { try await target.setSuspended(true) }
}

struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Have the controller take an application up again.",
        discussion:
            "Takes spec.suspend of the cluster's Application back. What has come meanwhile is synced, where it is automated."
    )

    @OptionGroup var target: EditTarget

    func run() async throws { try await target.setSuspended(false) }
}

/// Which Application of the cluster is changed.
struct EditTarget: ParsableArguments {
    @Argument(help: "The application's name.")
    var name: String

    @OptionGroup var namespace: NamespaceOption
    @OptionGroup var clusterOptions: ClusterOptions

    func setSuspended(_ isSuspended: Bool) async throws {
        let console = Console()
        let session = Session(console: console)
        let applications = try session.applications(clusterOptions, in: namespace.namespace).applications
        guard let kept = try await applications.find(name) else {
            if let file = session.finder(nil).file(describing: name) {
                throw DiagnosticsError(
                    "\(name) is described by a file, and no controller keeps it", at: SourceLocation(file: file),
                    cure: isSuspended ? "Set spec.suspend to true in the file" : "Take spec.suspend out of the file")
            }
            _ = try await applications.require(name)
            return
        }
        let words = isSuspended ? "is suspended" : "goes on"
        if kept.isSuspended == isSuspended {
            return console.output.print(line(kept, "\(words) already"))
        }
        try await ApplicationEdit(cluster: applications.api, application: kept).write([
            "suspend": isSuspended ? true : .null
        ])
        console.output.print(line(kept, words))
        if kept.isMember {
            console.report([
                .warning(
                    "\(kept.namespace)/\(kept.name) is delivered by another application, whose next sync may change it back",
                    cure: "Change spec.suspend in Git")
            ])
        }
    }

    private func line(_ kept: ClusterApplication, _ words: String) -> InkedLine {
        var line = InkedLine("✓ ", .good)
        line.append("\(kept.namespace)/\(kept.name)", .strong)
        line.append(" \(words)")
        return line
    }
}
