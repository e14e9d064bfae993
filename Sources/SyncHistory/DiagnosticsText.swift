// Diagnostics as the JSON text that a row keeps.

import Manifest

enum DiagnosticsText {
    static func encode(_ diagnostics: [Diagnostic]) -> String {
        let items = diagnostics.map { diagnostic in
            var item = Object()
            item["severity"] = .string(diagnostic.severity.rawValue)
            item["message"] = .string(diagnostic.message)
            item["cure"] = diagnostic.cure.map(Value.string)
            item["rule"] = diagnostic.rule.map(Value.string)
            if let location = diagnostic.location {
                item["file"] = .string(location.file)
                item["commit"] = location.commit.map(Value.string)
                if location.position.isKnown {
                    item["line"] = .int(location.position.line)
                    item["column"] = .int(location.position.column)
                }
            }
            return Value.object(item)
        }
        return String(decoding: JSON.write(.array(items)), as: UTF8.self)
    }

    /// What a text has that tells a diagnostic of some rule. (Inside of a message the quotes would be escaped.)
    static func rule(_ rule: String) -> String { "\"rule\":\"\(rule)\"" }

    static func decode(_ text: String) -> [Diagnostic] {
        let items = (try? JSON.read(Array(text.utf8)))?.array ?? []
        return items.compactMap { item in
            guard let message = item["message"]?.string else { return nil }
            let severity = item["severity"]?.string.flatMap(Diagnostic.Severity.init(rawValue:)) ?? .error
            let location = item["file"]?.string.map { file in
                SourceLocation(
                    file: file,
                    position: item["line"]?.int.map { SourcePosition(line: $0, column: item["column"]?.int ?? 1) }
                        ?? .unknown,
                    commit: item["commit"]?.string)
            }
            return Diagnostic(severity, message, at: location, cure: item["cure"]?.string, rule: item["rule"]?.string)
        }
    }
}
