// Reading commits: what git shows of them, and what must not be followed.

import Foundation
import HTTPClient
import Manifest
import Testing

@testable import GitSource

@Suite struct SnapshotTests {
    let folder: TemporaryFolder
    let source: GitWorkspace

    init() async throws {
        folder = try TemporaryFolder()
        source = try await GitWorkspace(folder / "fleet")
    }

    func snapshot() async throws -> Snapshot {
        let mirror = Mirror(of: try RemoteRepository(source.path), cacheFolder: folder / "cache", http: HTTPClient())
        return try await mirror.fetch(.head, deadline: patience)
    }

    @Test func aCommitSaysWhoAndWhenAndWhat() async throws {
        try await source.commit(["a": "1"], "\n  A subject\nover two lines\n\nAnd a body\n")
        let snapshot = try await snapshot()
        #expect(snapshot.subject == (try await source.git("log", "-1", "--format=%s")))
        #expect(snapshot.author.name == "Ada Lovelace")
        #expect(snapshot.author.email == "ada@example.org")
        #expect(snapshot.committer.seconds == 1_700_000_000)
        #expect(snapshot.committer.offset == 60)
        #expect(snapshot.tree.description == (try await source.git("rev-parse", "HEAD^{tree}")))
        #expect(snapshot.commitID.abbreviated == (try await source.git("rev-parse", "--short=7", "HEAD")))
    }

