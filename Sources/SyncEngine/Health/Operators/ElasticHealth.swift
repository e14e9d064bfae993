// Elastic's operator (ECK): a phase that says what it does, and a colour that says how the service is.
//
// A yellow Elasticsearch at rest is healthy: with one node, the copies of its shards have nowhere to go for ever. What
// is not at rest is on its way whatever its colour.

import Manifest

extension Health {
    @Sendable static func ofElasticsearch(_ live: Value) -> Health {
        let colour = live.statusText("health")
        switch live.statusText("phase") {
        case "Ready"?:
            switch colour {
            case "green"?: return .healthy
            case "yellow"?: return Health(.healthy, "yellow: not all copies of shards are assigned")
            case "red"?: return .degraded("red: not all shards are assigned")
            default: return .progressing("its health is not known yet")
            }
        case "Invalid"?: return .degraded("the operator refuses its specification", isFinal: true)
        case "Stalled"?: return .degraded("a node cannot be shut down, and nothing moves on")
        case "MigratingData"?: return .progressing("data moves between nodes")
        case let phase?: return .progressing("the operator is at \(phase)")
        case nil: return .progressing("the operator has not looked at it yet")
        }
    }

    /// Kibana, and what else of the stack has a colour and counts nodes.
    @Sendable static func ofElasticApplication(_ live: Value) -> Health {
        if live.statusText("associationStatus") == "Failed"
            || live.statusText("elasticsearchAssociationStatus") == "Failed"
        {
            return .degraded("it cannot be connected to the Elasticsearch that it names")
        }
        switch live.statusText("health") {
        case "green"?: return .healthy
        case nil: return .progressing("the operator has not looked at it yet")
        default:
            let wanted =
                live.count("status", "expectedNodes") ?? live.count("status", "count") ?? live.count("spec", "count")
                ?? 1
            return .progressing("\(live.count("status", "availableNodes") ?? 0) of \(wanted) nodes are available")
        }
    }
}
