// One thing that can be said of manifests, by a name that people can look up and switch off.

package import Manifest

/// A rule: its name, how bad it is when it speaks, what it is about, and how it looks.
package struct Rule: Sendable {
    /// What it is called in output, annotations and docs/rules.md. Names of kube-linter are kept where it has the same
    /// rule.
    package let id: String
    package let severity: Diagnostic.Severity
    /// What it finds, in one line.
    package let summary: String
    /// What to do about it.
    package let cure: String
    /// Looks through an environment; nil for a rule whose findings another's look, or a build, brings along.
    let check: (@Sendable (Inventory, inout Report) -> Void)?

    init(
        _ id: String, _ severity: Diagnostic.Severity, _ summary: String, cure: String,
        check: (@Sendable (Inventory, inout Report) -> Void)? = nil
    ) {
        self.id = id
        self.severity = severity
        self.summary = summary
        self.cure = cure
        self.check = check
    }
}

/// The findings about one environment, as they come in.
struct Report {
    private(set) var findings: [Finding] = []
    private let environment: Environment

    init(_ environment: Environment) {
        self.environment = environment
    }

    /// - Parameters:
    ///   - field: what is wrong; the finding stands where it was written.
    ///   - cure: the rule's own where nil.
    mutating func add(
        _ rule: Rule, _ message: String, at field: Field, of subject: Subject, cure: String? = nil,
        severity: Diagnostic.Severity? = nil
    ) {
        findings.append(
            Finding(
                rule: rule.id, severity: severity ?? rule.severity, message: message,
                location: environment.locate(field.place) ?? subject.object.origin, object: subject.reference,
                field: field.path, cure: cure ?? rule.cure, environments: [environment.name]))
    }

    /// A finding about the object as a whole, which stands where its kind is named.
    mutating func add(_ rule: Rule, _ message: String, of subject: Subject, cure: String? = nil) {
        findings.append(
            Finding(
                rule: rule.id, severity: rule.severity, message: message, location: subject.object.origin,
                object: subject.reference, cure: cure ?? rule.cure, environments: [environment.name]))
    }
}
