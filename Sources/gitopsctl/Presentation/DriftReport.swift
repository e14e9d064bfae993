// What was changed in the cluster behind Git's back, in the words of the drift detector.

import ArgumentParser
import DriftDetector
import Manifest
import PluginHost
import Reconciler
import SyncEngine

struct DriftReport {
    let drift: [Drift]
    private let application: String

    /// Looks at both sides of a plan, by the rules that the application gives the drift-detector plugin, if it uses
    /// that.
    init(_ plan: Plan, deleted: Set<ObjectIdentity>, of application: Application) throws(DiagnosticsError) {
        let use = application.plugins.first { $0.name == "drift-detector" }
        let configuration = use?.config.map { $0["spec"] == nil ? Documents.object([("spec", $0)]) : $0 }
        let detector = DriftDetector(rules: try DriftRules(configuration: configuration))
        let sides = plan.sides(deleted: deleted)
        drift = detector.drift(desired: sides.compactMap(\.desired), live: sides.compactMap(\.live))
        self.application = application.name
    }

    /// Prints it; exits with 2 where there is any.
    func show(_ console: Console, as format: OutputFormat) throws {
        if format == .text {
            var last: ObjectReference?
            for found in drift {
                if found.object != last { console.output.print(InkedLine(found.object.description, .strong)) }
                last = found.object
                var line = InkedLine("  \(found.severity.rawValue)", Self.ink(found.severity))
                line.append("  " + found.words)
                console.output.print(line)
            }
            let summary =
                drift.isEmpty ? "nothing was changed in the cluster" : "\(Spans.count(drift.count, "difference"))"
            console.error.print(InkedLine("\(application): \(summary)"))
        } else {
            console.output.print(
                Documents.object([("application", .string(application)), ("drift", .array(drift.map(\.result.value)))]),
                as: format)
        }
        if !drift.isEmpty { throw ExitCode.differences }
    }

    private static func ink(_ severity: DriftSeverity) -> Ink {
        switch severity {
        case .critical: .bad
        case .major: .warning
        case .minor, .none: .quiet
        }
    }
}
