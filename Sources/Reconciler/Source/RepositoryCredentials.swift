// The credentials of a repository, from the Secret that an Application names.

import GitSource
import KubernetesClient
import Manifest

enum RepositoryCredentials {
    /// Reads a Secret as Flux and Argo CD users write them: `username` and `password`, `bearerToken` or `token`,
    /// `identity` or `sshPrivateKey` with `known_hosts`; `ca.crt` and `proxy` beside any of them.
    static func repository(
        at address: String, secret: Value?, named name: String?, location: SourceLocation?
    ) throws(DiagnosticsError) -> RemoteRepository {
        do throws(GitError) {
            guard let secret else { return try RemoteRepository(address) }
            func text(_ keys: String...) -> String? {
                for key in keys {
                    if let encoded = secret[path: "data", key]?.string, let bytes = Base64.decode(encoded) {
                        return String(decoding: bytes, as: UTF8.self)
                    }
                }
                return nil
            }
            func line(_ keys: String...) -> String? {
                for key in keys {
                    // Files that were put into a Secret end in a newline, which belongs to no token.
                    if let text = text(key) { return String(text.prefix { $0 != "\n" && $0 != "\r\n" }) }
                }
                return nil
            }
            var credentials: GitSource.Credentials?
            if let key = text("identity", "sshPrivateKey") {
                let hosts = text("known_hosts").map(SSHCredentials.KnownHosts.data)
                credentials = .ssh(
                    SSHCredentials(user: line("username"), key: .data(GitSource.Secret(key)), knownHosts: hosts))
            } else if let token = line("bearerToken") {
                credentials = .bearer(GitSource.Secret(token))
            } else if let password = line("password") {
                credentials = .password(user: line("username") ?? "git", GitSource.Secret(password))
            } else if let token = line("token") {
                credentials =
                    line("username").map { .token(GitSource.Secret(token), user: $0) }
                    ?? .token(GitSource.Secret(token))
            }
            guard credentials != nil || text("ca.crt") != nil || text("proxy") != nil else {
                throw GitError(
                    .invalid, "the Secret \(name ?? "") holds no credentials for a repository",
                    cure: "Give it password (and username), token, bearerToken, or identity (and known_hosts)")
            }
            return try RemoteRepository(
                address, credentials: credentials, certificateAuthority: text("ca.crt").map { Array($0.utf8) },
                proxy: line("proxy"))
        } catch {
            var diagnostic = error.diagnostic
            diagnostic.location = diagnostic.location ?? location
            throw DiagnosticsError([diagnostic])
        }
    }
}
