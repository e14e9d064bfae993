// Every other kind by the conditions of kstatus, as far as the object has them: `Stalled`, `Reconciling`, `Ready`. An
// object without conditions is healthy by being there.

import Manifest

extension Health {
    @Sendable static func ofAnyKind(_ live: Value) -> Health {
        if let stalled = live.condition("Stalled"), stalled.status == "True" {
            return .degraded(stalled.text, isFinal: true)
        }
        if let reconciling = live.condition("Reconciling"), reconciling.status == "True" {
            return .progressing(reconciling.text)
        }
        guard let ready = live.condition("Ready") else { return .healthy }
        return ready.status == "True" ? .healthy : .progressing(ready.text.isEmpty ? "not ready yet" : ready.text)
    }
}
