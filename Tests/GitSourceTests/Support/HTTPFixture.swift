// A Git repository behind HTTP, with a cache for its mirrors.

import HTTPClient
import Testing

@testable import GitSource

/// A repository `fleet.git` behind a Git HTTP server, and a cache for mirrors of it.
struct HTTPFixture: Sendable {
    let folder: TemporaryFolder
    let source: GitWorkspace
    let server: GitHTTPServer
    let http = HTTPClient()

    init(_ behaviour: GitHTTPServer.Behaviour = .init()) async throws {
        folder = try TemporaryFolder()
        source = try await GitWorkspace(folder / "fleet.git")
        server = try GitHTTPServer(root: folder.path, behaviour)
    }

    var cache: String { folder / "cache" }

    func mirror(
        credentials: Credentials? = nil, path: String = "fleet.git", options: Mirror.Options = .init()
    ) throws -> Mirror {
        let repository = try RemoteRepository(server.url(path), credentials: credentials)
        return Mirror(of: repository, cacheFolder: cache, http: http, options: options)
    }
}

extension Snapshot {
    func text(_ path: String) throws -> String { String(decoding: try read(path).bytes, as: UTF8.self) }
}
