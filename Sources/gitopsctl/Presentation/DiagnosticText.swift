// A finding as people read it: the place, the severity, what is wrong, and what to do about it.

import Manifest

enum DiagnosticText {
    /// `file:line:column @ commit: error: message [rule]`, and the cure below it. On a terminal both are broken at its
    /// width; elsewhere a finding's first line stays whole, so that editors and CI find the place in it.
    static func lines(_ diagnostic: Diagnostic, width: Int?) -> [InkedLine] {
        var head = InkedLine()
        if let location = diagnostic.location { head.append("\(location): ", .strong) }
        let ink: Ink =
            switch diagnostic.severity {
            case .error: .bad
            case .warning: .warning
            case .note: .accent
            }
        head.append("\(diagnostic.severity.rawValue):", ink)
        let message = diagnostic.message + (diagnostic.rule.map { " [\($0)]" } ?? "")
        let messages = message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var lines: [InkedLine]
        if let width, head.width + 1 + TextWidth.of(messages.first ?? "") > width, head.width > width / 3 {
            // The place alone fills much of the line: the message goes below it.
            lines = [head] + messages.flatMap { TextWidth.wrapped($0, to: width - 2) }.map { InkedLine("  \($0)") }
        } else {
            let rest =
                width.map { TextWidth.wrapped(messages.first ?? "", to: $0 - head.width - 1) } ?? [messages.first ?? ""]
            head.append(" " + (rest.first ?? ""))
            lines = [head] + rest.dropFirst().map { InkedLine("  \($0)") }
            lines += messages.dropFirst().flatMap { message in
                width.map { TextWidth.wrapped(message, to: $0 - 2) } ?? [message]
            }
            .map { InkedLine("  \($0)") }
        }
        if let cure = diagnostic.cure.map(sentence) {
            let rest = width.map { TextWidth.wrapped(cure, to: $0 - 4) } ?? [cure]
            for (index, text) in rest.enumerated() {
                var line = InkedLine(index == 0 ? "  → " : "    ", .accent)
                line.append(text)
                lines.append(line)
            }
        }
        return lines
    }

    /// A cure as the sentence that it is. One that begins with a name or a command keeps its spelling.
    private static func sentence(_ cure: String) -> String {
        let word = cure.prefix { $0 != " " }
        guard word.allSatisfy({ $0.isLetter && $0.isLowercase }) else { return cure }
        return cure.prefix(1).uppercased() + cure.dropFirst()
    }

    /// Findings for a person: of those that say the same at many places, the first few places stand for all.
    static func gathered(_ diagnostics: [Diagnostic], width: Int) -> [InkedLine] {
        var order: [Diagnostic] = []
        var places: [Diagnostic: [SourceLocation]] = [:]
        for diagnostic in diagnostics {
            var words = diagnostic
            words.location = nil
            if places[words] == nil { order.append(words) }
            places[words, default: []] += [diagnostic.location].compactMap { $0 }
        }
        return order.flatMap { words -> [InkedLine] in
            let all = places[words] ?? []
            var first = words
            first.location = all.first
            var lines = lines(first, width: width)
            if all.count > 1 {
                let others = all.dropFirst().prefix(3).map { InkedLine("  also at \($0)", .quiet).clipped(to: width) }
                lines.insert(contentsOf: others, at: lines.count - (words.cure == nil ? 0 : cureHeight(words, width)))
                if all.count > 4 {
                    let more = InkedLine("  and \(all.count - 4) more places", .quiet)
                    lines.insert(more, at: lines.count - (words.cure == nil ? 0 : cureHeight(words, width)))
                }
            }
            return lines
        }
    }

    private static func cureHeight(_ diagnostic: Diagnostic, _ width: Int) -> Int {
        diagnostic.cure.map { TextWidth.wrapped($0, to: width - 4).count } ?? 0
    }
}
