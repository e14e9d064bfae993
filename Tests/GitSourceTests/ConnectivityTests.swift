// Whether a missing object is found before anyone needs it.

import Foundation
import Testing

@testable import GitSource

@Suite struct ConnectivityTests {
    @Test(arguments: ["a", "dir/b", "dir"])
    func aMissingObjectIsFound(_ path: String) async throws {
        let folder = try TemporaryFolder()
        let source = try await GitWorkspace(folder / "fleet")
        try await source.commit(["a": "1", "dir/b": "1", "dir/c": "1"])
        let old = try #require(ObjectID(try await source.git("rev-parse", "HEAD^{tree}")))
        try await source.commit(["a": "2", "dir/b": "2"])
        let new = try #require(ObjectID(try await source.git("rev-parse", "HEAD^{tree}")))
        let handle = try RepositoryHandle(folder: source.path + "/.git")
        try Connectivity(objects: handle.objects).check(tree: new, against: nil)

        let missing = try await source.git("rev-parse", "HEAD:\(path)")
        try FileManager.default.removeItem(
            atPath: "\(source.path)/.git/objects/\(missing.prefix(2))/\(missing.dropFirst(2))")
        let objects = try RepositoryHandle(folder: source.path + "/.git").objects
        let id = try #require(ObjectID(missing))
        for known in [nil, old] {
            #expect(throws: ObjectFailure.missing(id)) {
                try Connectivity(objects: objects).check(tree: new, against: known)
            }
        }
        // What the known tree has too is taken to be there.
        try Connectivity(objects: objects).check(tree: new, against: new)
    }
}
