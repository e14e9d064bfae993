// From an Application to the commit that its source means now.

import GitSource
package import HTTPClient
import KubernetesClient
import Manifest

/// Fetches the sources of applications through the mirrors of one cache folder.
package struct SourceFetcher: Sendable {
    private let cacheFolder: String
    private let http: HTTPClient
    /// nil where sources may be anywhere.
    private let guarding: AddressGuard?

    /// - Parameter guarding: refuses repositories on this machine and in private networks, unless a Project names them:
    ///   whoever works for others must not become their door into its own network.
    package init(cacheFolder: String, http: HTTPClient, guarding: AddressGuard? = nil) {
        self.cacheFolder = cacheFolder
        self.http = http
        self.guarding = guarding
    }

    /// `${XDG_CACHE_HOME:-~/.cache}/gitopsctl`.
    package static func cacheFolder(environment: [String: String]) -> String {
        if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") { return cache + "/gitopsctl" }
        return (environment["HOME"] ?? "/tmp") + "/.cache/gitopsctl"
    }

    /// The commit of an application's revision, or of another one.
    ///
    /// - Parameter secret: the value of the Secret that `spec.source.credentials` names, when it names one.
    func fetch(
        _ application: Application, revision text: String, secret: Value?, deadline: Duration
    ) async throws(DiagnosticsError) -> Snapshot {
        let repository = try RepositoryCredentials.repository(
            at: application.source.repository, secret: secret, named: application.source.credentialsSecret,
            location: application.origin)
        let guarding = application.hasNamedSource ? nil : guarding
        if let refusal = await guarding?.refusal(of: repository) {
            throw DiagnosticsError(
                "\(repository.url) is not fetched: \(refusal)", at: application.origin,
                cure:
                    "Name its host in spec.sources of the application's Project, or start the controller with --allow-private-addresses"
            )
        }
        do throws(GitError) {
            let revision = try Revision(parsing: text)
            return try await Mirror(of: repository, cacheFolder: cacheFolder, http: guarding?.http ?? http).fetch(
                revision, deadline: deadline)
        } catch {
            throw DiagnosticsError([error.diagnostic])
        }
    }
}
