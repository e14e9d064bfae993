// Findings for people: by file, in columns, with what to do below; and one line that says how it stands.

import Manifest
import Validation

enum ValidationText {
    /// The findings of a run, a file after the other.
    static func lines(_ result: ValidationResult, width: Int) -> [InkedLine] {
        var lines: [InkedLine] = []
        var start = result.findings.startIndex
        while start < result.findings.endIndex {
            let file = result.findings[start].location?.file
            let end = result.findings[start...].firstIndex { $0.location?.file != file } ?? result.findings.endIndex
            lines += group(Array(result.findings[start..<end]), file: file, width: width)
            start = end
        }
        return lines
    }

    private static func group(_ findings: [Finding], file: String?, width: Int) -> [InkedLine] {
        var lines = [InkedLine(file ?? "in no file", .strong)]
        let places = findings.map { $0.location.flatMap { $0.position.isKnown ? "\($0.position)" : nil } ?? "-" }
        let placeWidth = places.map(\.count).max() ?? 0
        let severityWidth = "warning".count
        let indent = 2 + placeWidth + 2 + severityWidth + 2
        let room = max(width - indent, 30)
        for (finding, place) in zip(findings, places) {
            let ink: Ink =
                switch finding.severity {
                case .error: .bad
                case .warning: .warning
                case .note: .accent
                }
            let message = TextWidth.wrapped("\(finding.message) [\(finding.rule)]", to: room)
            for (index, text) in message.enumerated() {
                var line = InkedLine()
                if index == 0 {
                    line.append("  \(TextWidth.padded(place, to: placeWidth))  ", .quiet)
                    line.append(TextWidth.padded(finding.severity.rawValue, to: severityWidth), ink)
                    line.append("  ")
                } else {
                    line.append(String(repeating: " ", count: indent))
                }
                line.append(text)
                lines.append(line)
            }
            if let cure = finding.cure {
                for (index, text) in TextWidth.wrapped(cure, to: room - 2).enumerated() {
                    var line = InkedLine(String(repeating: " ", count: indent))
                    line.append(index == 0 ? "→ " : "  ", .accent)
                    line.append(text, .quiet)
                    lines.append(line)
                }
            }
        }
        return lines + [InkedLine()]
    }

    /// `3 errors and 2 warnings in 4 files; 12 environments, 341 objects`.
    static func summary(_ result: ValidationResult) -> InkedLine {
        let looked = "\(count(result.environments, "environment")), \(count(result.objects, "object"))"
        let ignored = result.ignored == 0 ? "" : "; \(count(result.ignored, "finding")) switched off"
        if result.findings.isEmpty {
            var line = InkedLine("✓ ", .good)
            line.append("\(looked): nothing to find fault with\(ignored)")
            return line
        }
        let parts = [(Diagnostic.Severity.error, "error"), (.warning, "warning"), (.note, "note")].compactMap {
            severity, noun in
            result.count(severity) == 0 ? nil : count(result.count(severity), noun)
        }
        let what =
            parts.count > 1
            ? parts.dropLast().joined(separator: ", ") + " and " + (parts.last ?? "") : parts.first ?? ""
        let files = Set(result.findings.compactMap(\.location?.file)).count
        var line = InkedLine(result.count(.error) > 0 ? "✗ " : "! ", result.count(.error) > 0 ? .bad : .warning)
        line.append("\(what) in \(count(files, "file")); \(looked)\(ignored)")
        return line
    }

    private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
