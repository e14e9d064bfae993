// A request to the webhook, as its provider spells it: who sent it, how it proves itself, and what it tells.

import Crypto
package import Manifest

/// A request as it arrived.
package struct WebhookRequest: Sendable {
    /// Names in lower case.
    package var headers: [String: String]
    package var body: [UInt8]

    package init(headers: [String: String], body: [UInt8]) {
        self.headers = headers
        self.body = body
    }
}

/// The sorts of senders. Their order is that of detection: what Gitea and Forgejo send carries GitHub's headers too.
package enum WebhookProvider: String, Sendable, CaseIterable {
    case forgejo, gitea, github, gitlab
    case bitbucketCloud = "bitbucket-cloud"
    case bitbucketServer = "bitbucket-server"
    case azureDevOps = "azure-devops"
    case harbor
    /// Any sender that signs its body as this form asks for.
    case generic

    /// Who says by a header that it sent a request; nil where none does.
    package init?(headers: [String: String]) {
        func has(_ header: String) -> Bool { headers[header] != nil }
        if has("x-forgejo-event") {
            self = .forgejo
        } else if has("x-gitea-event") || has("x-gogs-event") {
            self = .gitea
        } else if has("x-github-event") {
            self = .github
        } else if has("x-gitlab-event") {
            self = .gitlab
        } else if has("x-event-key"), has("x-hook-uuid") {
            self = .bitbucketCloud
        } else if has("x-event-key") {
            self = .bitbucketServer
        } else if has("x-gitopsctl-signature") {
            self = .generic
        } else {
            return nil
        }
    }

    /// Those that have no header of their own.
    package static let toldByBody: [WebhookProvider] = [.azureDevOps, .harbor]

    /// Who has sent a body, among those.
    package init?(body: Value) {
        if body["publisherId"]?.string == "tfs" {
            self = .azureDevOps
        } else if body["event_data"]?.object != nil {
            self = .harbor
        } else {
            return nil
        }
    }
}

/// What a delivery tells.
package enum WebhookNews: Sendable, Hashable {
    /// Commits, or an image, arrived at a repository that has these addresses.
    case pushed(Set<RepositoryAddress>)
    /// The provider tries the webhook out, or tells of what is no business of ours.
    case nothing
}

/// A delivery whose body was read.
package struct WebhookDelivery: Sendable {
    package let provider: WebhookProvider
    /// Tells deliveries apart, so that one that is repeated is heeded once; nil where the provider sends none.
    package let id: String?
    package let news: WebhookNews

    package init(_ provider: WebhookProvider, _ request: WebhookRequest, body: Value) {
        self.provider = provider
        id = provider.identity(of: request, body).map { "\(provider.rawValue) \($0)" }
        news = provider.news(request, body)
    }
}

extension WebhookProvider {
    /// What tells a delivery from every other one, the same for each try of it; nil where nothing does.
    fileprivate func identity(of request: WebhookRequest, _ body: Value) -> String? {
        func digest() -> String { SHA256.hexadecimal(SHA256.digest(request.body)) }
        switch self {
        case .forgejo: return request.headers["x-forgejo-delivery"]
        case .gitea: return request.headers["x-gitea-delivery"]
        case .github: return request.headers["x-github-delivery"]
        case .gitlab:
            // The event is also that of whatever follows from it; the key came with 17.4:
            // https://docs.gitlab.com/user/project/integrations/webhooks/#delivery-headers
            return request.headers["idempotency-key"]
                ?? request.headers["x-gitlab-event-uuid"].map { "\($0) \(digest())" }
        // https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/
        case .bitbucketCloud: return request.headers["x-request-uuid"]
        // https://confluence.atlassian.com/bitbucketserver/event-payload-938025882.html
        case .bitbucketServer: return request.headers["x-request-id"]
        case .azureDevOps: return body["id"]?.string
        // It gives its deliveries no name, but each says when which artifact was pushed:
        // https://goharbor.io/docs/latest/working-with-projects/project-configuration/configure-webhooks
        case .harbor: return body["occur_at"]?.int.map { _ in digest() }
        case .generic: return request.headers["x-gitopsctl-delivery"]
        }
    }

    fileprivate func news(_ request: WebhookRequest, _ body: Value) -> WebhookNews {
        func event(_ header: String, _ pushes: String...) -> Bool { pushes.contains(request.headers[header] ?? "") }
        let repository = body["repository"]
        switch self {
        case .forgejo:
            guard event("x-forgejo-event", "push", "create") else { return .nothing }
            return .pushed(repository?["clone_url"], repository?["ssh_url"], repository?["html_url"])
        case .gitea:
            guard event("x-gitea-event", "push", "create") || event("x-gogs-event", "push", "create") else {
                return .nothing
            }
            return .pushed(repository?["clone_url"], repository?["ssh_url"], repository?["html_url"])
        case .github:
            guard event("x-github-event", "push", "create") else { return .nothing }
            return .pushed(repository?["clone_url"], repository?["ssh_url"], repository?["html_url"])
        case .gitlab:
            guard event("x-gitlab-event", "Push Hook", "Tag Push Hook", "System Hook") else { return .nothing }
            let project = body["project"]
            return .pushed(
                project?["git_http_url"], project?["git_ssh_url"], project?["web_url"], repository?["git_http_url"],
                repository?["git_ssh_url"])
        case .bitbucketCloud:
            guard event("x-event-key", "repo:push") else { return .nothing }
            return .pushed(repository?[path: "links", "html", "href"])
        case .bitbucketServer:
            guard event("x-event-key", "repo:refs_changed") else { return .nothing }
            let clones = repository?[path: "links", "clone"]?.array ?? []
            return .pushed(clones.map { $0["href"] })
        case .azureDevOps:
            guard body["eventType"]?.string == "git.push" else { return .nothing }
            let resource = body[path: "resource", "repository"]
            return .pushed(resource?["remoteUrl"], resource?["sshUrl"], resource?["webUrl"])
        case .harbor:
            guard body["type"]?.string == "PUSH_ARTIFACT" else { return .nothing }
            let artifacts = body[path: "event_data", "resources"]?.array ?? []
            return .pushed(artifacts.map { $0["resource_url"]?.string.map { .string("oci://" + Self.repository($0)) } })
        case .generic: return .pushed(body["repository"])
        }
    }

    /// What an artifact belongs to: `host/path` of `host/path:tag` and of `host/path@sha256:…`.
    private static func repository(_ artifact: String) -> Substring {
        let named = artifact.prefix { $0 != "@" }
        guard let colon = named.lastIndex(of: ":"), !named[colon...].contains("/") else { return named }
        return named[..<colon]
    }
}

extension WebhookNews {
    fileprivate static func pushed(_ addresses: Value?...) -> WebhookNews { pushed(addresses) }

    fileprivate static func pushed(_ addresses: [Value?]) -> WebhookNews {
        let known = Set(addresses.compactMap { $0?.string.flatMap(RepositoryAddress.init) })
        return known.isEmpty ? .nothing : .pushed(known)
    }
}
