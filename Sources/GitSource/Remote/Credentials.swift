// What a repository's server is told of us.

/// Credentials for one repository. Printing them shows their kind only.
package enum Credentials: Sendable, Hashable {
    /// An access token, sent as the password of `user`. GitHub wants the user `x-access-token`; GitLab, Gitea and Azure
    /// DevOps accept any; Bitbucket Cloud wants `x-token-auth`.
    case token(Secret, user: String = "x-access-token")
    /// A token sent as `Authorization: Bearer`.
    case bearer(Secret)
    case password(user: String, Secret)
    case ssh(SSHCredentials)
}

/// An ssh identity. What is nil is left to the user's ssh configuration and agent.
package struct SSHCredentials: Sendable, Hashable {
    package enum Key: Sendable, Hashable {
        /// A private key without a passphrase, in a file.
        case file(String)
        /// The private key itself. It is handed to ssh through memory and never written to a disk.
        case data(Secret)
    }

    /// The login; that of the address wins, and `git` is the default.
    package var user: String?
    package var key: Key?
    package var knownHosts: KnownHosts?

    package enum KnownHosts: Sendable, Hashable {
        case file(String)
        /// Lines in the format of known_hosts (sshd(8)).
        case data(String)
    }

    package init(user: String? = nil, key: Key? = nil, knownHosts: KnownHosts? = nil) {
        self.user = user
        self.key = key
        self.knownHosts = knownHosts
    }
}
