// A SealedSecret is healthy once its Secret is there. What cannot be opened stays so until somebody seals it anew.

import Manifest

extension Health {
    @Sendable static func ofSealedSecret(_ live: Value) -> Health {
        guard let synced = live.condition("Synced") else { return .progressing("not unsealed yet") }
        if synced.status == "True" { return .healthy }
        return synced.status == "False"
            ? .degraded("it cannot be unsealed: \(synced.text)", isFinal: true) : .progressing(synced.text)
    }
}
