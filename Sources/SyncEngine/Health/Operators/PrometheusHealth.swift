// The Prometheus operator: servers are healthy when they are reconciled and available; what configures them is healthy
// unless a server refuses it.

import Manifest

extension Health {
    /// A Prometheus, PrometheusAgent, Alertmanager or ThanosRuler.
    @Sendable static func ofPrometheus(_ live: Value) -> Health {
        if live[path: "spec", "paused"]?.bool ?? false { return .suspended("the operator is told to leave it alone") }
        if let reconciled = live.condition("Reconciled"), reconciled.status == "False", !live.isOutdated(reconciled) {
            return .degraded("the operator cannot reconcile it: \(reconciled.text)")
        }
        if let available = live.condition("Available"), available.status == "Degraded" {
            return .progressing(available.text.isEmpty ? "not all replicas are available" : available.text)
        }
        return byCondition("Available", live, unseen: "the operator has not looked at it yet")
    }

    /// A ServiceMonitor, PodMonitor, Probe, ScrapeConfig, PrometheusRule or AlertmanagerConfig.
    @Sendable static func ofMonitoringConfiguration(_ live: Value) -> Health {
        for binding in live[path: "status", "bindings"]?.array ?? [] {
            let accepted = binding["conditions"]?.array?.first { $0["type"]?.string == "Accepted" }
            guard let accepted, accepted["status"]?.string == "False" else { continue }
            if let observed = accepted["observedGeneration"]?.int, let now = live[path: "metadata", "generation"]?.int,
                observed < now
            {
                continue
            }
            let server = binding["name"]?.string ?? ""
            let reason = [accepted["reason"]?.string, accepted["message"]?.string].compactMap { $0 }
            return .degraded("\(server) does not take it: \(reason.joined(separator: ": "))", isFinal: true)
        }
        return .healthy
    }
}
