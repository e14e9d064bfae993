import Manifest
import Testing

@testable import SyncEngine

@Suite struct HealthExpressionTests {
    static let object = manifest(
        """
        metadata: {name: cache, annotations: {example.com/mode: 'on'}}
        spec: {replicas: 3, share: 0.5, names: [a, b]}
        status:
          phase: Ready
          readyReplicas: 3
          nothing: null
          conditions:
          - {type: Ready, status: 'True', message: all is well}
        """)

    @Test(arguments: [
        ("status.phase == 'Ready'", "true"),
        ("status.phase == \"Ready\" && status.readyReplicas >= spec.replicas", "true"),
        ("status.phase != 'Ready' || spec.replicas < 2", "false"),
        ("!(status.phase in ['Failed', 'Error'])", "true"),
        ("'a' in spec.names", "true"), ("'name' in metadata", "true"), ("'c' in spec.names", "false"),
        ("spec.names[1]", "b"), ("spec.names[7] == null", "true"), ("spec.names[-1] == null", "true"),
        ("metadata.annotations['example.com/mode'] == 'on'", "true"),
        ("condition('Ready').status == 'True'", "true"), ("condition('Stalled').status == 'True'", "false"),
        ("has(status.phase) && !has(status.nothing) && !has(status.gone.deeper)", "true"),
        ("size(spec.names) == 2 && size(status.phase) == 5 && size(status.gone) == 0", "true"),
        ("status.phase.startsWith('Re') && status.phase.endsWith('dy') && status.phase.contains('ea')", "true"),
        ("spec.names.contains('a')", "true"), ("status.gone.startsWith('')", "false"),
        ("spec.share < 1 && spec.share == 0.50 && 3 == 3.0 && -1 < 0", "true"),
        ("status.phase + ': ' + condition('Ready').message", "Ready: all is well"),
        ("spec.replicas + 1", "4"), ("9223372036854775807 + 1", "null"),
        // What is not there is unequal to everything but null, and neither smaller nor greater.
        ("status.gone == null", "true"), ("status.gone == 0", "false"), ("status.gone < 1 || status.gone > 1", "false"),
        ("status.gone <= status.gone", "false"), ("'10' < 9", "false"), ("'a' < 'b'", "true"),
        ("true || 1", "true"), ("'it\\'s' == \"it's\"", "true"), ("true && !!true", "true"),
        ("1 + 1 == 2 && 2 > 1 || false", "true"),
    ]) func evaluates(text: String, expected: String) throws {
        let value = try HealthExpression(parsing: text).value(for: Self.object)
        #expect(value.scalar?.text == expected)
    }

    @Test(arguments: [
        ("", 0, "the expression ends where a value is expected"),
        ("status.phase = 'Ready'", 13, "= is no operator: equality is =="),
        ("status.phase == 'Ready", 16, "the text that begins here does not end"),
        ("status.phase ==", 15, "the expression ends where a value is expected"),
        ("(status.phase", 13, "the expression ends where ) is expected"),
        ("status..phase", 7, "there is . where the name of a field is expected"),
        ("status.phase 'Ready'", 13, "there is 'Ready' where an operator or the end is expected"),
        ("1 < 2 < 3", 6, "comparisons are not chained: join them by &&"),
        ("all(spec.names)", 0, "there is no function all; there are has, size, condition"),
        ("spec.names.map(x)", 11, "there is no method map; there are startsWith, endsWith, contains"),
        ("has()", 0, "has takes one argument, not 0"),
        ("status.phase ~ 'a'", 13, "~ means nothing in an expression"),
        ("1.2.3 == 1", 0, "1.2.3 is no number"),
    ]) func saysWhereAnExpressionIsWrong(text: String, offset: Int, message: String) {
        #expect(throws: HealthExpressionError(message: message, offset: offset)) { try HealthExpression(parsing: text) }
    }

    @Test func boundsWhatItReads() {
        #expect(throws: HealthExpressionError.self) {
            try HealthExpression(parsing: String(repeating: "(", count: 40) + "1" + String(repeating: ")", count: 40))
        }
        #expect(throws: HealthExpressionError.self) {
            try HealthExpression(parsing: String(repeating: "a", count: 3000))
        }
    }

    @Test(arguments: [
        ("{phase: Failed, reason: no disk}", "degraded no disk"),
        ("{phase: Paused}", "suspended status.phase == 'Paused'"),
        ("{phase: Ready}", "healthy"),
        ("{phase: Starting}", "progressing not yet: status.phase == 'Ready'"),
        ("{}", "progressing not yet: status.phase == 'Ready'"),
    ]) func judgesByTheRuleOfTheApplication(status: String, expected: String) throws {
        var rule = CustomHealth()
        rule.degraded = try HealthExpression(parsing: "status.phase == 'Failed'")
        rule.suspended = try HealthExpression(parsing: "status.phase == 'Paused'")
        rule.healthy = try HealthExpression(parsing: "status.phase == 'Ready'")
        rule.message = try HealthExpression(parsing: "status.reason")
        let rules = HealthRules(custom: [GroupKind(group: "example.com", kind: "Widget"): rule])
        let live = manifest("{apiVersion: example.com/v1, kind: Widget, status: \(status)}")
        #expect(rules.health(of: live).spelling == expected)
    }
}
