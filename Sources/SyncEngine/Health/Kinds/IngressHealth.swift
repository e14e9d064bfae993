// An Ingress is healthy as it stands: its address is told, and not waited for.

import Manifest

extension Health {
    @Sendable static func ofIngress(_ live: Value) -> Health {
        hasAddress(live) ? .healthy : Health(.healthy, "no address yet")
    }
}
