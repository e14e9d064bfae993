// Namespaces, and what extends the API: healthy once the server says that they can be used.

import Manifest

extension Health {
    @Sendable static func ofNamespace(_ live: Value) -> Health {
        live[path: "status", "phase"]?.string == "Terminating" ? .progressing("being deleted") : .healthy
    }

    @Sendable static func ofCustomResourceDefinition(_ live: Value) -> Health {
        if let names = live.condition("NamesAccepted"), names.status == "False" {
            return .degraded("its names are not accepted: \(names.message)", isFinal: true)
        }
        return live.condition("Established")?.status == "True" ? .healthy : .progressing("not established yet")
    }

    @Sendable static func ofAPIService(_ live: Value) -> Health {
        guard let available = live.condition("Available") else { return .progressing("not checked yet") }
        return available.status == "True" ? .healthy : .progressing(available.text)
    }
}