    private func link(_ path: String, to target: String) throws {
        let path = "\(source.path)/\(path)"
        try FileManager.default.createDirectory(
            at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
        #expect(symlink(target, path) == 0)
    }

    @Test func linksAreFollowedInsideTheTree() async throws {
        try source.write("1", to: "base/deep/file")
        try link("base/here", to: "deep/file")
        try link("overlay/up", to: "../base/deep")
        try link("overlay/twice", to: "./up/../here")
        try link("top", to: "overlay")
        try await source.commit([:])
        let snapshot = try await snapshot()
        for path in [
            "base/deep/file", "base/here", "overlay/up/file", "overlay/twice", "top/up/file", "top/../top/twice",
            "./base//here", "base/./deep/../here",
        ] {
            #expect(try snapshot.text(path) == "1", "\(path)")
        }
        let resolved = try snapshot.resolve("top/twice")
        #expect(resolved?.path == "base/deep/file")
        #expect(resolved?.links == ["top", "overlay/twice", "overlay/up", "base/here"])
        #expect(resolved?.entry == (try snapshot.entry("base/deep/file")))
        #expect(try snapshot.resolve("base/../")?.path == "")
        #expect(try snapshot.resolve("nowhere") == nil)
        #expect(try snapshot.entry("top/up", followingLinks: false)?.mode == .symlink)
        #expect(try snapshot.linkTarget("top/up") == "../base/deep")
        #expect(throws: GitError.self) { _ = try snapshot.linkTarget("base") }
        #expect(try snapshot.entry("top")?.mode == .directory)
        #expect(try snapshot.list("top").map(\.name) == ["twice", "up"])
        #expect(try snapshot.list("top").map(\.mode) == [.symlink, .symlink])
        for path in ["", ".", "/"].prefix(2) {
            #expect(try snapshot.list(path).map(\.name) == ["base", "overlay", "top"])
        }
    }

    @Test(
        arguments: [
            (
                "../../etc/passwd", "out", .outsideTree,
                "the symbolic link out -> ../../etc/passwd leads out of the repository"
            ),
            ("/etc/passwd", "out", .outsideTree, "the symbolic link out -> /etc/passwd leads out of the repository"),
            ("a/../../x", "out/y", .outsideTree, "the symbolic link out -> a/../../x leads out of the repository"),
            ("nowhere", "out", .brokenLink, "the symbolic link out -> nowhere leads to nothing in the commit"),
            ("f/x", "out", .brokenLink, "the symbolic link out -> f/x leads to nothing in the commit"),
            ("out", "out", .linkLoop, "too many symbolic links, the last one out -> out"),
        ] as [(String, String, GitError.Code, String)])
    func linksThatLeadAstrayAreErrors(target: String, path: String, code: GitError.Code, message: String) async throws {
        try source.write("1", to: "a/file")
        try source.write("1", to: "f")
        try link("out", to: target)
        try await source.commit([:])
        let snapshot = try await snapshot()
        for read in [
            { _ = try snapshot.read(path) }, { _ = try snapshot.entry(path) }, { _ = try snapshot.list(path) },
        ] as [() throws -> Void] {
            let error = #expect(throws: GitError.self) { try read() }
            #expect(error?.code == code)
            #expect(error?.message == message)
            #expect(error?.path == path)
            #expect(error?.revision == snapshot.commitID.abbreviated)
        }
    }

    @Test func pathsThatLeadAstrayAreErrors() async throws {
        try await source.commit(["a/b": "1", "f": "1"])
        let snapshot = try await snapshot()
        for path in ["..", "a/../..", "/a", "a/../../a/b", "../fleet/a"] {
            #expect(throws: GitError.self) { _ = try snapshot.entry(path) }
        }
        for path in ["x", "a/x", "f/x", "a/b/c", "A", "a/B", "f/.", "f/.."].prefix(6) {
            #expect(try snapshot.entry(path) == nil, "\(path)")
            let error = #expect(throws: GitError.self) { _ = try snapshot.read(path) }
            #expect(error?.code == .pathNotFound)
        }
        #expect(#expect(throws: GitError.self) { _ = try snapshot.read("a") }?.message == "is a directory, not a file")
        #expect(#expect(throws: GitError.self) { _ = try snapshot.list("f") }?.message == "is a file, not a directory")
    }

    @Test func submodulesAreErrorsThatSaySo() async throws {
        try await source.commit(["a": "1"])
        try await source.git(
            "update-index", "--add", "--cacheinfo", "160000,\(String(repeating: "1", count: 40)),modules/other")
        try await source.git("commit", "-q", "-m", "A submodule")
        let snapshot = try await snapshot()
        #expect(try snapshot.entry("modules/other")?.mode == .submodule)
        #expect(try snapshot.list("modules").map(\.mode) == [.submodule])
        for read in [
            { _ = try snapshot.read("modules/other") }, { _ = try snapshot.list("modules/other") },
            { _ = try snapshot.entry("modules/other/file") },
        ] as [() throws -> Void] {
            let error = #expect(throws: GitError.self) { try read() }
            #expect(error?.code == .submodule)
            #expect(error?.message.contains("is a submodule") == true)
        }
    }

    @Test func largeFilesAreRefused() async throws {
        try await source.commit(["a": String(repeating: "x", count: 1000)])
        let snapshot = try await snapshot()
        #expect(try snapshot.read("a", limit: 1000).bytes.count == 1000)
        let error = #expect(throws: GitError.self) { _ = try snapshot.read("a", limit: 999) }
        #expect(error?.code == .tooLarge)
        #expect(error?.diagnostic.location?.file == "a")
    }

    @Test func changesAreNamed() async throws {
        try await source.commit(
            ["a": "1", "dir/b": "1", "dir/c": "1", "kind": "1", "gone/d": "1"], "First", seconds: 1_700_000_001)
        let before = try await snapshot()
        try FileManager.default.removeItem(atPath: source.path + "/gone")
        try FileManager.default.removeItem(atPath: source.path + "/kind")
        try await source.commit(["dir/b": "2", "kind/e": "1", "new": "1"], "Second", seconds: 1_700_000_002)
        let after = try await snapshot()
        let changes = try after.changes(since: before)
        #expect(changes.map(\.path) == ["dir/b", "gone/d", "kind", "kind/e", "new"])
        #expect(changes.map { $0.old != nil } == [true, true, true, false, false])
        #expect(changes.map { $0.new != nil } == [true, false, false, true, true])
        #expect(try after.changes(since: after).isEmpty)
    }

    @Test func theCommitThatChangedAPathIsTheOneOfGitLog() async throws {
        var generator = SystemRandomNumberGenerator()
        for number in 0..<15 {
            let file = ["a", "dir/b", "dir/deep/c"].randomElement(using: &generator) ?? "a"
            try await source.commit([file: "\(number)"], "Commit \(number)", seconds: 1_700_000_000 + number)
            if number == 6 { try await source.git("checkout", "-q", "-b", "side") }
            if number == 9 { try await source.git("checkout", "-q", "main") }
        }
        try await source.git("merge", "-q", "-X", "ours", "-m", "Merge", "side", seconds: 1_700_000_100)
        let snapshot = try await snapshot()
        for path in ["a", "dir", "dir/b", "dir/deep/c", "dir/deep"] where try snapshot.entry(path) != nil {
            let change = try snapshot.lastChange(of: path)
            #expect(change.commit == (try await source.git("log", "-1", "--format=%H", "--", path)), "\(path)")
            #expect(change.isCertain)
        }
    }

    /// Names, kinds, contents and depths at random: everything is as git shows it.
    @Test(arguments: 0..<6)
    func readsAreThoseOfGit(round: Int) async throws {
        var generator = SystemRandomNumberGenerator()
        let alphabet = [
            "a", "b", "a-b", "a.b", "a0", "ab", "z", "ä", "a\u{308}", "日本", "x y", "-", "~", "A", "a+", "a,",
        ]
        for _ in 0..<60 {
            let depth = Int.random(in: 1...5, using: &generator)
            let path = (0..<depth).map { _ in alphabet.randomElement(using: &generator) ?? "a" }.joined(separator: "/")
            let size = [0, 1, 10, 5000].randomElement(using: &generator) ?? 0
            let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
            // A file may stand where a folder is wanted.
            try? source.write(bytes, to: path)
            if Bool.random(using: &generator) {
                try? FileManager.default.setAttributes(
                    [.posixPermissions: 0o755], ofItemAtPath: "\(source.path)/\(path)")
            }
        }
        try await source.commit([:])
        if round % 2 == 0 { try await source.git("gc", "-q") }
        let snapshot = try await snapshot()
        let modes: [EntryMode: String] = [.file: "100644", .executable: "100755", .directory: "040000"]

        var pending = [""]
        var count = 0
        while let path = pending.popLast() {
            let entries = try snapshot.list(path)
            let shown = try await source.bytes("ls-tree", "-z", path.isEmpty ? "HEAD" : "HEAD:\(path)")
            let lines = entries.map { entry in
                let kind = entry.mode == .directory ? "tree" : "blob"
                return "\(modes[entry.mode] ?? "?") \(kind) \(entry.oid)\t\(entry.name)\0"
            }
            #expect(Array(lines.joined().utf8) == shown)
            for entry in entries {
                let below = path.isEmpty ? entry.name : "\(path)/\(entry.name)"
                #expect(try snapshot.entry(below) == entry)
                if entry.mode == .directory {
                    pending.append(below)
                } else {
                    let content = try snapshot.read(below)
                    #expect(content.bytes == (try await source.bytes("show", "HEAD:\(below)")))
                    #expect(content.oid == entry.oid)
                    count += 1
                }
            }
        }
        #expect(count > 5)
    }
}

@Suite struct TreeObjectTests {
    private let oid = Array(repeating: UInt8(7), count: 20)

