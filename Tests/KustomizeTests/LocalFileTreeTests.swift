// A folder on the disk as a tree: links, misses, object ids, and the same output as from any other tree.

import Manifest
import Testing

@testable import Kustomize

#if canImport(Glibc)
    import Glibc
#endif

@Suite("Folders as trees")
struct LocalFileTreeTests {
    /// A folder with the files of a memory tree, removed when the body returns.
    private func withFolder<Result>(_ files: [String: String], _ body: (String) throws -> Result) throws -> Result {
        var template = Array("/tmp/gitopsctl-tree-XXXXXX".utf8CString)
        let path = try #require(mkdtemp(&template).map { String(cString: $0) })
        var made: [String] = []
        defer {
            for file in made.reversed() { remove(path + "/" + file) }
            rmdir(path)
        }
        for (file, text) in files.sorted(by: { $0.key < $1.key }) {
            var directory = ""
            for part in file.split(separator: "/").dropLast() {
                directory += directory.isEmpty ? String(part) : "/" + part
                if mkdir(path + "/" + directory, 0o755) == 0 { made.append(directory) }
            }
            if text.hasPrefix("-> ") {
                symlink(String(text.dropFirst(3)), path + "/" + file)
            } else {
                let handle = try #require(fopen(path + "/" + file, "w"))
                fputs(text, handle)
                fclose(handle)
            }
            made.append(file)
        }
        return try body(path)
    }

    @Test("a folder builds what the same files build elsewhere")
    func sameOutput() throws {
        try withFolder(ReadSetTests.files) { (folder) throws in
            let result = try KustomizeBuild(tree: LocalFileTree(root: folder)).build(path: "top")
            let elsewhere = try build(ReadSetTests.files, "top")
            #expect(String(decoding: result.yaml(), as: UTF8.self) == elsewhere)
            let memory = try KustomizeBuild(tree: MemoryTree(ReadSetTests.files)).build(path: "top").readSet
            #expect(result.readSet == memory)
        }
    }

    @Test("links stay inside of the folder")
    func links() throws {
        let files = [
            "d/in.txt": "x", "a": "-> d/in.txt", "b": "-> ../../etc/passwd", "c": "-> /etc/passwd", "e": "-> e",
            "f": "-> d", "g": "-> d/no",
        ]
        try withFolder(files) { (folder) throws in
            let tree = LocalFileTree(root: folder)
            #expect(try tree.resolve("a", below: "") == ResolvedPath(path: "d/in.txt", kind: .file, links: ["a"]))
            #expect(
                try tree.resolve("f/in.txt", below: "") == ResolvedPath(path: "d/in.txt", kind: .file, links: ["f"]))
            #expect(throws: FileTreeError("b", .leavesTree)) { try tree.resolve("b", below: "") }
            #expect(throws: FileTreeError("c", .leavesTree)) { try tree.resolve("c", below: "") }
            #expect(throws: FileTreeError("e", .tooManyLinks)) { try tree.resolve("e", below: "") }
            #expect(throws: FileTreeError("d/no", .notFound)) { try tree.resolve("d/no", below: "d") }
            #expect(throws: FileTreeError("a/x", .brokenLink)) { try tree.resolve("a/x", below: "") }
            #expect(throws: FileTreeError("d/in.txt/..", .notFound)) { try tree.resolve("d/in.txt/..", below: "") }
            #expect(throws: FileTreeError("g", .brokenLink)) { try tree.resolve("g", below: "") }
            #expect(throws: FileTreeError("d/in.txt\0x", .notFound)) { try tree.resolve("d/in.txt\0x", below: "") }
            let long = String(repeating: "x", count: 5000)
            #expect(throws: FileTreeError(long, .notFound)) { try tree.resolve(long, below: "") }
            #expect(try tree.names(in: "d") == ["in.txt"])
            #expect(throws: FileTreeError("d", .notAFile)) { try tree.read("d") }
        }
    }

    @Test("several builds of one tree at once print the same")
    func concurrently() async throws {
        let tree = MemoryTree(ReadSetTests.files)
        let expected = try KustomizeBuild(tree: tree).build(path: "top").yaml()
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<8 { group.addTask { try KustomizeBuild(tree: tree).build(path: "top").yaml() } }
            while let printed = try await group.next() { #expect(printed == expected) }
        }
    }
}
