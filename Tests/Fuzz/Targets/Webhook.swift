// What anybody may send to a webhook: headers and a body of any shape. Nothing is taken in that was not signed, and
// what was signed with a repository's secret is taken in for that repository alone.

import Crypto
import Manifest
import Webhook

/// Of this process alone: no input can know it.
private let token = (0..<32).map { _ in "0123456789abcdef".randomElement() ?? "0" }.map(String.init).joined()

private let secrets = [
    WebhookSecret(token: Array(token.utf8), repository: "https://git.example.com/shop"),
    WebhookSecret(token: Array((token + "x").utf8)),
]

/// Headers, a line each, an empty line, and the body.
@Sendable func fuzzWebhook(_ bytes: [UInt8]) {
    var headers: [String: String] = [:]
    var rest = bytes[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        let line = rest[..<end]
        rest = rest[(end + 1)...]
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { break }
        let value = line[(colon + 1)...].drop { $0 == UInt8(ascii: " ") }
        headers[String(decoding: line[..<colon], as: UTF8.self).lowercased()] = String(decoding: value, as: UTF8.self)
    }
    let body = Array(rest)
    refuses(WebhookRequest(headers: headers, body: body), "a delivery was taken in that nobody signed")
    for provider in WebhookProvider.allCases { sign(headers, body, as: provider) }
}

private func refuses(_ request: WebhookRequest, _ promise: StaticString) {
    let (answer, _, pushed) = WebhookReceiver { secrets }.receive(request)
    require(answer != .accepted && answer.status != 202 && pushed.isEmpty, promise)
}

/// The same as it would come from a provider: with its own headers and its signature.
private func sign(_ headers: [String: String], _ body: [UInt8], as provider: WebhookProvider) {
    var headers = headers
    for (name, value) in provider.marks where headers[name] == nil { headers[name] = value }
    let unsigned = headers
    let digest = SHA256.hexadecimal(hmacSHA256(body, key: Array(token.utf8)) ?? [])
    for (name, value) in provider.proof(token, digest) { headers[name] = value }
    let receiver = WebhookReceiver { secrets }
    let request = WebhookRequest(headers: headers, body: body)
    let (answer, found, pushed) = receiver.receive(request)
    require((answer == .accepted) == !pushed.isEmpty, "an answer says another thing than what follows from it")
    guard answer == .accepted else { return }
    require(pushed.allSatisfy { $0.text.hasPrefix("git.example.com/shop") }, "a secret speaks for another repository")
    let again = receiver.receive(request)
    require((again.answer == .accepted) == !again.pushed.isEmpty, "a repeated delivery is taken in for nothing")
    // Whoever it was taken for: without the proof it is nobody's.
    var stripped = unsigned
    for name in provider.proof(token, digest).keys { stripped[name] = nil }
    refuses(WebhookRequest(headers: stripped, body: body), "a delivery was taken in without its proof")
    guard let found, ![.gitlab, .harbor, .azureDevOps].contains(found) else { return }
    for change in [body + [UInt8(ascii: " ")], [UInt8(ascii: " ")] + body] {
        refuses(WebhookRequest(headers: headers, body: change), "a signature holds for another body")
    }
}

extension WebhookProvider {
    /// What it is recognised by, where the body does not say it.
    fileprivate var marks: [String: String] {
        switch self {
        case .forgejo: ["x-forgejo-event": "push"]
        case .gitea: ["x-gitea-event": "push"]
        case .github: ["x-github-event": "push"]
        case .gitlab: ["x-gitlab-event": "Push Hook"]
        case .bitbucketCloud: ["x-event-key": "repo:push", "x-hook-uuid": "u"]
        case .bitbucketServer: ["x-event-key": "repo:refs_changed"]
        case .azureDevOps, .harbor, .generic: [:]
        }
    }

    fileprivate func proof(_ token: String, _ digest: String) -> [String: String] {
        switch self {
        case .forgejo: ["x-forgejo-signature": digest]
        case .gitea: ["x-gitea-signature": digest]
        case .github: ["x-hub-signature-256": "sha256=" + digest]
        case .bitbucketCloud, .bitbucketServer: ["x-hub-signature": "sha256=" + digest]
        case .generic: ["x-gitopsctl-signature": "sha256=" + digest]
        case .gitlab: ["x-gitlab-token": token]
        case .harbor: ["authorization": token]
        case .azureDevOps: ["authorization": "Basic " + Base64.encode(Array("hook:\(token)".utf8))]
        }
    }
}
