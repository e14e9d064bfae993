// docs/plugins.md, typed in by a reader: its commands in their order, and what it says that they print.

import Foundation
import Testing

@Suite(.ownThread) struct PluginDocumentTests {
    /// A block of commands, and what the document says that it prints; a line with `…` says it with something left out.
    private struct Step {
        var commands: String
        var said: [String] = []
    }

    /// The steps of a section: blocks marked `sh`, each with the unmarked ones that follow it.
    private static func steps(_ section: String) throws -> [Step] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/plugins.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let body = try #require(text.components(separatedBy: "\n## \(section)\n").dropFirst().first).components(
            separatedBy: "\n## ")[0]
        var steps: [Step] = []
        for (index, part) in body.components(separatedBy: "\n```").enumerated() where !index.isMultiple(of: 2) {
            if part.hasPrefix("sh\n") {
                steps.append(Step(commands: String(part.dropFirst(3))))
            } else if !steps.isEmpty {
                steps[steps.count - 1].said += part.split(separator: "\n").map(String.init)
            }
        }
        return steps
    }

    @Test func takesAReaderFromNothingToATestedPlugin() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "plugin-document-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder + "/empty", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var environment = Workplace.environment
        for name in ["STATE", "CACHE", "CONFIG"] { environment["XDG_\(name)_HOME"] = folder + "/" + name.lowercased() }
        for name in ["AUTHOR", "COMMITTER"] {
            (environment["GIT_\(name)_NAME"], environment["GIT_\(name)_EMAIL"]) = ("Test", "test@localhost")
        }
        let programs = URL(filePath: Workplace.gitopsctl).deletingLastPathComponent().path
        environment["PATH"] = "\(programs):\(environment["PATH"] ?? "/usr/bin:/bin")"

        let steps = try Self.steps("Your own in ten minutes")
        try #require(steps.count >= 5 && steps.count { !$0.said.isEmpty } >= 4)
        // One shell, as a reader has it. A sandbox that a failure leaves is ended with it.
        let mark = UUID().uuidString
        let script =
            "exec 2>&1\ntrap 'gitopsctl sandbox stop >/dev/null || true' EXIT\n"
            + steps.map(\.commands).joined(separator: "\necho \(mark)\n")
        let result = try Command(program: "bash", environment: environment, folder: folder + "/empty")("-euc", script)
        #expect(result.status == 0, "\(result.all)")
        let printed = result.output.components(separatedBy: mark + "\n")
        try #require(printed.count == steps.count, "\(result.all)")
        for (step, output) in zip(steps, printed) {
            let lines = output.split(separator: "\n")
            for said in step.said {
                #expect(
                    lines.contains { Self.isSaid(String($0), by: said) },
                    "\(said)\n— is not what these print:\n\(step.commands)\n\(output)")
            }
        }
    }

    /// Whether a line is what the document has, where runs of blanks count as one.
    private static func isSaid(_ line: String, by said: String) -> Bool {
        var rest = Substring(line.split(separator: " ").joined(separator: " "))
        let parts = said.split(separator: " ").joined(separator: " ").components(separatedBy: "…")
        guard parts.count > 1 else { return rest == parts[0] }
        guard rest.hasPrefix(parts[0]), rest.hasSuffix(parts[parts.count - 1]) else { return false }
        for part in parts where !part.isEmpty {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return true
    }
}
