// One type for everything that is wrong or doubtful, from the parser to the terminal.

/// A place in a file of a revision, or in a file of the working tree.
package struct SourceLocation: Sendable, Hashable {
    /// The path, relative to the root of its tree.
    package var file: String
    package var position: SourcePosition
    /// The commit that the file was read from, in full; nil for a working tree.
    package var commit: String?

    package init(file: String, position: SourcePosition = .unknown, commit: String? = nil) {
        self.file = file
        self.position = position
        self.commit = commit
    }
}

extension SourceLocation: CustomStringConvertible {
    /// `file:line:column`, with ` @ abc1234` behind it when the commit is known.
    package var description: String {
        var text = file
        if position.isKnown { text += ":\(position)" }
        if let commit { text += " @ \(commit.prefix(7))" }
        return text
    }
}

/// A finding: what, where, and what to do about it, in the user's words.
package struct Diagnostic: Sendable, Hashable {
    package enum Severity: String, Sendable, Comparable {
        case note, warning, error

        package static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .note: 0
            case .warning: 1
            case .error: 2
            }
        }
    }

    package var severity: Severity
    /// What is wrong, in one sentence without a final stop.
    package var message: String
    package var location: SourceLocation?
    /// What to do about it, as an instruction; nil where none is known.
    package var cure: String?
    /// The name of the check that found it, such as `repeated-key`, by which documentation explains it; nil for what
    /// has none.
    package var rule: String?

    package init(
        _ severity: Severity, _ message: String, at location: SourceLocation? = nil, cure: String? = nil,
        rule: String? = nil
    ) {
        self.severity = severity
        self.message = message
        self.location = location
        self.cure = cure
        self.rule = rule
    }

    package static func error(
        _ message: String, at location: SourceLocation? = nil, cure: String? = nil, rule: String? = nil
    ) -> Diagnostic {
        Diagnostic(.error, message, at: location, cure: cure, rule: rule)
    }

    package static func warning(
        _ message: String, at location: SourceLocation? = nil, cure: String? = nil, rule: String? = nil
    ) -> Diagnostic {
        Diagnostic(.warning, message, at: location, cure: cure, rule: rule)
    }
}

extension Diagnostic: CustomStringConvertible {
    /// `file:line:column: error: message [rule]`, and the cure on a line of its own.
    package var description: String {
        var text = location.map { "\($0): " } ?? ""
        text += "\(severity.rawValue): \(message)"
        if let rule { text += " [\(rule)]" }
        if let cure { text += "\n  → \(cure)" }
        return text
    }
}

/// One or more diagnostics, at least one of them an error: what a stage throws when it cannot go on.
package struct DiagnosticsError: Error, Sendable {
    package var diagnostics: [Diagnostic]

    package init(_ diagnostics: [Diagnostic]) {
        self.diagnostics = diagnostics
    }

    package init(_ message: String, at location: SourceLocation? = nil, cure: String? = nil) {
        diagnostics = [.error(message, at: location, cure: cure)]
    }
}

extension DiagnosticsError: CustomStringConvertible {
    package var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}
