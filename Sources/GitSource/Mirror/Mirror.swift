// Where snapshots come from: a bare repository in a cache folder that follows a remote one, or a repository on this
// machine.

package import HTTPClient

/// One repository, as near as it can be had. For a path on this machine, that is the repository itself.
///
/// Any number of tasks and processes may use mirrors of one repository at once: they share what one of them fetches.
package final class Mirror: Sendable {
    package struct Options: Sendable {
        /// The largest pack that is accepted, in bytes.
        package var packLimit: Int
        /// A mirror of more packs than this is begun anew: each incremental fetch adds one.
        package var maximumPacks: Int
        package var ssh: SSHOptions

        package init(packLimit: Int = 4 << 30, maximumPacks: Int = 64, ssh: SSHOptions = SSHOptions()) {
            self.packLimit = packLimit
            self.maximumPacks = maximumPacks
            self.ssh = ssh
        }
    }

    package let repository: RemoteRepository
    private let place: Place

    private enum Place {
        case here(LocalRepository)
        case remote(RemoteMirror)
    }

    /// - Parameters:
    ///   - cacheFolder: where mirrors are kept, one folder each. It is made when something is fetched.
    ///   - http: carries what http and https addresses need.
    package init(
        of repository: RemoteRepository, cacheFolder: String, http: HTTPClient, options: Options = Options()
    ) {
        self.repository = repository
        if case .path(let path) = repository.location {
            place = .here(LocalRepository(path: path, name: repository.url))
        } else {
            place = .remote(RemoteMirror(of: repository, below: cacheFolder, http: http, options: options))
        }
    }

    /// The commit that `revision` means now.
    ///
    /// Objects are fetched only when it moved; otherwise one small request is made, and none for a repository on this
    /// machine or a whole commit id that is here already. When a snapshot's reads throw `damaged`, the next `fetch`
    /// begins a fresh mirror.
    ///
    /// - Parameter deadline: how long the whole may take.
    package func fetch(_ revision: Revision, deadline: Duration) async throws(GitError) -> Snapshot {
        switch place {
        case .here(let local): try local.snapshot(of: revision)
        case .remote(let mirror): try await mirror.fetch(revision, deadline: Deadline(after: deadline))
        }
    }
}
