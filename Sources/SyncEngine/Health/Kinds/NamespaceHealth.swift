// A Namespace is healthy unless it is on its way out; then the conditions of its deletion say what keeps it.

import Manifest

extension Health {
    @Sendable static func ofNamespace(_ live: Value) -> Health {
        guard live[path: "status", "phase"]?.string == "Terminating" else { return .healthy }
        for type in ["NamespaceContentRemaining", "NamespaceFinalizersRemaining", "NamespaceDeletionContentFailure"] {
            if let condition = live.condition(type), condition.status == "True" {
                return .progressing("being deleted: \(condition.message)")
            }
        }
        return .progressing("being deleted")
    }
}
