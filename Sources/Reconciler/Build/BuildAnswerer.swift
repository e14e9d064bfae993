// Answers what a build asks: bases in other repositories through the mirrors, files over HTTP, and, where they are
// allowed, programs.

import GitSource
package import HTTPClient
package import Kustomize
import Manifest

/// Fetches and runs on behalf of builds.
package struct BuildAnswerer: Sendable {
    /// How a build's programs are run; nil where none may be.
    package typealias ProgramRunner = @Sendable (BuildRequest) async -> BuildAnswer

    private static let fileDeadline = Duration.seconds(30)
    private static let maximumFileSize = 64 << 20
    private static let maximumRedirects = 5

    private let cacheFolder: String
    private let http: HTTPClient
    /// nil where bases may come from anywhere.
    private let guarding: AddressGuard?
    private let programs: ProgramRunner?

    /// - Parameters:
    ///   - cacheFolder: where mirrors of repositories are kept.
    ///   - allowsPrivateAddresses: whether bases may come from this machine and from networks that the Internet does
    ///   not reach. A
    ///     repository that can name such an address makes whoever builds it a door into his own network.
    ///   - programs: runs charts and functions.
    package init(
        cacheFolder: String, http: HTTPClient, allowsPrivateAddresses: Bool = false, programs: ProgramRunner? = nil
    ) {
        self.cacheFolder = cacheFolder
        guarding = allowsPrivateAddresses ? nil : AddressGuard()
        self.http = guarding?.http ?? http
        self.programs = programs
    }

    package func answer(_ request: BuildRequest) async -> BuildAnswer {
        switch request {
        case .file(let url): await file(url)
        case .repository(let repository): await self.repository(repository)
        case .chart, .function: await programs?(request) ?? .failure("this build runs no programs", cure: nil)
        }
    }

    // MARK: - Repositories

    private func repository(_ request: RepositoryRequest) async -> BuildAnswer {
        do throws(GitError) {
            let repository = try RemoteRepository(request.url)
            if let refusal = await refusal(of: repository) { return refusal }
            let revision = try Revision(parsing: request.reference)
            let mirror = Mirror(of: repository, cacheFolder: cacheFolder, http: http)
            let snapshot = try await mirror.fetch(revision, deadline: .seconds(request.timeout))
            return .repository(SnapshotTree(snapshot), commit: snapshot.commit)
        } catch {
            return .failure(error.message, cure: error.cure)
        }
    }

    private func refusal(of repository: RemoteRepository) async -> BuildAnswer? {
        await guarding?.refusal(of: repository).map { .failure($0, cure: Self.cure) }
    }

    private func refusal(of host: String) async -> BuildAnswer? {
        await guarding?.refusal(ofHost: host).map { .failure($0, cure: Self.cure) }
    }

    private static let cure =
        "allow it with `--allow-private-remotes`, if whoever can change this kustomization may reach it"

    // MARK: - Files

    private func file(_ url: String) async -> BuildAnswer {
        var url = url
        for _ in 0...Self.maximumRedirects {
            // Each step is checked anew: a public server may redirect to a private one.
            if let refusal = await refusal(of: HostName.of(url: url) ?? "") { return refusal }
            let request = HTTPRequest(url: url, deadline: Self.fileDeadline, maximumBodySize: Self.maximumFileSize)
            do throws(HTTPError) {
                let response = try await http.send(request)
                if (300..<400).contains(response.status), let next = response.headers["Location"] {
                    guard let target = HostName.resolve(next, against: url) else { break }
                    url = target
                    continue
                }
                guard (200..<300).contains(response.status) else {
                    return .failure("the server answered with status \(response.status)", cure: nil)
                }
                return .file(response.body)
            } catch {
                return .failure(error.message, cure: error.code == .forbiddenAddress ? Self.cure : nil)
            }
        }
        return .failure("it is redirected too often", cure: nil)
    }
}

/// The host of a URL, as far as it takes to judge it.
package enum HostName {
    package static func of(url: String) -> String? {
        guard let scheme = url.firstRange(of: "://") else { return nil }
        var authority = url[scheme.upperBound...].prefix { !"/?#".contains($0) }
        if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            return String(authority[authority.index(after: authority.startIndex)..<end])
        }
        return String(authority.prefix { $0 != ":" })
    }

    /// The target of a redirect. Nil for one that leaves HTTP, or TLS.
    static func resolve(_ location: String, against url: String) -> String? {
        let lowered = location.lowercased()
        if lowered.hasPrefix("https://") { return location }
        if lowered.hasPrefix("http://") { return url.lowercased().hasPrefix("http://") ? location : nil }
        guard location.hasPrefix("/"), let scheme = url.firstRange(of: "://") else { return nil }
        if location.hasPrefix("//") { return url[..<scheme.lowerBound] + ":" + location }
        let authority = url[scheme.upperBound...].prefix { $0 != "/" }
        return url[..<scheme.upperBound] + authority + location
    }
}
