// The secrets of webhooks, from the Secrets of the cluster that are labelled as such.

import KubernetesClient
import Manifest
import SyncEngine
import Synchronization

/// Follows the labelled Secrets of one namespace.
final class WebhookSecrets: Sendable {
    /// The label of a Secret that deliveries are signed with: `token`, and `repository` where it is for one only.
    static let label = "gitopsctl.dev/webhook"

    private let secrets = Mutex<[ObjectIdentity: WebhookSecret]>([:])

    var all: [WebhookSecret] { secrets.withLock { Array($0.values) } }

    func take(_ change: ReflectedChange) {
        secrets.withLock { secrets in
            switch change {
            case .all(let values):
                secrets = [:]
                for value in values { secrets[KubernetesObject(value).identity] = WebhookSecret(value) }
            case .changed(let value): secrets[KubernetesObject(value).identity] = WebhookSecret(value)
            case .deleted(let value): secrets[KubernetesObject(value).identity] = nil
            }
        }
    }
}

extension WebhookSecret {
    /// nil for a Secret without a token.
    fileprivate init?(_ secret: Value) {
        func text(_ key: String) -> [UInt8]? { secret[path: "data", key]?.string.flatMap(Base64.decode) }
        guard let token = text("token"), !token.isEmpty else { return nil }
        // Files that were put into a Secret end in a newline.
        let trimmed = token.last == UInt8(ascii: "\n") ? Array(token.dropLast()) : token
        self.init(token: trimmed, repository: text("repository").map { String(decoding: $0, as: UTF8.self) })
    }
}
