// The credentials of the next request: fixed, read again from a file, or fetched from a plugin and kept until they
// expire.

import FoundationEssentials
import HTTPClient
import Manifest

/// What a request carries to say who sends it.
struct Credential: Sendable {
    /// The value of `Authorization`.
    var authorization: Secret?
    /// A client certificate and key that a plugin gave, instead of the kubeconfig's.
    var clientCertificatePEM: [UInt8]?
    var clientKeyPEM: [UInt8]?
}

/// Supplies credentials, and new ones when a server no longer takes them.
actor CredentialSource {
    /// Reads a file; nil where it cannot be read.
    typealias FileReader = @Sendable (_ path: String) -> [UInt8]?

    /// How long a token file's contents are kept: as long as client-go keeps them.
    private static let fileLifetime: TimeInterval = 60
    /// How long before their end credentials count as expired, for clocks that differ.
    private static let leeway: TimeInterval = 10

    private let credentials: Credentials
    private let cluster: ClusterConnection
    private let readFile: FileReader
    private let runPlugin: ExecPlugin.Runner
    private let now: @Sendable () -> Date

    private var current: Credential?
    private var expiry: Date?
    private var refreshing: Task<Result<Credential, KubernetesError>, Never>?

    init(
        _ connection: ClusterConnection, readFile: @escaping FileReader = Kubeconfig.Surroundings.process.readFile,
        runPlugin: @escaping ExecPlugin.Runner = ExecPlugin.run, now: @escaping @Sendable () -> Date = { Date() }
    ) {
        credentials = connection.credentials
        cluster = connection
        self.readFile = readFile
        self.runPlugin = runPlugin
        self.now = now
    }

    /// Whether other credentials may be had after a 401.
    nonisolated var isRenewable: Bool {
        switch credentials {
        case .tokenFile, .plugin: true
        case .none, .token, .basic: false
        }
    }

    /// The credentials to use now.
    func credential() async throws(KubernetesError) -> Credential {
        if let current, expiry.map({ now() < $0 }) ?? true { return current }
        switch credentials {
        case .none: return keep(Credential(), until: nil)
        case .token(let token): return keep(bearer(token.value), until: nil)
        case .basic(let user, let password):
            let pair = Base64.encode(Array("\(user):\(password.value)".utf8))
            return keep(Credential(authorization: Secret("Basic \(pair)")), until: nil)
        case .tokenFile(let path, let fallback):
            let text = readFile(path).map { String(decoding: $0, as: UTF8.self) } ?? ""
            let token = String(text.filter { !$0.isWhitespace })
            guard let token = token.isEmpty ? fallback?.value : token else {
                throw KubernetesError(
                    code: 0, reason: KubernetesError.Reason.configuration, message: "no token in \(path)",
                    request: "authenticate")
            }
            return keep(bearer(token), until: now().addingTimeInterval(Self.fileLifetime))
        case .plugin(let plugin):
            return try await refresh(plugin)
        }
    }

    /// Forgets credentials that the server refused, unless others took their place meanwhile.
    func invalidate(_ refused: Credential) {
        if current?.authorization == refused.authorization,
            current?.clientCertificatePEM == refused.clientCertificatePEM
        {
            current = nil
        }
    }

    private func keep(_ credential: Credential, until end: Date?) -> Credential {
        current = credential
        expiry = end
        return credential
    }

    private func bearer(_ token: String) -> Credential { Credential(authorization: Secret("Bearer \(token)")) }

    /// Runs the plugin, once for all requests that wait.
    private func refresh(_ plugin: ExecPlugin) async throws(KubernetesError) -> Credential {
        if let refreshing { return try await refreshing.value.get() }
        let task = Task { await self.fetch(plugin) }
        refreshing = task
        let result = await task.value
        refreshing = nil
        return try result.get()
    }

    private func fetch(_ plugin: ExecPlugin) async -> Result<Credential, KubernetesError> {
        do throws(KubernetesError) {
            let credential = try ExecCredential(json: try await runPlugin(plugin, cluster), command: plugin.command)
            return .success(keep(credential.credential, until: credential.expiry?.addingTimeInterval(-Self.leeway)))
        } catch {
            return .failure(error)
        }
    }
}
