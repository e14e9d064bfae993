// The promise of a ReadSet, on random trees: what is outside of it does not matter, and what is inside may.

import Manifest
import Testing

@testable import Kustomize

@Suite("Read sets of random trees")
struct ReadSetPropertyTests {
    /// A generator whose numbers are the same on every machine (SplitMix64).
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    /// An overlay over one or two bases, files that nobody names among them, and links.
    private func tree(_ numbers: inout Numbers) -> MemoryTree {
        var files: [String: String] = [:]
        var bases: [String] = []
        for index in 0..<Int.random(in: 1...3, using: &numbers) {
            let folder = "base\(index)"
            bases.append("../" + folder)
            var resources: [String] = []
            for number in 0..<Int.random(in: 1...3, using: &numbers) {
                let name = "r\(number).yaml"
                files["\(folder)/\(name)"] =
                    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c\(index)-\(number)}\ndata: {a: b}\n"
                if Bool.random(using: &numbers) || resources.isEmpty { resources.append(name) }
            }
            if Bool.random(using: &numbers) {
                files["\(folder)/real/l.yaml"] = "apiVersion: v1\nkind: Secret\nmetadata: {name: l\(index)}\n"
                files["\(folder)/link.yaml"] = "-> real/l.yaml"
                resources.append("link.yaml")
            }
            var kustomization = "resources: [\(resources.joined(separator: ", "))]\n"
            if Bool.random(using: &numbers) {
                files["\(folder)/data.txt"] = "text"
                files["\(folder)/unused.txt"] = "text"
                kustomization += "configMapGenerator: [{name: g\(index), files: [data.txt]}]\n"
            }
            files["\(folder)/\(Loader.kustomizationNames.randomElement(using: &numbers) ?? "kustomization.yaml")"] =
                kustomization
        }
        files["top/kustomization.yaml"] = "resources: [\(bases.joined(separator: ", "))]\nnamePrefix: p-\n"
        files["elsewhere/kustomization.yaml"] = "resources: [x.yaml]\n"
        files["elsewhere/x.yaml"] = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"
        return MemoryTree(files)
    }

    /// The tree after somebody edited, added, removed or moved something.
    private func changed(_ tree: MemoryTree, _ numbers: inout Numbers) -> (tree: MemoryTree, what: String) {
        var tree = tree
        let path = tree.files.keys.sorted().randomElement(using: &numbers) ?? ""
        let folder = TreePath.parent(path)
        switch Int.random(in: 0..<6, using: &numbers) {
        case 0, 1:
            tree.files[path] = (tree.files[path] ?? []) + Array("# more\n".utf8)
            return (tree, "edit \(path)")
        case 2:
            tree.files[path] = nil
            return (tree, "remove \(path)")
        case 3:
            let name = Loader.kustomizationNames.randomElement(using: &numbers) ?? ""
            tree.files["\(folder)/\(name)", default: Array("resources: []\n".utf8)] += []
            return (tree, "add \(folder)/\(name)")
        case 4:
            tree.files["\(folder)/new\(Int.random(in: 0..<9, using: &numbers)).yaml"] = Array("a: b\n".utf8)
            return (tree, "add to \(folder)")
        default:
            tree.files[path + "/inside"] = Array("a: b\n".utf8)
            tree.files[path] = nil
            return (tree, "turn \(path) into a folder")
        }
    }

    private func output(_ tree: MemoryTree) -> [UInt8]? { try? KustomizeBuild(tree: tree).build(path: "top").yaml() }

    @Test("an unchanged read set means the same output", arguments: 0..<400)
    func property(_ seed: Int) throws {
        var numbers = Numbers(state: UInt64(seed))
        let before = tree(&numbers)
        let result = try KustomizeBuild(tree: before).build(path: "top")
        let readSet = result.readSet
        #expect(readSet.isUnchanged(in: before))
        let (after, what) = changed(before, &numbers)
        if readSet.isUnchanged(in: after) {
            #expect(output(after) == result.yaml(), "\(what) changed the output and not the read set")
        } else {
            // Something that was read, listed or looked for in vain is different: nothing else may cause a render.
            let touched = Set(before.files.keys).symmetricDifference(after.files.keys)
                .union(before.files.keys.filter { before.files[$0] != after.files[$0] })
            let known = Set(readSet.files.keys).union(readSet.misses).union(readSet.directories)
            let isKnown = touched.contains { path in
                known.contains(path) || known.contains { path.hasPrefix($0 + "/") || $0.hasPrefix(path + "/") }
            }
            #expect(isKnown, "\(what) caused a render, and the build had nothing to do with it")
        }
    }

    @Test("files that nobody reads are outside, whatever happens to them")
    func outside() throws {
        var numbers = Numbers(state: 7)
        let before = tree(&numbers)
        let readSet = try KustomizeBuild(tree: before).build(path: "top").readSet
        var after = before
        after.files["elsewhere/x.yaml"] = Array("broken: [".utf8)
        after.files["README.md"] = Array("new".utf8)
        #expect(readSet.isUnchanged(in: after))
    }
}
