// A PodDisruptionBudget is healthy as it stands: that it allows no disruption now is what it is there for. Only one
// whose pods the server cannot count says so.

import Manifest

extension Health {
    @Sendable static func ofPodDisruptionBudget(_ live: Value) -> Health {
        guard let allowed = live.condition("DisruptionAllowed"), allowed.reason == "SyncFailed" else { return .healthy }
        return Health(.degraded, allowed.text, isAwaited: false)
    }
}
