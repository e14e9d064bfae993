// What an Application says of the health of its own kinds: expressions for the states, tried in the order degraded,
// suspended, progressing, healthy.

package import Manifest

/// The rule of one kind.
package struct CustomHealth: Sendable, Hashable {
    package var degraded: HealthExpression?
    package var suspended: HealthExpression?
    package var progressing: HealthExpression?
    /// Without it, whatever is none of the others is healthy.
    package var healthy: HealthExpression?
    /// What is said of an object that is not healthy.
    package var message: HealthExpression?

    package init() {}

    package func health(of live: Value) -> Health {
        let said = message.map { $0.value(for: live) }.flatMap { $0.isNull ? nil : $0.scalar?.text } ?? ""
        if degraded?.holds(for: live) == true { return .degraded(said.isEmpty ? words(degraded) : said) }
        if suspended?.holds(for: live) == true { return .suspended(said.isEmpty ? words(suspended) : said) }
        if progressing?.holds(for: live) == true { return .progressing(said.isEmpty ? words(progressing) : said) }
        guard let healthy, !healthy.holds(for: live) else { return .healthy }
        return .progressing(said.isEmpty ? "not yet: \(healthy.text)" : said)
    }

    private func words(_ expression: HealthExpression?) -> String { expression?.text ?? "" }
}
