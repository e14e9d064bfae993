// Findings for programs.

package import Manifest

package enum JSONReport {
    /// `{"findings": […], "summary": {…}}`; each finding with rule, severity, message, and what is known of file, line,
    /// column, object, field, cure and environments.
    package static func value(_ result: ValidationResult) -> Value {
        [
            "findings": .array(result.findings.map(value)),
            "summary": [
                "environments": .int(result.environments), "objects": .int(result.objects),
                "errors": .int(result.count(.error)),
                "warnings": .int(result.count(.warning)), "notes": .int(result.count(.note)),
                "ignored": .int(result.ignored),
            ],
        ]
    }

    private static func value(_ finding: Finding) -> Value {
        var object: Object = [
            "rule": .string(finding.rule), "severity": .string(finding.severity.rawValue),
            "message": .string(finding.message),
        ]
        if let location = finding.location {
            object["file"] = .string(location.file)
            if location.position.isKnown {
                object["line"] = .int(location.position.line)
                object["column"] = .int(location.position.column)
            }
        }
        if let reference = finding.object {
            var named: Object = ["apiVersion": .string(reference.gvk.apiVersion), "kind": .string(reference.kind)]
            if let namespace = reference.namespace { named["namespace"] = .string(namespace) }
            named["name"] = .string(reference.name)
            object["object"] = .object(named)
        }
        if !finding.field.isEmpty { object["field"] = .string(finding.field) }
        if let cure = finding.cure { object["cure"] = .string(cure) }
        if !finding.environments.isEmpty { object["environments"] = .array(finding.environments.map(Value.string)) }
        return .object(object)
    }
}
