// The state of a commit, where its Git server shows it.

import HTTPClient
import KubernetesClient
import Manifest
import Reconciler

/// A repository's server, as far as its API is concerned.
struct RepositoryServer: Sendable, Hashable {
    /// `https://git.example.com`; of an address for ssh, the same host by https.
    var origin: String
    /// `shop/fleet`, in its own spelling.
    var path: String

    init?(_ address: String) {
        var scheme = "https"
        var rest = address[...]
        if let end = rest.firstRange(of: "://") {
            let known = rest[..<end.lowerBound].lowercased()
            guard ["http", "https", "ssh", "git+ssh"].contains(known) else { return nil }
            if known == "http" { scheme = known }
            rest = rest[end.upperBound...]
            guard let slash = rest.firstIndex(of: "/") else { return nil }
            var authority = rest[..<slash]
            if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
            // A port for ssh is none of its API's, nor is a name.
            origin =
                known.hasPrefix("http")
                ? "\(scheme)://\(authority)"
                : "https://" + RepositoryAddress.commonHost(String(authority.prefix { $0 != ":" }))
            path = String(rest[rest.index(after: slash)...])
        } else if let colon = rest.firstIndex(of: ":"), !rest[..<colon].contains("/") {
            let host = rest[..<colon]
            let name = host.lastIndex(of: "@").map { host[host.index(after: $0)...] } ?? host
            origin = "https://" + RepositoryAddress.commonHost(String(name))
            path = String(rest[rest.index(after: colon)...])
        } else {
            return nil
        }
        path = path.split(separator: "/").joined(separator: "/")
        if path.hasSuffix(".git") { path.removeLast(4) }
        if path.isEmpty || origin.hasSuffix("/") { return nil }
    }

    /// The path as it stands in a URL; nil where it leads elsewhere than to a repository.
    ///
    /// - Parameter separator: what stands between its segments.
    func pathInURL(separator: String = "/") -> String? {
        let segments = path.split(separator: "/").map(String.init)
        if segments.contains(where: { [".", ".."].contains($0) }) { return nil }
        return segments.map(\.percentEncoded).joined(separator: separator)
    }

    /// The address without what people put into addresses to log in.
    var shown: String { "\(origin)/\(path)" }
}

enum CommitStatus {
    /// - Returns: nil for what says nothing about a commit.
    /// - Throws: what is missing.
    static func request(
        _ subject: NotificationSubject, _ rule: NotificationRule, _ credentials: NotificationCredentials
    ) throws(DiagnosticsError) -> HTTPRequest? {
        guard let commit = subject.event.commit, let isGood = verdict(subject.event.reason) else { return nil }
        guard let token = credentials.token else {
            throw DiagnosticsError(
                "Secret \(rule.secretName) has no token", cure: "Add one that may set the status of commits")
        }
        guard let server = RepositoryServer(subject.repository), let path = server.pathInURL() else {
            throw DiagnosticsError(
                "the repository of \(subject.event.application) is on no server that shows the state of commits",
                cure: "Take type: \(rule.receiver.rawValue) out of spec.notifications")
        }
        let name = Value.string("gitopsctl/\(subject.event.application)")
        let message =
            rule.template?.filled(subject.spelling) ?? "\(subject.event.reason.rawValue): \(subject.event.message)"
        let base = try base(subject, rule, credentials, server)
        switch rule.receiver {
        case .github:
            // https://docs.github.com/en/rest/commits/statuses#create-a-commit-status
            return post(
                "\(base)/repos/\(path)/statuses/\(commit.id)",
                [
                    "Authorization": "Bearer \(token)", "Accept": "application/vnd.github+json",
                    "X-GitHub-Api-Version": "2022-11-28",
                ],
                [
                    "state": isGood ? "success" : "failure", "context": name,
                    "description": .string(clipped(message, 140)),
                ])
        case .gitlab:
            // https://docs.gitlab.com/api/commits/#set-commit-pipeline-status
            return post(
                "\(base)/projects/\(server.pathInURL(separator: "%2F") ?? path)/statuses/\(commit.id)",
                ["PRIVATE-TOKEN": token],
                ["state": isGood ? "success" : "failed", "name": name, "description": .string(clipped(message, 255))])
        case .gitea:
            // https://docs.gitea.com/api/#tag/repository/operation/repoCreateStatus
            return post(
                "\(base)/repos/\(path)/statuses/\(commit.id)", ["Authorization": "token \(token)"],
                [
                    "state": isGood ? "success" : "failure", "context": name,
                    "description": .string(clipped(message, 255)),
                ])
        case .slack, .webhook, .cloudevents, .alertmanager: return nil
        }
    }

    /// Whether something speaks for a commit or against it; nil where neither.
    private static func verdict(_ reason: EventReason) -> Bool? {
        switch reason {
        case .synced, .recovered: true
        case .syncFailed, .pruneRefused, .degraded: false
        case .rolledBack, .stalled, .drifted, .driftFought, .deleted, .deletionRefused: nil
        }
    }

    /// Where the API is. Whoever writes an Application chooses its repository, and may not see its Secrets: a token
    /// goes where its Secret says, for repositories that are there or that it names, or to the one server that
    /// everybody means.
    private static func base(
        _ subject: NotificationSubject, _ rule: NotificationRule, _ credentials: NotificationCredentials,
        _ server: RepositoryServer
    ) throws(DiagnosticsError) -> String {
        if let named = credentials.repository {
            guard RepositoryAddress(subject.repository)?.isBelow(named) ?? false else {
                throw DiagnosticsError(
                    "Secret \(rule.secretName) is not for the repository \(server.shown)",
                    cure: "Take another Secret, or correct what it names as repository")
            }
        } else if let url = credentials.url, !isHost(of: url, for: rule.receiver, that: server) {
            throw DiagnosticsError(
                "the url of Secret \(rule.secretName) is not on the server of \(server.shown)",
                cure: "Add to the Secret, as repository, what it may speak of, like \(server.origin)/…")
        }
        if let base = credentials.url { return base.hasSuffix("/") ? String(base.dropLast()) : base }
        switch (rule.receiver, server.origin) {
        case (.github, "https://github.com"): return "https://api.github.com"
        case (.gitlab, "https://gitlab.com"): return "https://gitlab.com/api/v4"
        default:
            throw DiagnosticsError(
                "Secret \(rule.secretName) has no url, and its token goes nowhere else",
                cure: "Add the address of the API, like \(server.origin)/api/…")
        }
    }

    /// Whether an API is that of a repository's server. GitHub serves its own from a host beside.
    private static func isHost(
        of url: String, for receiver: NotificationRule.Receiver, that server: RepositoryServer
    ) -> Bool {
        guard let api = HostName.of(url: url)?.lowercased(),
            let host = HostName.of(url: server.origin + "/")?.lowercased()
        else { return false }
        return api == host || receiver == .github && api == "api." + host
    }

    private static func post(_ url: String, _ headers: HTTPHeaders, _ body: Value) -> HTTPRequest {
        var headers = headers
        headers.add("Content-Type", "application/json")
        return NotificationRequest.post(url, headers, JSON.write(body))
    }

    private static func clipped(_ text: String, _ limit: Int) -> String {
        text.count <= limit ? text : text.prefix(limit - 1) + "…"
    }
}
