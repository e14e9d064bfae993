// Every other kind by the conditions of kstatus, as far as the object has them: `Stalled`, `Reconciling`, `Ready`. An
// object without conditions is healthy by being there.

import Manifest

extension Health {
    @Sendable static func ofAnyKind(_ live: Value) -> Health {
        if let stalled = live.condition("Stalled"), stalled.status == "True", !live.isOutdated(stalled) {
            return .degraded(stalled.text, isFinal: true)
        }
        if let reconciling = live.condition("Reconciling"), reconciling.status == "True" {
            return .progressing(reconciling.text)
        }
        guard let ready = live.condition("Ready") else { return .healthy }
        if live.isOutdated(ready) { return .progressing("the change is not observed yet") }
        return ready.status == "True" ? .healthy : .progressing(ready.text.isEmpty ? "not ready yet" : ready.text)
    }

    /// The health by the condition that a kind always gets from its controller: before the controller has looked, the
    /// object is on its way.
    static func byCondition(_ type: String, _ live: Value, unseen: String) -> Health {
        guard let condition = live.condition(type) else { return .progressing(unseen) }
        if live.isOutdated(condition) { return .progressing("the change is not observed yet") }
        if condition.status == "True" { return .healthy }
        return .progressing(condition.text.isEmpty ? "not \(type.lowercased()) yet" : condition.text)
    }
}
