// The secrets of webhooks, from the Secrets of the cluster that are labelled as such: the controller's own, in its
// namespace, and those of Projects, beside them.

import KubernetesClient
import Manifest
import Reconciler
import SyncEngine
import Synchronization

/// Follows the labelled Secrets of one namespace, or those of all others.
final class WebhookSecrets: Sendable {
    /// The label of a Secret that deliveries are signed with: `token`, `repository` where it is for some only, and
    /// `project` where it is for those of a Project.
    static let label = "gitopsctl.dev/webhook"

    private struct Known {
        var token: [UInt8]
        var repository: String?
        /// nil for one that may sign for everything.
        var project: (namespace: String, name: String)?
    }

    private let secrets = Mutex<[ObjectIdentity: Known]>([:])
    private let namespace: String
    private let isElsewhere: Bool
    private let project: @Sendable (_ namespace: String, _ name: String) -> Project?

    /// - Parameters:
    ///   - namespace: the controller's, whose Secrets may sign for everything.
    ///   - isElsewhere: whether those of all others are followed. They are for the repositories that a Project beside
    ///     them allows, which whoever may write Secrets there cannot choose.
    ///   - project: as it is at the moment; nil where there is none that can be read.
    init(
        of namespace: String, isElsewhere: Bool = false,
        project: @escaping @Sendable (_ namespace: String, _ name: String) -> Project?
    ) {
        self.namespace = namespace
        self.isElsewhere = isElsewhere
        self.project = project
    }

    var all: [WebhookSecret] {
        secrets.withLock { Array($0.values) }.compactMap { known in
            guard let place = known.project else {
                return WebhookSecret(token: known.token, repository: known.repository)
            }
            guard let project = project(place.namespace, place.name) else { return nil }
            return WebhookSecret(token: known.token, repository: known.repository) { project.allows($0) }
        }
    }

    func take(_ change: ReflectedChange) {
        secrets.withLock { secrets in
            switch change {
            case .all(let values):
                secrets = [:]
                for value in values { secrets[KubernetesObject(value).identity] = known(value) }
            case .changed(let value): secrets[KubernetesObject(value).identity] = known(value)
            case .deleted(let value): secrets[KubernetesObject(value).identity] = nil
            }
        }
    }

    /// nil for a Secret without a token, and for one of a namespace that is not followed.
    private func known(_ secret: Value) -> Known? {
        func text(_ key: String) -> String? {
            secret[path: "data", key]?.string.flatMap(Base64.decode).map {
                String(decoding: Self.line($0), as: UTF8.self)
            }
        }
        let home = KubernetesObject(secret).namespace ?? ""
        guard (home == namespace) != isElsewhere,
            let token = secret[path: "data", "token"]?.string.flatMap(Base64.decode).map(Self.line), !token.isEmpty
        else { return nil }
        let project = text("project") ?? (isElsewhere ? Project.defaultName : nil)
        return Known(token: token, repository: text("repository"), project: project.map { (home, $0) })
    }

    /// Files that were put into a Secret end in a newline.
    private static func line(_ bytes: [UInt8]) -> [UInt8] {
        bytes.last == UInt8(ascii: "\n") ? Array(bytes.dropLast()) : bytes
    }
}

extension Project {
    /// Whether it allows a repository, by whichever of its addresses.
    func allows(_ address: RepositoryAddress) -> Bool {
        sources.contains { pattern in
            NamePattern(RepositoryAddress.common(pattern.description), separator: "/").matches(address.text)
        }
    }
}
