// External Secrets: what is `Ready` has its Secret. The status says by `syncedResourceVersion` which generation that
// Secret is of, since nothing else in it does.

import Manifest

extension Health {
    /// An ExternalSecret, a ClusterExternalSecret or a PushSecret.
    @Sendable static func ofExternalSecret(_ live: Value) -> Health {
        if let ready = live.condition("Ready"), ready.status == "False" {
            return .degraded(ready.text + failedNamespaces(live))
        }
        if let synced = live.statusText("syncedResourceVersion"), let generation = Int(synced.prefix { $0 != "-" }),
            let wanted = live[path: "metadata", "generation"]?.int, generation < wanted
        {
            return .progressing("the change is not synced yet")
        }
        return byCondition("Ready", live, unseen: "not synced yet")
    }

    private static func failedNamespaces(_ live: Value) -> String {
        let failed = live[path: "status", "failedNamespaces"]?.array?.compactMap { $0["namespace"]?.string } ?? []
        return failed.isEmpty ? "" : " (in \(failed.joined(separator: ", ")))"
    }

    /// A SecretStore or a ClusterSecretStore.
    @Sendable static func ofSecretStore(_ live: Value) -> Health {
        if let ready = live.condition("Ready"), ready.status == "False" { return .degraded(ready.text) }
        return byCondition("Ready", live, unseen: "not validated yet")
    }
}
