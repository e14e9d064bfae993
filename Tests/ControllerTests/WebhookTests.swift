// Deliveries of webhooks, in the shapes of the providers' documentation: taken from those who know the secret, refused
// from everybody else.

import Crypto
import Manifest
import Testing

@testable import Controller

/// A delivery as a provider sends it.
private struct Sent: Sendable, CustomTestStringConvertible {
    var provider: WebhookProvider
    var headers: [String: String]
    var body: String
    /// Signs a body with a token, as the provider does.
    var sign: @Sendable ([UInt8], String) -> [String: String]
    var repository = "git.example.com/shop/fleet"
    /// The header by which one delivery is told from another; nil where the body is.
    var idHeader: String?
    /// What tells deliveries apart that have nothing else: a word of the body.
    var idWord: String?

    var testDescription: String { provider.rawValue }

    func request(token: String = "s3cret", body changed: String? = nil) -> WebhookRequest {
        let bytes = Array((changed ?? body).utf8)
        return WebhookRequest(headers: headers.merging(sign(Array(body.utf8), token)) { $1 }, body: bytes)
    }

    static func digest(_ header: String, prefix: String = "") -> @Sendable ([UInt8], String) -> [String: String] {
        { body, token in
            let digest = hmacSHA256(body, key: Array(token.utf8)) ?? []
            let text = digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            return [header: prefix + text]
        }
    }

