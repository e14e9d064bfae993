// A CustomResourceDefinition is healthy once the server serves its kind.

import Manifest

extension Health {
    @Sendable static func ofCustomResourceDefinition(_ live: Value) -> Health {
        if let names = live.condition("NamesAccepted"), names.status == "False" {
            return .degraded("its names are not accepted: \(names.message)", isFinal: true)
        }
        return live.condition("Established")?.status == "True" ? .healthy : .progressing("not established yet")
    }
}
