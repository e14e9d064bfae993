// A HorizontalPodAutoscaler is healthy while it can scale. Metrics come after the pods: it is told when they are
// missing, and not waited for.

import Manifest

extension Health {
    @Sendable static func ofHorizontalPodAutoscaler(_ live: Value) -> Health {
        for type in ["AbleToScale", "ScalingActive"] {
            guard let condition = live.condition(type), condition.status == "False",
                condition.reason != "ScalingDisabled"
            else { continue }
            return Health(.degraded, condition.text, isAwaited: false)
        }
        return .healthy
    }
}