    static let all = [
        Sent(
            provider: .github, headers: ["x-github-event": "push", "x-github-delivery": "d-1"],
            body: #"""
                {"ref": "refs/heads/main", "after": "0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c", "repository": {"full_name": "shop/fleet", \#
                "html_url": "https://git.example.com/shop/fleet", "clone_url": "https://git.example.com/shop/fleet.git", \#
                "ssh_url": "git@git.example.com:shop/fleet.git"}}
                """#,
            sign: digest("x-hub-signature-256", prefix: "sha256="), idHeader: "x-github-delivery"),
        Sent(
            provider: .gitea,
            headers: [
                "x-gitea-event": "push", "x-gitea-delivery": "d-2", "x-github-event": "push",
                "x-github-delivery": "d-2",
            ],
            body:
                #"{"ref": "refs/heads/main", "repository": {"clone_url": "https://git.example.com/shop/fleet.git", "ssh_url": "ssh://git@git.example.com:2222/shop/fleet.git"}}"#,
            sign: digest("x-gitea-signature"), idHeader: "x-gitea-delivery"),
        Sent(
            provider: .forgejo,
            headers: [
                "x-forgejo-event": "push", "x-forgejo-delivery": "d-3", "x-gitea-event": "push",
                "x-gitea-delivery": "d-3",
                "x-github-event": "push", "x-github-delivery": "d-3",
            ],
            body: #"{"ref": "refs/heads/main", "repository": {"clone_url": "https://git.example.com/shop/fleet.git"}}"#,
            sign: digest("x-forgejo-signature"), idHeader: "x-forgejo-delivery"),
        Sent(
            provider: .gitlab,
            headers: [
                "x-gitlab-event": "Push Hook", "x-gitlab-instance": "https://git.example.com",
                "x-gitlab-webhook-uuid": "02affd2d-2cba-4033-917d-ec22d5dc4b38",
                "x-gitlab-event-uuid": "13792a34-cac6-4fda-95a8-c58e00a3954e",
                "idempotency-key": "f5e5f430-f57b-4e6e-9fac-d9128cd7232f",
            ],
            body:
                #"{"object_kind": "push", "ref": "refs/heads/main", "project": {"git_http_url": "https://git.example.com/shop/fleet.git", "git_ssh_url": "git@git.example.com:shop/fleet.git", "web_url": "https://git.example.com/shop/fleet"}}"#,
            sign: { ["x-gitlab-token": $1] }, idHeader: "idempotency-key"),
        // Before 17.4.
        Sent(
            provider: .gitlab,
            headers: ["x-gitlab-event": "Push Hook", "x-gitlab-event-uuid": "13792a34-cac6-4fda-95a8-c58e00a3954e"],
            body:
                #"{"object_kind": "push", "ref": "refs/heads/main", "after": "da1560886d4f094c3e6c9ef40349f7d38b5d27d7", "project": {"git_http_url": "https://git.example.com/shop/fleet.git", "git_ssh_url": "git@git.example.com:shop/fleet.git", "web_url": "https://git.example.com/shop/fleet"}}"#,
            sign: { ["x-gitlab-token": $1] }, idWord: "da15"),
        Sent(
            provider: .bitbucketCloud,
            headers: [
                "x-event-key": "repo:push", "x-hook-uuid": "u", "x-request-uuid": "d-5", "x-attempt-number": "1",
            ],
            body:
                #"{"push": {"changes": [{"new": {"type": "branch", "name": "main"}}]}, "repository": {"full_name": "shop/fleet", "links": {"html": {"href": "https://git.example.com/shop/fleet"}}}}"#,
            sign: digest("x-hub-signature", prefix: "sha256="), idHeader: "x-request-uuid"),
        Sent(
            provider: .bitbucketServer, headers: ["x-event-key": "repo:refs_changed", "x-request-id": "d-6"],
            body:
                #"{"eventKey": "repo:refs_changed", "repository": {"slug": "fleet", "links": {"clone": [{"href": "ssh://git@git.example.com:7999/shop/fleet.git", "name": "ssh"}, {"href": "https://git.example.com/shop/fleet.git", "name": "http"}]}}, "changes": [{"ref": {"id": "refs/heads/main"}}]}"#,
            sign: digest("x-hub-signature", prefix: "sha256="), idHeader: "x-request-id"),
        Sent(
            provider: .azureDevOps, headers: [:],
            body:
                #"{"id": "d-7", "eventType": "git.push", "publisherId": "tfs", "resource": {"repository": {"remoteUrl": "https://git.example.com/shop/fleet", "name": "fleet"}, "refUpdates": [{"name": "refs/heads/main"}]}}"#,
            sign: { ["authorization": "Basic " + Base64.encode(Array("hook:\($1)".utf8))] }, idWord: "d-7"),
        Sent(
            provider: .harbor, headers: [:],
            body:
                #"{"type": "PUSH_ARTIFACT", "occur_at": 1586922308, "operator": "admin", "event_data": {"resources": [{"digest": "sha256:8a9e", "tag": "1.2", "resource_url": "git.example.com/shop/fleet:1.2"}], "repository": {"date_created": 1586922308, "name": "fleet", "namespace": "shop", "repo_full_name": "shop/fleet", "repo_type": "private"}}}"#,
            sign: { ["authorization": $1] }, idWord: "occur_at\": 1586922308"),
        Sent(
            provider: .generic, headers: ["x-gitopsctl-delivery": "d-9"],
            body: #"{"repository": "https://git.example.com/shop/fleet"}"#,
            sign: digest("x-gitopsctl-signature", prefix: "sha256="), idHeader: "x-gitopsctl-delivery"),
    ]
}

@Suite struct WebhookTests {
    private func receiver(_ secrets: WebhookSecret...) -> WebhookReceiver { WebhookReceiver { secrets } }
    private let secret = WebhookSecret(token: Array("s3cret".utf8))

    @Test(arguments: Sent.all)
    private func aSignedPushIsAccepted(_ sent: Sent) throws {
        let (answer, provider, pushed) = receiver(secret).receive(sent.request())
        #expect(answer == .accepted)
        #expect(provider == sent.provider)
        #expect(pushed.map(\.text) == [sent.repository])
    }

    @Test(arguments: Sent.all)
    private func aWrongSignatureIsRefused(_ sent: Sent) {
        #expect(receiver(secret).receive(sent.request(token: "guessed")).answer.status == 401)
        #expect(receiver(secret).receive(sent.request(token: "")).answer.status == 401)
    }

    @Test(arguments: Sent.all)
    private func noSignatureIsRefused(_ sent: Sent) {
        let request = WebhookRequest(headers: sent.headers, body: Array(sent.body.utf8))
        #expect(receiver(secret).receive(request).answer.status >= 400)
        #expect(receiver().receive(sent.request()).answer.status == 401)
    }

    /// Where the body is what is signed, another body is not.
    @Test(arguments: Sent.all.filter { ![.gitlab, .harbor, .azureDevOps].contains($0.provider) })
    private func anotherBodyIsRefused(_ sent: Sent) {
        #expect(receiver(secret).receive(sent.request(body: sent.body + " ")).answer.status == 401)
    }

    @Test(arguments: Sent.all)
    private func aDeliveryThatIsRepeatedIsHeededOnce(_ sent: Sent) {
        let receiver = receiver(secret)
        #expect(receiver.receive(sent.request()).answer == .accepted)
        let again = receiver.receive(sent.request())
        #expect(again.answer == .ignored("delivered before"))
        #expect(again.pushed.isEmpty)
        // What an ingress adds, and the number of the try, make no other one of it.
        var retried = sent
        if sent.idHeader != "x-request-id" { retried.headers["x-request-id"] = "of an ingress" }
        retried.headers["x-attempt-number"] = "2"
        #expect(receiver.receive(retried.request()).answer == .ignored("delivered before"))
    }

    @Test(arguments: Sent.all)
    private func anotherDeliveryIsHeeded(_ sent: Sent) {
        let receiver = receiver(secret)
        #expect(receiver.receive(sent.request()).answer == .accepted)
        var other = sent
        if let header = sent.idHeader { other.headers[header] = "another" }
        if let word = sent.idWord { other.body = sent.body.replacing(word, with: word.dropLast() + "0") }
        #expect((other.headers, other.body) != (sent.headers, sent.body))
        #expect(receiver.receive(other.request()).answer == .accepted)
    }

    /// Harbor names an artifact by its tag or its digest.
    @Test(arguments: [
        "git.example.com/shop/fleet", "git.example.com/shop/fleet:1.2", "git.example.com:8443/shop/fleet:1.2",
        "git.example.com/shop/fleet@sha256:954b378c375d852eb3c63ab88978f640b4348b01c1b3456a024a81536dafbbf4",
    ])
    func anArtifactIsOfItsRepository(_ url: String) throws {
        var sent = try #require(Sent.all.first { $0.provider == .harbor })
        sent.body = sent.body.replacing("git.example.com/shop/fleet:1.2", with: url)
        #expect(receiver(secret).receive(sent.request()).pushed.map(\.text) == [sent.repository])
    }

    @Test(arguments: Sent.all)
    private func theSecretOfAnotherRepositoryIsNotEnough(_ sent: Sent) {
        let other = WebhookSecret(token: Array("s3cret".utf8), repository: "https://git.example.com/other/fleet")
        #expect(receiver(other).receive(sent.request()).answer.status == 403)
        let own = WebhookSecret(token: Array("s3cret".utf8), repository: "https://git.example.com/shop")
        #expect(receiver(own).receive(sent.request()).answer == .accepted)
        let prefix = WebhookSecret(token: Array("s3cret".utf8), repository: "https://git.example.com/sho")
        #expect(receiver(prefix).receive(sent.request()).answer.status == 403)
    }

    @Test func anEmptyTokenSignsNothing() {
        for sent in Sent.all {
            #expect(receiver(WebhookSecret(token: [])).receive(sent.request(token: "")).answer.status == 401)
        }
    }

    @Test func otherEventsAreIgnored() {
        var sent = Sent.all[0]
        sent.headers["x-github-event"] = "ping"
        #expect(receiver(secret).receive(sent.request()).answer == .ignored("nothing to do"))
    }

    @Test(arguments: [
        "", "{", "[]", "null", "3", "\u{0}", #"{"repository": 3}"#, #"{"repository": [[]]}"#,
        #"{"repository": {"clone_url": {}}}"#,
    ])
    func aBodyOfAnotherShapeIsNoCrash(_ body: String) {
        for sent in Sent.all {
            var sent = sent
            sent.body = body
            #expect(receiver(secret).receive(sent.request()).answer != .accepted)
        }
    }

    /// Every value of every provider's body in every other shape, or gone: signed, and so read to the end.
    @Test(arguments: Sent.all)
    private func everyValueMayHaveEveryOtherShape(_ sent: Sent) throws {
        let body = try JSON.read(Array(sent.body.utf8))
        let shapes: [Value?] = [
            nil, .null, .bool(true), .int(-1), "", "x", "git.example.com", "https://", [], [[:]], [[[]]], [:],
            ["href": [:]], ["": .null],
        ]
        var count = 0
        for path in Self.paths(in: body) {
            for shape in shapes {
                var sent = sent
                sent.body = String(
                    decoding: JSON.write(Self.put(shape, at: path[...], in: body) ?? .null), as: UTF8.self)
                let (answer, _, pushed) = receiver(secret).receive(sent.request())
                #expect((answer == .accepted) == !pushed.isEmpty)
                // What is told of the repository elsewhere still counts; nothing else does.
                #expect(pushed.allSatisfy { $0.text == sent.repository }, "\(path)")
                let unsigned = receiver(secret).receive(
                    WebhookRequest(headers: sent.headers, body: Array(sent.body.utf8)))
                #expect(unsigned.answer.status == 401 || unsigned.answer.status == 400)
                count += 1
            }
        }
        #expect(count >= shapes.count * 2)
    }

    private enum Step: Hashable {
        case key(String)
        case index(Int)
    }

    /// The places of all values, the whole first.
    private static func paths(in value: Value) -> [[Step]] {
        let below: [[Step]] =
            switch value {
            case .object(let object):
                object.entries.flatMap { entry in paths(in: entry.value).map { [.key(entry.key)] + $0 } }
            case .array(let items):
                items.indices.flatMap { index in paths(in: items[index]).map { [.index(index)] + $0 } }
            case .scalar: []
            }
        return [[]] + below
    }

    /// - Parameter shape: nil takes the value away.
    private static func put(_ shape: Value?, at path: ArraySlice<Step>, in value: Value) -> Value? {
        switch (path.first, value) {
        case (nil, _): return shape
        case (.key(let key)?, .object(var object)):
            object[key] = object[key].flatMap { put(shape, at: path.dropFirst(), in: $0) }
            return .object(object)
        case (.index(let index)?, .array(var items)):
            let changed = put(shape, at: path.dropFirst(), in: items[index])
            items.replaceSubrange(index...index, with: changed.map { [$0] } ?? [])
            return .array(items)
        default: return value
        }
    }

    @Test(arguments: Sent.all)
    private func aSignedBodyThatIsTooLargeIsNotRead(_ sent: Sent) {
        var sent = sent
        sent.body += String(repeating: " ", count: WebhookReceiver.bodyLimit)
        #expect(receiver(secret).receive(sent.request()).answer.status == 413)
    }

    @Test func aBodyThatIsTooLargeIsNotRead() {
        let request = WebhookRequest(headers: [:], body: [UInt8](repeating: 0x20, count: WebhookReceiver.bodyLimit + 1))
        #expect(receiver(secret).receive(request).answer.status == 413)
    }

    /// Nobody makes the controller read what they have not signed.
    @Test(arguments: Sent.all)
    private func nothingIsReadBeforeItIsProven(_ sent: Sent) {
        for body in ["{", String(repeating: "[", count: 100_000)] {
            var broken = sent
            broken.body = body
            #expect(receiver(secret).receive(broken.request(token: "guessed")).answer.status == 401)
            #expect(receiver(secret).receive(broken.request()).answer == .refused(status: 400, "the body is no JSON"))
        }
    }

    /// A proof of one provider is none of another's.
    @Test func aProofIsThatOfItsProvider() throws {
        let azure = try #require(Sent.all.first { $0.provider == .azureDevOps })
        var harbor = try #require(Sent.all.first { $0.provider == .harbor })
        harbor.sign = azure.sign
        #expect(receiver(secret).receive(harbor.request()).answer.status == 401)
        var other = azure
        other.sign = { ["authorization": $1] }
        #expect(receiver(secret).receive(other.request()).answer.status == 401)
    }

    @Test func aBodyOfTooManyLevelsIsRefused() {
        let body = String(repeating: "[", count: 100_000)
        #expect(receiver(secret).receive(WebhookRequest(headers: [:], body: Array(body.utf8))).answer.status == 400)
    }

    @Test func aSecretIsNotPrinted() {
        var text = ""
        dump(secret, to: &text)
        #expect(!"\(secret) \(String(reflecting: secret)) \(text)".contains("115"))
        #expect(!"\(secret) \(text)".contains("s3cret"))
    }

    @Test(arguments: [
        ("https://git.example.com/shop/fleet", "git.example.com/shop/fleet"),
        ("https://git.example.com/shop/fleet.git", "git.example.com/shop/fleet"),
        ("https://git.example.com/shop/fleet/", "git.example.com/shop/fleet"),
        ("https://token@git.example.com:8443/Shop/Fleet.git", "git.example.com/shop/fleet"),
        ("ssh://git@git.example.com:2222/shop/fleet.git", "git.example.com/shop/fleet"),
        ("git@git.example.com:shop/fleet.git", "git.example.com/shop/fleet"),
        ("git.example.com:/shop/fleet", "git.example.com/shop/fleet"),
        ("https://www-user:token@git.example.com/shop/my%20fleet", "git.example.com/shop/my%20fleet"),
        ("https://git.example.com/shop/my fleet", "git.example.com/shop/my%20fleet"),
        ("ssh://git@ssh.github.com:443/shop/fleet.git", "github.com/shop/fleet"),
        ("git@github.com:shop/fleet.git", "github.com/shop/fleet"),
        ("ssh://git@altssh.gitlab.com:443/shop/sub/fleet.git", "gitlab.com/shop/sub/fleet"),
        ("ssh://git@altssh.bitbucket.org:443/shop/fleet.git", "bitbucket.org/shop/fleet"),
        ("https://someone@bitbucket.org/shop/fleet.git", "bitbucket.org/shop/fleet"),
        ("ssh://git@bitbucket.example.com:7999/shop/fleet.git", "bitbucket.example.com/shop/fleet"),
        ("/srv/git/Fleet.git", "/srv/git/Fleet"),
        ("file:///srv/git/Fleet", "/srv/git/Fleet"),
    ])
    func theAddressesOfARepositoryAreOne(_ address: String, _ text: String) {
        #expect(RepositoryAddress(address)?.text == text)
    }

    /// Azure Repos has an address for https and one for ssh, and those of its former host.
    @Test(arguments: [
        "https://dev.azure.com/fabrikam/Fiber%20Web/_git/Site",
        "https://fabrikam@dev.azure.com/fabrikam/Fiber Web/_git/Site",
        "https://dev.azure.com/fabrikam/Fiber%20Web/_git/Site/", "git@ssh.dev.azure.com:v3/fabrikam/Fiber%20Web/Site",
        "ssh://git@ssh.dev.azure.com/v3/fabrikam/Fiber%20Web/Site",
        "ssh://git@ssh.dev.azure.com:22/v3/fabrikam/Fiber%20Web/Site",
        "https://fabrikam.visualstudio.com/Fiber%20Web/_git/Site",
        "https://fabrikam.visualstudio.com/DefaultCollection/Fiber%20Web/_git/Site",
        "fabrikam@vs-ssh.visualstudio.com:v3/fabrikam/Fiber%20Web/Site",
        "ssh://fabrikam@vs-ssh.visualstudio.com:22/Fiber%20Web/_ssh/Site",
        "ssh://fabrikam@vs-ssh.visualstudio.com:22/DefaultCollection/Fiber%20Web/_ssh/Site",
    ])
    func theAddressesOfAnAzureRepositoryAreOne(_ address: String) throws {
        let known = try #require(RepositoryAddress(address))
        #expect(known.text == "dev.azure.com/fabrikam/fiber%20web/_git/site")
        #expect(RepositoryAddress.read(known.text) == known)
    }

    /// A repository that is called as its project may leave that out.
    @Test(arguments: [
        "https://dev.azure.com/fabrikam/_git/Site", "https://dev.azure.com/fabrikam/Site/_git/Site",
        "git@ssh.dev.azure.com:v3/fabrikam/Site/Site", "https://fabrikam.visualstudio.com/_git/Site",
        "https://fabrikam.visualstudio.com/DefaultCollection/_git/Site",
    ])
    func anAzureRepositoryCalledAsItsProjectIsOne(_ address: String) {
        #expect(RepositoryAddress(address)?.text == "dev.azure.com/fabrikam/site/_git/site")
    }

    @Test(arguments: [
        ("git@ssh.dev.azure.com:v3/fabrikam", true), ("https://dev.azure.com/fabrikam/Web", true),
        ("https://fabrikam.visualstudio.com/Web/", true), ("https://fabrikam.visualstudio.com", true),
        ("https://dev.azure.com", true), ("https://dev.azure.com/fabrikam/We", false), ("https://dev.azure.co", false),
        ("https://other.visualstudio.com", false), ("ssh.dev.azure.com", false),
    ])
    func aSecretIsForAllThatBeginsWithItsRepository(_ beginning: String, _ covers: Bool) throws {
        let secret = WebhookSecret(token: [1], repository: beginning)
        let address = try #require(RepositoryAddress("https://dev.azure.com/fabrikam/Web/_git/Site"))
        #expect(secret.covers(address) == covers)
    }

    @Test(arguments: [
        "", ".", "/", "file://", "https://", "https://host", "host:", "://x", "git@ssh.dev.azure.com:v3",
        "https://dev.azure.com/", "ssh://@vs-ssh.visualstudio.com", "https://.visualstudio.com",
    ])
    func whatIsNoAddressIsNone(_ address: String) {
        #expect(RepositoryAddress(address) == nil)
    }
}
