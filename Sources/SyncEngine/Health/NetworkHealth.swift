// Services and Ingresses are healthy as they stand. An address comes from a load balancer that the cluster may not
// have: it is told, and not waited for.

import Manifest

extension Health {
    @Sendable static func ofService(_ live: Value) -> Health {
        guard live[path: "spec", "type"]?.string == "LoadBalancer" else { return .healthy }
        return address(live) ? .healthy : Health(.healthy, "no load balancer address yet")
    }

    @Sendable static func ofIngress(_ live: Value) -> Health {
        address(live) ? .healthy : Health(.healthy, "no address yet")
    }

    private static func address(_ live: Value) -> Bool {
        live[path: "status", "loadBalancer", "ingress"]?.isEmpty == false
    }
}
