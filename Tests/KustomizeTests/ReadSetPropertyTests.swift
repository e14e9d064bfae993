// The promise of a ReadSet, on random trees: it is different exactly when something that the build asked for is.

import Manifest
import RandomTrees
import Synchronization
import Testing

@testable import Kustomize

/// A tree that keeps what it was asked, whatever the build makes of the answers.
private final class AskedTree: FileTree {
    enum Question: Hashable {
        case resolve(String)
        case read(String)
        case names(String)
    }

    /// What a build can tell apart, and the links that it went through: they were read, even if others lead to the same
    /// place.
    struct Answer: Equatable {
        var bytes: [UInt8]? = nil
        var names: [String]? = nil
        var place: ResolvedPath? = nil
        var links: [String?] = []
    }

    private let tree: MemoryTree
    private let asked = Mutex<Set<Question>>([])

    init(_ tree: MemoryTree) { self.tree = tree }

    /// Whether another tree answers everything that this one was asked alike.
    func isAnswered(alikeBy other: MemoryTree) -> Bool {
        asked.withLock { $0 }.allSatisfy { Self.answer($0, tree) == Self.answer($0, other) }
    }

    private static func answer(_ question: Question, _ tree: MemoryTree) -> Answer {
        switch question {
        case .resolve(let path):
            let place = try? tree.resolve(path, below: "")
            return Answer(place: place, links: place?.links.map { try? tree.objectID(of: $0) } ?? [])
        case .read(let path): return Answer(bytes: try? tree.read(path))
        case .names(let path): return Answer(names: try? tree.names(in: path))
        }
    }

    private func note(_ question: Question) { asked.withLock { _ = $0.insert(question) } }

    func resolve(_ path: String, below directory: String) throws(FileTreeError) -> ResolvedPath {
        note(.resolve(path))
        return try tree.resolve(path, below: directory)
    }

    func read(_ path: String) throws(FileTreeError) -> [UInt8] {
        note(.read(path))
        return try tree.read(path)
    }

    func names(in path: String) throws(FileTreeError) -> [String] {
        note(.names(path))
        return try tree.names(in: path)
    }

    func objectID(of path: String) throws(FileTreeError) -> String { try tree.objectID(of: path) }
}

@Suite("Read sets of random trees")
struct ReadSetPropertyTests {
    @Test(
        "a read set is unchanged exactly when nothing that was asked is, and then the output is the same",
        arguments: 0..<600)
    func property(_ seed: Int) throws {
        var drawn = RandomTree(seed: seed)
        let before = MemoryTree(drawn.files)
        let asked = AskedTree(before)
        let result = try KustomizeBuild(tree: asked).build(path: "top")
        #expect(result.readSet.isUnchanged(in: before))
        let what = drawn.change()
        let after = MemoryTree(drawn.files)
        let isUnchanged = result.readSet.isUnchanged(in: after)
        #expect(isUnchanged == asked.isAnswered(alikeBy: after), "\(what)")
        if isUnchanged {
            let again = try KustomizeBuild(tree: after).build(path: "top")
            #expect(again.yaml() == result.yaml(), "\(what) changed the output and not the read set")
            #expect(again.diagnostics == result.diagnostics, "\(what) changed the findings and not the read set")
        }
    }

    @Test("the random changes fall on both sides")
    func sides() throws {
        let sides = try (0..<100).map { seed in
            var drawn = RandomTree(seed: seed)
            let readSet = try KustomizeBuild(tree: MemoryTree(drawn.files)).build(path: "top").readSet
            _ = drawn.change()
            return readSet.isUnchanged(in: MemoryTree(drawn.files))
        }
        #expect(sides.count { $0 } > 20)
        #expect(sides.count { !$0 } > 20)
    }
}
