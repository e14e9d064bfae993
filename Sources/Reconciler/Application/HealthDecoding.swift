// `spec.health`: what an Application says of the health of its own kinds.

import Manifest
import SyncEngine

extension FieldReader {
    /// The rules in a list of mappings. Every mistake is reported where it stands, one in an expression at its place in
    /// it.
    mutating func healthRules(_ field: String, _ findings: inout FieldFindings) -> HealthRules {
        var rules = HealthRules()
        for var entry in mappings(
            field, example: "{group: example.com, kind: Widget, healthy: \"status.phase == 'Ready'\"}", &findings)
        {
            let group = entry.string("group", &findings) ?? ""
            let kind = entry.requiredString("kind", example: "Widget", &findings)
            var rule = CustomHealth()
            rule.degraded = entry.expression("degraded", &findings)
            rule.suspended = entry.expression("suspended", &findings)
            rule.progressing = entry.expression("progressing", &findings)
            rule.healthy = entry.expression("healthy", &findings)
            rule.message = entry.expression("message", &findings)
            let key = GroupKind(group: group, kind: kind)
            if rules.custom.updateValue(rule, forKey: key) != nil {
                findings.report("\(key) has two rules", at: entry.position(of: "kind"), cure: "Join them into one")
            }
            entry.finish(&findings)
        }
        return rules
    }

    private mutating func expression(_ field: String, _ findings: inout FieldFindings) -> HealthExpression? {
        guard let value = value(field) else { return nil }
        guard let scalar = value.scalar, scalar.kind == .string || scalar.kind == .bool else {
            findings.report(
                "\(name(of: field)) must be an expression, not \(value.nameOfKind)", at: position(of: field))
            return nil
        }
        do throws(HealthExpressionError) {
            return try HealthExpression(parsing: scalar.text)
        } catch {
            let start = position(of: field)
            let quote = scalar.style == .plain ? 0 : 1
            let isOneLine = scalar.style != .literal && scalar.style != .folded && start.isKnown
            let place =
                isOneLine ? SourcePosition(line: start.line, column: start.column + quote + error.offset) : start
            findings.report(
                "\(name(of: field)): \(error.message)", at: place,
                cure: "The expressions are described in docs/health.md")
            return nil
        }
    }
}
