// Findings as JUnit's XML, which every CI system reads: a suite for each file, a failed case for each finding.

package import Manifest

package enum JUnitReport {
    /// - Parameter threshold: findings below it are cases that pass, and say so in their output.
    package static func text(_ result: ValidationResult, threshold: Diagnostic.Severity) -> String {
        var order: [String] = []
        var suites: [String: [Finding]] = [:]
        for finding in result.findings {
            let file = finding.location?.file ?? "(no file)"
            if suites[file] == nil { order.append(file) }
            suites[file, default: []].append(finding)
        }
        let failures = result.findings.count { $0.severity >= threshold }
        let tests = max(result.findings.count, 1)
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        text += "<testsuites name=\"gitopsctl validate\" tests=\"\(tests)\" failures=\"\(failures)\">\n"
        // Some readers take a report without a case for a run that did not happen.
        if result.findings.isEmpty {
            let name = "\(result.environments) environments, \(result.objects) objects"
            text += "  <testsuite name=\"gitopsctl validate\" tests=\"1\" failures=\"0\">\n"
            text += "    <testcase classname=\"gitopsctl validate\" name=\(quoted(name))/>\n  </testsuite>\n"
        }
        for file in order {
            let findings = suites[file] ?? []
            let failed = findings.count { $0.severity >= threshold }
            text += "  <testsuite name=\(quoted(file)) tests=\"\(findings.count)\" failures=\"\(failed)\">\n"
            for finding in findings { text += testcase(finding, file, isFailure: finding.severity >= threshold) }
            text += "  </testsuite>\n"
        }
        return text + "</testsuites>\n"
    }

    private static func testcase(_ finding: Finding, _ file: String, isFailure: Bool) -> String {
        let line = finding.location.flatMap { $0.position.isKnown ? $0.position.line : nil }
        let subject = finding.object?.description ?? file
        let name = "\(finding.rule): \(subject)\(finding.field.isEmpty ? "" : " \(finding.field)")"
        var text = "    <testcase classname=\(quoted(file)) name=\(quoted(name)) file=\(quoted(file))"
        if let line { text += " line=\"\(line)\"" }
        let body =
            "\(finding.location.map { "\($0): " } ?? "")\(finding.severity.rawValue): \(finding.message)"
            + (finding.cure.map { "\n→ \($0)" } ?? "")
        let element = isFailure ? "failure" : "system-out"
        let attributes =
            isFailure ? " type=\(quoted(finding.severity.rawValue)) message=\(quoted(finding.message))" : ""
        return text + ">\n      <\(element)\(attributes)>\(escaped(body))</\(element)>\n    </testcase>\n"
    }

    private static func quoted(_ text: String) -> String { "\"\(escaped(text))\"" }

    /// XML 1.0 has no way to write most control characters.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\n", "\t": escaped.unicodeScalars.append(scalar)
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
