// How a delivery proves that it comes from whom it says.

import Crypto
import Manifest

/// A secret that deliveries are signed with.
package struct WebhookSecret: Sendable {
    private let token: [UInt8]
    /// The repositories whose deliveries it signs, by the beginning of their addresses; nil for all.
    package let repository: String?
    private let allows: @Sendable (RepositoryAddress) -> Bool

    /// - Parameter allows: what else it depends on whether it speaks for a repository.
    package init(
        token: [UInt8], repository: String? = nil,
        allows: @escaping @Sendable (RepositoryAddress) -> Bool = { _ in true }
    ) {
        self.token = token
        self.repository = repository
        self.allows = allows
    }

    /// Whether it speaks for a repository.
    package func covers(_ address: RepositoryAddress) -> Bool {
        (repository.map(address.isBelow) ?? true) && allows(address)
    }

    /// Whether a request was made by one who knows this secret. Takes as long for a wrong proof as for a right one.
    package func signed(_ request: WebhookRequest, from provider: WebhookProvider) -> Bool {
        if token.isEmpty { return false }
        switch provider {
        case .github, .bitbucketCloud, .bitbucketServer:
            let header = provider == .github ? "x-hub-signature-256" : "x-hub-signature"
            return isDigest(request.headers[header], of: request.body, prefix: "sha256=")
        case .forgejo:
            return isDigest(
                request.headers["x-forgejo-signature"] ?? request.headers["x-gitea-signature"], of: request.body)
        case .gitea: return isDigest(request.headers["x-gitea-signature"], of: request.body)
        case .generic: return isDigest(request.headers["x-gitopsctl-signature"], of: request.body, prefix: "sha256=")
        case .gitlab: return isToken(request.headers["x-gitlab-token"].map { Array($0.utf8) })
        case .harbor:
            return isToken(request.headers["authorization"].map { Array($0.utf8) }) || isToken(bearer(request))
        case .azureDevOps: return isToken(password(request))
        }
    }

    /// Of SHA-256, in bytes.
    private static let digestSize = 32

    private func isDigest(_ header: String?, of body: [UInt8], prefix: String = "") -> Bool {
        // What is no digest at all costs none.
        guard let header, header.hasPrefix(prefix), header.utf8.count == prefix.utf8.count + 2 * Self.digestSize,
            let digest = hmacSHA256(body, key: token)
        else { return false }
        let given = header.dropFirst(prefix.count).lowercased()
        return equalsInConstantTime(Array(given.utf8), Array(SHA256.hexadecimal(digest).utf8))
    }

    private func isToken(_ given: [UInt8]?) -> Bool {
        // Of digests, so that not even the length of the secret can be measured.
        guard let given, let one = hmacSHA256(given, key: [0]), let other = hmacSHA256(token, key: [0]) else {
            return false
        }
        return equalsInConstantTime(one, other)
    }

    private func bearer(_ request: WebhookRequest) -> [UInt8]? {
        guard let header = request.headers["authorization"], header.lowercased().hasPrefix("bearer ") else {
            return nil
        }
        return Array(header.dropFirst("bearer ".count).utf8)
    }

    /// The password of HTTP's basic authentication.
    private func password(_ request: WebhookRequest) -> [UInt8]? {
        guard let header = request.headers["authorization"], header.lowercased().hasPrefix("basic "),
            let pair = Base64.decode(String(header.dropFirst("basic ".count))),
            let colon = pair.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        return Array(pair[(colon + 1)...])
    }
}

extension WebhookSecret: CustomStringConvertible, CustomReflectable {
    package var description: String { "a webhook secret" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
