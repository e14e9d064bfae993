// Who is told what happens to an application, over HTTP: `spec.notifications` of an Application, or of a Project for
// all of its.

package import Manifest

/// What happens to applications, in the words by which Events and notifications are chosen.
package enum EventReason: String, Sendable, Hashable, CaseIterable {
    /// Something was written, and all of it succeeded.
    case synced = "Synced"
    case syncFailed = "SyncFailed"
    /// A plan would delete more than it may without somebody's yes.
    case pruneRefused = "PruneRefused"
    case rolledBack = "RolledBack"
    /// The Application itself cannot be worked with.
    case stalled = "Stalled"
    /// Somebody changed an object in the cluster.
    case drifted = "Drifted"
    /// Somebody sets a field against Git again and again; it is left alone.
    case driftFought = "DriftFought"
    case degraded = "Degraded"
    case recovered = "Recovered"
    case deleted = "Deleted"
    case deletionRefused = "DeletionRefused"

    package var isWarning: Bool {
        switch self {
        case .synced, .recovered, .deleted: false
        default: true
        }
    }
}

/// One receiver, and what it is told.
package struct NotificationRule: Sendable, Hashable {
    package enum Receiver: String, Sendable, Hashable, CaseIterable {
        case slack, webhook, cloudevents, alertmanager, github, gitlab, gitea

        /// Whether it shows the state of commits.
        package var isCommitStatus: Bool { [.github, .gitlab, .gitea].contains(self) }
    }

    package var receiver: Receiver
    /// The Secret with its address and credentials, in the namespace of the Application.
    package var secretName: String
    /// What it is told; nil for everything.
    package var reasons: Set<EventReason>?
    /// nil for the receiver's own form.
    package var template: NotificationTemplate?
}

/// A text with names of fields in double braces: `{{application}}: {{message}}`. Nothing in it can be computed, read or
/// repeated.
package struct NotificationTemplate: Sendable, Hashable {
    package enum Field: String, Sendable, Hashable, CaseIterable {
        case application, namespace, project, reason, severity, message, commit, revision, repository, path, file, cure,
            sync, time
    }

    private enum Part: Sendable, Hashable {
        case text(String)
        case field(Field)
    }

    /// The longest that one may be, in bytes.
    static let limit = 4096

    private let parts: [Part]

    /// - Throws: what is wrong with it.
    package init(_ text: String) throws(DiagnosticsError) {
        if text.utf8.count > Self.limit { throw DiagnosticsError("a template has at most \(Self.limit) bytes") }
        var parts: [Part] = []
        var rest = text[...]
        while let begin = rest.firstRange(of: "{{") {
            parts.append(.text(String(rest[..<begin.lowerBound])))
            guard let end = rest[begin.upperBound...].firstRange(of: "}}") else {
                throw DiagnosticsError("a template has {{ without }}", cure: "Close it, or take it out")
            }
            let name = rest[begin.upperBound..<end.lowerBound].filter { $0 != " " }
            guard let field = Field(rawValue: String(name)) else {
                throw DiagnosticsError(
                    "a template names {{\(name)}}, which there is not",
                    cure: "There are \(Field.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            parts.append(.field(field))
            rest = rest[end.upperBound...]
        }
        parts.append(.text(String(rest)))
        self.parts = parts
    }

    /// The text with its fields.
    ///
    /// - Parameter spelling: what is put in the place of a field, escaped as the receiver needs it.
    package func filled(_ spelling: (Field) -> String) -> String {
        parts.reduce(into: "") { text, part in
            switch part {
            case .text(let piece): text += piece
            case .field(let field): text += spelling(field)
            }
        }
    }
}

extension FieldReader {
    /// The rules in a list of mappings. Every mistake is reported where it stands.
    mutating func notifications(_ field: String, _ findings: inout FieldFindings) -> [NotificationRule] {
        mappings(field, example: "{type: slack, secretName: chat}", &findings).compactMap { fields in
            var fields = fields
            let receiver: NotificationRule.Receiver? = fields.choice("type", &findings)
            if receiver == nil, fields.value("type") == nil {
                let words = NotificationRule.Receiver.allCases.map(\.rawValue).joined(separator: ", ")
                findings.report(
                    "\(fields.name(of: "type")) is missing", at: fields.position, cure: "Name one of \(words)")
            }
            let secret = fields.requiredString("secretName", example: "chat", &findings)
            let reasons = fields.value("reasons") == nil ? nil : fields.reasons(&findings)
            var template: NotificationTemplate?
            if let text = fields.string("template", &findings) {
                do throws(DiagnosticsError) {
                    template = try NotificationTemplate(text)
                } catch {
                    for problem in error.diagnostics {
                        findings.report(
                            "\(fields.name(of: "template")): \(problem.message)", at: fields.position(of: "template"),
                            cure: problem.cure)
                    }
                }
                if receiver == .cloudevents {
                    findings.report(
                        "\(fields.name(of: "template")) has no place in a CloudEvent",
                        at: fields.position(of: "template"),
                        cure: "Take it out, or use type: webhook")
                }
            }
            fields.finish(&findings)
            return receiver.map {
                NotificationRule(receiver: $0, secretName: secret, reasons: reasons, template: template)
            }
        }
    }

    private mutating func reasons(_ findings: inout FieldFindings) -> Set<EventReason> {
        Set(
            strings("reasons", &findings).compactMap { text, position in
                if let reason = EventReason(rawValue: text) { return reason }
                let words = EventReason.allCases.map(\.rawValue)
                findings.report(
                    "\(text) is nothing that happens to an application", at: position,
                    cure: NearestName.find(text, among: words, slips: 1).map { "Did you mean \($0)?" }
                        ?? "There are \(words.joined(separator: ", "))")
                return nil
            })
    }
}
