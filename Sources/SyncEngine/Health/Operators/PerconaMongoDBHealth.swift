// Percona's operator for MongoDB says in one word how a cluster, a backup or a restore is, and why in a message.

import Manifest

extension Health {
    @Sendable static func ofPerconaServerMongoDB(_ live: Value) -> Health {
        let message = live.statusText("message")
        switch live.statusText("state") {
        case "ready"?: return .healthy
        case "paused"?: return .suspended("the cluster is paused")
        // The operator goes on trying: an error may be a Secret that is not there yet.
        case "error"?: return .degraded(message ?? "the operator reports an error")
        case let state?:
            let ready = live.count("status", "ready")
            let counted = ready.flatMap { ready in live.count("status", "size").map { ", \(ready) of \($0) pods ready" }
            }
            return .progressing("the cluster is \(state)\(counted ?? "")" + (message.map { ": \($0)" } ?? ""))
        case nil: return .progressing("the operator has not looked at it yet")
        }
    }

    /// A PerconaServerMongoDBBackup or PerconaServerMongoDBRestore.
    @Sendable static func ofPerconaServerMongoDBTask(_ live: Value) -> Health {
        switch live.statusText("state") {
        case "ready"?: .healthy
        case let state? where ["error", "rejected"].contains(state):
            .degraded(live.statusText("error") ?? "it ended as \(state)", isFinal: true)
        case let state?: .progressing("it is \(state)")
        case nil: .progressing("it has not begun")
        }
    }
}
