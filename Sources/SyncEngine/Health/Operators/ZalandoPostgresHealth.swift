// Zalando's postgres-operator says in one word how a cluster is. What failed it tries again after half an hour: no sync
// waits for that.

import Manifest

extension Health {
    @Sendable static func ofZalandoPostgresql(_ live: Value) -> Health {
        switch live.statusText("PostgresClusterStatus") {
        case "Running"?: .healthy
        case let status? where status.hasSuffix("Failed") || status == "Invalid":
            .degraded("the operator says \(status)", isFinal: true)
        case let status?: .progressing("the operator says \(status)")
        case nil: .progressing("the operator has not looked at it yet")
        }
    }
}
