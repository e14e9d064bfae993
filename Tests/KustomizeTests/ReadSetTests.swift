// The read set tells whether another state of the tree builds the same.

import Manifest
import Testing

@testable import Kustomize

@Suite("Read sets")
struct ReadSetTests {
    static let files = [
        "top/kustomization.yaml": "resources: [../base, link.yaml]", "top/link.yaml": "-> real.yaml",
        "top/real.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: r}", "top/unused.yaml": "x: y",
        "base/kustomization.yml": "resources: [c.yaml]\nconfigMapGenerator: [{name: g, files: [data.txt]}]",
        "base/c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}", "base/data.txt": "1",
    ]

    static let changes: [(path: String, text: String?, unchanged: Bool)] = [
        ("top/unused.yaml", "z: z", true), ("elsewhere/file", "new", true), ("base/data.txt", "2", false),
        ("base/c.yaml", nil, false),
        ("base/kustomization.yaml", "resources: []", false), ("top/link.yaml", "-> unused.yaml", false),
        ("top/real.yaml", "a: b", false),
    ]

    @Test("a change matters exactly when the build read it or missed it", arguments: changes)
    func change(_ path: String, _ text: String?, _ unchanged: Bool) throws {
        let readSet = try KustomizeBuild(tree: MemoryTree(Self.files)).build(path: "top").readSet
        var changed = Self.files
        changed[path] = text
        #expect(readSet.isUnchanged(in: MemoryTree(Self.files)))
        #expect(readSet.isUnchanged(in: MemoryTree(changed)) == unchanged)
    }

    @Test("object ids are Git's")
    func objectIDs() throws {
        #expect(try MemoryTree(["f": "hello\n"]).objectID(of: "f") == "ce013625030ba8dba906f756967f9e9ca394464a")
    }
}
