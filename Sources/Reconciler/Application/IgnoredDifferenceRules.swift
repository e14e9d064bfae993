// The fields that an Application leaves to others: `spec.ignoreDifferences`, with the names that Argo CD gave its
// parts.

import Manifest
import SyncEngine

extension FieldReader {
    /// The rules in a list of mappings. Every mistake is reported where it stands.
    mutating func ignoredDifferences(_ field: String, _ findings: inout FieldFindings) -> IgnoredDifferences {
        IgnoredDifferences(
            mappings(field, example: "kind: Deployment", &findings).map { fields in
                var fields = fields
                return fields.rule(&findings)
            })
    }

    private mutating func rule(_ findings: inout FieldFindings) -> IgnoredDifferences.Rule {
        let kind = requiredString("kind", example: "Deployment", &findings)
        var rule = IgnoredDifferences.Rule(
            group: string("group", &findings).flatMap { $0 == "*" ? nil : $0 }, kind: kind == "*" ? nil : kind,
            namespace: string("namespace", &findings), name: string("name", &findings),
            managers: strings("managedFieldsManagers", &findings).map(\.text))
        for pointer in strings("jsonPointers", &findings) {
            add(pointer, to: &rule, &findings) { text throws(FieldSelector.SyntaxError) in
                try FieldSelector(pointer: text)
            }
        }
        for expression in strings("jqPathExpressions", &findings) {
            add(expression, to: &rule, &findings) { text throws(FieldSelector.SyntaxError) in
                try FieldSelector(expression: text)
            }
        }
        // A rule that names no fields means them all.
        if rule.fields.isEmpty, rule.managers.isEmpty { rule.fields = [.everything] }
        finish(&findings)
        return rule
    }

    private func add(
        _ item: (text: String, position: SourcePosition), to rule: inout IgnoredDifferences.Rule,
        _ findings: inout FieldFindings, _ parse: (String) throws(FieldSelector.SyntaxError) -> FieldSelector
    ) {
        do throws(FieldSelector.SyntaxError) {
            rule.fields.append(try parse(item.text))
        } catch {
            findings.report(
                "\(item.text) names no field: \(error.message)", at: item.position,
                cure: "Write a JSON pointer like /spec/replicas, or a path like "
                    + ".spec.ports[] | select(.name == \"http\") | .nodePort")
        }
    }
}
