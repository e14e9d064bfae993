// A Service is healthy as it stands. An address comes from a load balancer that the cluster may not have: it is told,
// and not waited for.

import Manifest

extension Health {
    @Sendable static func ofService(_ live: Value) -> Health {
        guard live[path: "spec", "type"]?.string == "LoadBalancer" else { return .healthy }
        return hasAddress(live) ? .healthy : Health(.healthy, "no load balancer address yet")
    }

    /// Whether a load balancer has given a Service or an Ingress an address.
    static func hasAddress(_ live: Value) -> Bool {
        live[path: "status", "loadBalancer", "ingress"]?.isEmpty == false
    }
}
