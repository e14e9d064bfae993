// What a rule says of an object: where it was written, what is wrong, and what to do.

package import Manifest

/// A finding of one rule at one place.
package struct Finding: Sendable, Hashable {
    /// The id of the rule, such as `latest-tag`.
    package var rule: String
    package var severity: Diagnostic.Severity
    /// What is wrong, in one sentence without a final stop.
    package var message: String
    /// Where it was written; nil for what no file spells.
    package var location: SourceLocation?
    /// The object, nil for what concerns a file or a build.
    package var object: ObjectReference?
    /// The field as `spec.containers[web].image`, empty for the object as a whole.
    package var field = ""
    package var cure: String?
    /// The environments that it was found in, as their paths; empty where it belongs to none.
    package var environments: [String] = []

    package init(
        rule: String, severity: Diagnostic.Severity, message: String, location: SourceLocation?,
        object: ObjectReference? = nil,
        field: String = "", cure: String? = nil, environments: [String] = []
    ) {
        self.rule = rule
        self.severity = severity
        self.message = message
        self.location = location
        self.object = object
        self.field = field
        self.cure = cure
        self.environments = environments
    }

    /// What a build or a reader found, under the name that it gives it.
    package init(_ diagnostic: Diagnostic, rule: Rule = .build, environments: [String] = []) {
        self.init(
            rule: diagnostic.rule ?? rule.id, severity: diagnostic.severity, message: diagnostic.message,
            location: diagnostic.location, cure: diagnostic.cure, environments: environments)
    }

    package var diagnostic: Diagnostic {
        Diagnostic(severity, message, at: location, cure: cure, rule: rule)
    }
}

extension Finding {
    /// Findings once each, by file and line. What several environments share is told once, in the words of the first.
    package static func gathered(_ findings: [Finding]) -> [Finding] {
        struct Key: Hashable {
            var rule: String
            var location: SourceLocation?
            var field: String
            /// What tells findings of one place and environment apart: the message of those that belong to none, a
            /// count of the others.
            var message = ""
            var object: ObjectIdentity?
            var number = 0
        }
        struct Counted: Hashable {
            var environment: String
            var key: Key
        }
        var order: [Key] = []
        var found: [Key: Finding] = [:]
        var counts: [Counted: [String]] = [:]
        for finding in findings {
            var key = Key(rule: finding.rule, location: finding.location, field: finding.field)
            // A place in a file is one place whatever an overlay calls the object; without one the object is the place.
            if finding.location == nil { key.object = finding.object?.identity }
            if finding.environments.count == 1, finding.object != nil {
                let counted = Counted(environment: finding.environments[0], key: key)
                key.number = counts[counted]?.firstIndex(of: finding.message) ?? counts[counted]?.count ?? 0
                if key.number == counts[counted]?.count ?? 0 { counts[counted, default: []].append(finding.message) }
            } else {
                key.message = finding.message
            }
            if found[key] == nil { order.append(key) }
            var kept = found[key] ?? finding
            for environment in finding.environments where !kept.environments.contains(environment) {
                kept.environments.append(environment)
            }
            found[key] = kept
        }
        return order.enumerated().compactMap { index, key in found[key].map { (index, $0) } }
            .sorted { left, right in
                let (a, b) = (left.1.location, right.1.location)
                if a?.file != b?.file { return (a?.file ?? "~") < (b?.file ?? "~") }
                if a?.position.line != b?.position.line { return (a?.position.line ?? 0) < (b?.position.line ?? 0) }
                if a?.position.column != b?.position.column {
                    return (a?.position.column ?? 0) < (b?.position.column ?? 0)
                }
                return left.0 < right.0
            }.map(\.1)
    }
}