    private func parse(_ bytes: [UInt8]) -> TreeObject? {
        bytes.withUnsafeBytes { TreeObject(raw: $0) }
    }

    private func entry(_ text: String) -> [UInt8] { Array(text.utf8) + [0] + oid }

    @Test func modesAreRead() throws {
        let raw = ["100644 a", "100664 b", "100755 c", "120000 d", "160000 e", "40000 f"].flatMap(entry)
        let tree = try #require(parse(raw))
        #expect(tree.entries.map(\.mode) == [.file, .file, .executable, .symlink, .submodule, .directory])
        #expect(tree.entry(named: "f")?.mode == .directory)
        #expect(parse([])?.entries.isEmpty == true)
    }

    @Test(arguments: [
        "100644 ", "100644 .", "40000 ..", "100644 a/b", "100644", " a", "100648 a", "99999999 a", "000000 a", "-1 a",
        "",
    ])
    func hostileEntriesAreRefused(_ text: String) {
        #expect(parse(entry(text)) == nil)
    }

    @Test func truncatedTreesAreRefused() {
        let whole = entry("100644 a") + entry("40000 b")
        for count in 1..<whole.count where count != entry("100644 a").count {
            #expect(parse(Array(whole.prefix(count))) == nil, "\(count)")
        }
    }
}

@Suite struct ObjectIDTests {
    @Test func isItsDigits() throws {
        let text = "00ff1234567890abcdef00112233445566778899"
        let id = try #require(ObjectID(text))
        #expect(id.description == text)
        #expect(ObjectID(text.uppercased()) == id)
        #expect(id.bytes.prefix(3) == [0, 0xff, 0x12])
        #expect(id.bytes.withUnsafeBytes { ObjectID(bytes: $0) } == id)
        #expect(ObjectID(id.oid) == id)
        #expect(try #require(ObjectID(String(repeating: "f", count: 40))) > id)
    }

    @Test(arguments: [
        "", "00ff", String(repeating: "g", count: 40), String(repeating: "0", count: 41),
        String(repeating: "0", count: 64),
    ])
    func otherTextIsNone(_ text: String) {
        #expect(ObjectID(text) == nil)
    }
}
