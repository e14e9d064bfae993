// Mirrors that are damaged, shared, or full.

import Foundation
import HTTPClient
import Testing

@testable import GitSource

@Suite struct RecoveryTests {
    let fixture: HTTPFixture

    init() async throws { fixture = try await HTTPFixture() }

    private var folder: MirrorFolder {
        MirrorFolder(for: fixture.server.url("fleet.git"), below: fixture.cache)
    }

    /// Flips bytes of the mirror's packs: every hundredth, or one in the middle.
    private func damagePacks(everywhere: Bool) throws {
        let packs = try #require(folder.repository) + "/objects/pack"
        for name in FolderTree.names(in: packs) where name.hasSuffix(".pack") {
            let path = "\(packs)/\(name)"
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            let positions = everywhere ? Array(stride(from: 20, to: bytes.count - 20, by: 100)) : [bytes.count / 2]
            for position in positions { bytes[position] ^= 0x55 }
            try Data(bytes).write(to: URL(fileURLWithPath: path))
        }
    }

    @Test func aDamagedFileIsNoticedWhenReadAndRepairedByTheNextFetch() async throws {
        // Noise does not compress, so that the middle of the pack is in this file.
        let text = (0..<20_000).map { _ in "\(UInt64.random(in: .min ... .max))\n" }.joined()
        try await fixture.source.commit(["a": text, "b": "b"])
        let mirror = try fixture.mirror()
        _ = try await mirror.fetch(.head, deadline: patience)
        let before = folder.repository
        try damagePacks(everywhere: false)

        let snapshot = try await fixture.mirror().fetch(.head, deadline: patience)
        #expect(folder.repository == before)
        #expect(try snapshot.text("b") == "b")
        let error = #expect(throws: GitError.self) { _ = try snapshot.read("a") }
        #expect(error?.code == .damaged)
        #expect(error?.path == "a")
        #expect(try await mirror.fetch(.head, deadline: patience).text("a") == text)
        #expect(folder.repository != before)
    }

    @Test func aDamagedCommitIsRepairedAtOnce() async throws {
        try await fixture.source.commit(["a": String(repeating: "1", count: 300)])
        _ = try await fixture.mirror().fetch(.head, deadline: patience)
        let before = folder.repository
        try damagePacks(everywhere: true)
        let snapshot = try await fixture.mirror().fetch(.head, deadline: patience)
        #expect(try snapshot.text("a").count == 300)
        #expect(folder.repository != before)
    }

    @Test(arguments: ["current", "g1/HEAD", "g1/objects", "server", "g1/shallow"])
    func aCacheFolderThatLacksSomethingIsMadeAnew(_ missing: String) async throws {
        try await fixture.source.commit(["a": "0"], seconds: 1_600_000_000)
        let head = try await fixture.source.commit(["a": "1"])
        _ = try await fixture.mirror().fetch(.head, deadline: patience)
        FolderTree.remove("\(folder.path)/\(missing)")
        let snapshot = try await fixture.mirror().fetch(.head, deadline: patience)
        #expect(snapshot.commit == head)
        #expect(try snapshot.text("a") == "1")
        let next = try await fixture.source.commit(["a": "2"], seconds: 1_700_000_100)
        #expect(try await fixture.mirror().fetch(.head, deadline: patience).commit == next)
    }

    @Test func aMirrorOfManyPacksIsBegunAnew() async throws {
        let options = Mirror.Options(maximumPacks: 3)
        let mirror = try fixture.mirror(options: options)
        for number in 0..<8 {
            let commit = try await fixture.source.commit(["a": "\(number)"], seconds: 1_700_000_000 + number)
            let snapshot = try await mirror.fetch(.head, deadline: patience)
            #expect(snapshot.commit == commit)
            #expect(try snapshot.text("a") == "\(number)")
        }
        #expect(MirrorFolder.packCount(of: try #require(folder.repository)) <= 3)
    }

    @Test func replacedRepositoriesGoAnHourLater() async throws {
        try await fixture.source.commit(["a": "1"])
        let mirror = try fixture.mirror()
        _ = try await mirror.fetch(.head, deadline: patience)
        let old = try #require(folder.repository)
        MirrorFolder.markDamaged(old)
        _ = try await mirror.fetch(.head, deadline: patience)
        #expect(folder.repository != old)
        let now = Int(Date().timeIntervalSince1970)
        folder.prune(now: now + 3000)
        #expect(FileManager.default.fileExists(atPath: old))
        folder.prune(now: now + 4000)
        #expect(!FileManager.default.fileExists(atPath: old))
        #expect(try await mirror.fetch(.head, deadline: patience).text("a") == "1")
    }

    @Test func manyAtOnceFetchOnce() async throws {
        let head = try await fixture.source.commit(["a": "1"])
        let commits = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<8 {
                let mirror = try fixture.mirror()
                group.addTask { try await mirror.fetch(.head, deadline: patience).commit }
            }
            return try await group.reduce(into: [String]()) { $0.append($1) }
        }
        #expect(commits == Array(repeating: head, count: 8))
        #expect(fixture.server.takeRequests().count { $0.body.contains("command=fetch") } == 1)
    }

    @Test func anAbandonedFetchLeavesNothingBehind() async throws {
        try await fixture.source.commit(["a": (0..<20_000).map { "\($0)" }.joined()])
        fixture.server.behave { $0.stallsAfter = 2000 }
        await #expect(throws: GitError.self) {
            _ = try await fixture.mirror().fetch(.head, deadline: .milliseconds(500))
        }
        #expect(folder.repository == nil)
        #expect(Set(FolderTree.names(in: folder.path)).isSubset(of: ["lock", "server"]))
    }

    @Test func whatAKilledProcessLeftIsSweptAway() async throws {
        try await fixture.source.commit(["a": "1"])
        try await fixture.source.git("branch", "team/a")
        _ = try await fixture.mirror().fetch(.head, deadline: patience)
        let repository = try #require(folder.repository)
        let left = [
            "refs/heads/main.lock", "refs/heads/team.lock", "packed-refs.lock", "objects/pack/pack_git2_abcdef",
        ]
        for name in left {
            try Data("x".utf8).write(to: URL(fileURLWithPath: "\(repository)/\(name)"))
        }
        // A repository that was begun and never finished.
        try FileManager.default.createDirectory(atPath: folder.path + "/g7/objects", withIntermediateDirectories: true)
        let head = try await fixture.source.commit(["a": "2"], seconds: 1_700_000_100)
        #expect(try await fixture.mirror().fetch(.head, deadline: patience).commit == head)
        #expect(folder.repository == repository)
        #expect(!FolderTree.names(in: repository + "/objects/pack").contains("pack_git2_abcdef"))
        #expect(!FolderTree.names(in: folder.path).contains("g7"))
    }

    @Test func aCacheFolderThatCannotBeMadeIsNamed() async throws {
        try await fixture.source.commit(["a": "1"])
        let file = fixture.folder / "file"
        try Data().write(to: URL(fileURLWithPath: file))
        let repository = try RemoteRepository(fixture.server.url("fleet.git"))
        let mirror = Mirror(of: repository, cacheFolder: file + "/cache", http: fixture.http)
        let error = await #expect(throws: GitError.self) { _ = try await mirror.fetch(.head, deadline: patience) }
        #expect(error?.code == .storage)
        #expect(error?.message.contains(file) == true)
    }
}
