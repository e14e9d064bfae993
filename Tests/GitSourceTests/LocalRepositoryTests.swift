// Repositories on this machine, read where they stand.

import Foundation
import HTTPClient
import Testing

@testable import GitSource

@Suite struct LocalRepositoryTests {
    let folder: TemporaryFolder
    let source: GitWorkspace
    let http = HTTPClient()

    init() async throws {
        folder = try TemporaryFolder()
        source = try await GitWorkspace(folder / "fleet")
    }

    func fetch(_ address: String, _ revision: String = "HEAD") async throws -> Snapshot {
        let mirror = Mirror(of: try RemoteRepository(address), cacheFolder: folder / "cache", http: http)
        return try await mirror.fetch(Revision(parsing: revision), deadline: patience)
    }

    @Test func everyFormOfAPathIsFound() async throws {
        let head = try await source.commit(["a": "1"])
        try await source.git("clone", "-q", "--bare", source.path, folder / "bare.git")
        try await source.git("worktree", "add", "-q", folder / "linked")
        for address in [
            source.path, source.path + "/", source.path + "/.git", "file://\(source.path)", folder / "bare.git",
            folder / "bare",
            folder / "linked",
        ] {
            let snapshot = try await fetch(address)
            #expect(snapshot.commit == head)
            #expect(try snapshot.text("a") == "1")
        }
        #expect(!FileManager.default.fileExists(atPath: folder / "cache"))
    }

    @Test func newCommitsBranchesAndPacksAreSeen() async throws {
        let mirror = Mirror(of: try RemoteRepository(source.path), cacheFolder: folder / "cache", http: http)
        for number in 0..<6 {
            let commit = try await source.commit(
                ["a": "\(number)"], "Commit \(number)", seconds: 1_700_000_000 + number)
            if number % 2 == 1 { try await source.git("gc", "-q", "--prune=now") }
            let snapshot = try await mirror.fetch(.head, deadline: patience)
            #expect(snapshot.commit == commit)
            #expect(try snapshot.text("a") == "\(number)")
            #expect(snapshot.reference == "refs/heads/main")
        }
        try await source.git("checkout", "-q", "-b", "other")
        let commit = try await source.commit(["b": "2"])
        #expect(try await mirror.fetch(.branch("other"), deadline: patience).commit == commit)
    }

    @Test func whatIsHeldStaysReadableAfterARepack() async throws {
        try await source.commit(["a": "1", "dir/b": "2"])
        try await source.git("gc", "-q")
        let snapshot = try await fetch(source.path)
        try await source.commit(["c": "3"])
        try await source.git("gc", "-q", "--prune=now")
        #expect(try snapshot.text("dir/b") == "2")
    }

    @Test func revisionsMeanTheSameAsRemotely() async throws {
        var commits: [String] = []
        for number in 0..<4 {
            commits.append(try await source.commit(["n": "\(number)"], seconds: 1_700_000_000 + number))
        }
        try await source.git("tag", "-a", "-m", "First", "v1.0.0", commits[0])
        try await source.git("tag", "-a", "-m", "A tag of a tag", "nested", "v1.0.0")
        try await source.git("tag", "1.1.0", commits[1])
        try await source.git("pack-refs", "--all")
        try await source.git("tag", "v2.0.0", commits[2])
        for (text, number) in [
            ("main", 3), ("1.0.0", 0), ("nested", 0), ("v1.1.0", 1), ("^1", 1), ("*", 2), (">=1 <1.1", 0),
            (commits[1], 1),
            (String(commits[2].prefix(8)), 2), ("refs/heads/main", 3),
        ] {
            #expect(try await fetch(source.path, text).commit == commits[number], "\(text)")
        }
        let error = await #expect(throws: GitError.self) { _ = try await fetch(source.path, "refs/heads/prod") }
        #expect(error?.message == "branch `prod` not found; the repository has branch main")
    }

    @Test func placesThatAreNoRepositoryAreNamed() async throws {
        let missing = await #expect(throws: GitError.self) { _ = try await fetch(folder / "nowhere") }
        #expect(missing?.code == .repositoryNotFound)
        #expect(missing?.description.hasPrefix("\(folder / "nowhere"): the path cannot be read: No such file") == true)
        try FileManager.default.createDirectory(atPath: folder / "plain", withIntermediateDirectories: true)
        let plain = await #expect(throws: GitError.self) { _ = try await fetch(folder / "plain") }
        #expect(plain?.code == .repositoryNotFound)
        let empty = await #expect(throws: GitError.self) { _ = try await fetch(source.path) }
        #expect(empty?.code == .emptyRepository)
    }

    @Test func otherObjectFormatsAreNamed() async throws {
        let path = folder / "sha256"
        try await Shell.run("/usr/bin/git", ["init", "-q", "-b", "main", "--object-format=sha256", path])
        let other = GitWorkspace(existing: path)
        try await other.commit(["a": "1"])
        let error = await #expect(throws: GitError.self) { _ = try await fetch(path) }
        #expect(error?.code == .unsupported)
        #expect(error?.message == "the repository's objects are named by sha256")
    }

    @Test func aMissingObjectIsNamed() async throws {
        try await source.commit(["a": "1"])
        let snapshot = try await fetch(source.path)
        let oid = try #require(try snapshot.entry("a")).oid.description
        let file = "\(source.path)/.git/objects/\(oid.prefix(2))/\(oid.dropFirst(2))"
        try FileManager.default.removeItem(atPath: file)
        let fresh = try await fetch(source.path)
        let error = #expect(throws: GitError.self) { _ = try fresh.read("a") }
        #expect(error?.code == .damaged)
        #expect(error?.message == "object \(oid) is missing from the object database")
        #expect(error?.path == "a")
    }
}
