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
            console.output.print(Self.lines(drift, width: console.output.isTerminal ? console.width : nil))
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

    /// Each object with its differences below it.
    ///
    /// - Parameter width: nil leaves every difference on one line, for programs that look for it.
    static func lines(_ drift: [Drift], width: Int?) -> [InkedLine] {
        var lines: [InkedLine] = []
        var last: ObjectReference?
        for found in drift {
            if found.object != last { lines.append(InkedLine(found.object.description, .strong)) }
            last = found.object
            let indent = found.severity.rawValue.count + 4
            let words = width.map { TextWidth.wrapped(found.words, to: $0 - indent) } ?? [found.words]
            var line = InkedLine("  \(found.severity.rawValue)", ink(found.severity))
            line.append("  " + (words.first ?? ""))
            lines.append(line)
            lines += words.dropFirst().map { InkedLine(String(repeating: " ", count: indent) + $0) }
        }
        return lines
    }

    private static func ink(_ severity: DriftSeverity) -> Ink {
        switch severity {
        case .critical: .bad
        case .major: .warning
        case .minor, .none: .quiet
        }
    }
}
