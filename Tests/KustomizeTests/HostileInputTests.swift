// Input that means harm: each ends, soon and within bounds, with a diagnostic or with what it says.

import Manifest
import Testing

@testable import Kustomize

@Suite("Hostile input", .timeLimit(.minutes(1)))
struct HostileInputTests {
    /// A tree whose one large file is made when it is read.
    private struct LargeTree: FileTree {
        let base: MemoryTree
        let large: @Sendable () -> [UInt8]

        func resolve(_ path: String, below directory: String) throws(FileTreeError) -> ResolvedPath {
            try base.resolve(path, below: directory)
        }
        func read(_ path: String) throws(FileTreeError) -> [UInt8] {
            path == "large.yaml" ? large() : try base.read(path)
        }
        func names(in path: String) throws(FileTreeError) -> [String] { try base.names(in: path) }
        func objectID(of path: String) throws(FileTreeError) -> String { try base.objectID(of: path) }
    }

    private func result(
        of kustomization: String = "resources: [large.yaml]\n", _ large: @escaping @Sendable () -> [UInt8]
    ) -> Result<BuildResult, DiagnosticsError> {
        let base = MemoryTree(["kustomization.yaml": kustomization, "large.yaml": "", "web.yaml": webDeployment])
        let build = KustomizeBuild(tree: LargeTree(base: base, large: large))
        do throws(DiagnosticsError) {
            return .success(try build.build(path: ""))
        } catch {
            return .failure(error)
        }
    }

    private func expectFailure(_ result: Result<BuildResult, DiagnosticsError>, _ comment: Comment) {
        switch result {
        case .success: Issue.record("the build succeeded: \(comment)")
        case .failure(let error):
            #expect(error.diagnostics.contains { $0.severity == .error && $0.location?.file == "large.yaml" }, comment)
        }
    }

    private static let head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"

    static let refused: [(name: String, text: @Sendable () -> [UInt8])] = [
        (
            "a bomb of aliases",
            {
                var text = head + "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
                for level in 1...12 {
                    let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
                    text += "a\(level): &a\(level) [\(aliases)]\n"
                }
                return Array(text.utf8)
            }
        ),
        ("10,000 open brackets", { Array((head + "a: " + String(repeating: "[", count: 10_000)).utf8) }),
        (
            "10,000 nested brackets",
            {
                Array(
                    (head + "a: " + String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)).utf8)
            }
        ),
        (
            "10,000 nested mappings",
            {
                Array(
                    (head + "a:\n" + (1...10_000).map { String(repeating: " ", count: $0 % 2000) + "a:\n" }.joined())
                        .utf8)
            }
        ),
        ("10,000 dashes", { Array((head + "a:\n" + String(repeating: "- ", count: 10_000) + "x\n").utf8) }),
        ("NUL bytes", { Array((head + "data: {a: \"x").utf8) + [0] + Array("\"}\n".utf8) }),
        ("invalid UTF-8", { Array((head + "data: {a: ").utf8) + [0xC3, 0x28, 0xFF] + Array("}\n".utf8) }),
        ("surrogates", { Array((head + "data: {a: ").utf8) + [0xED, 0xA0, 0x80] + Array("}\n".utf8) }),
        ("an alias of itself", { Array((head + "a: &a [*a]\n").utf8) }),
        ("a merge of itself", { Array((head + "a: &a {<<: *a}\n").utf8) }),
        ("an endless tag", { Array((head + "a: !<" + String(repeating: "x", count: 100_000)).utf8) }),
        ("a key that stands twice", { Array((head + "data: {a: b}\ndata: {c: d}\n").utf8) }),
    ]

    @Test("what is no honest text is refused", arguments: refused.indices)
    func refusal(_ index: Int) {
        let hostile = Self.refused[index]
        expectFailure(result(hostile.text), Comment(rawValue: hostile.name))
    }

    #if DEBUG
        // Without the optimizer every key costs thirty times as much.
        private static let keyCount = 100_000
    #else
        private static let keyCount = 1_000_000
    #endif

    @Test("a map of a million keys is built or refused, in the time of its size")
    func manyKeys() throws {
        let result = result {
            var text = Array((Self.head + "data:\n").utf8)
            for index in 0..<Self.keyCount { text += Array("  key-\(index): v\n".utf8) }
            return text
        }
        if case .success(let build) = result {
            #expect(build.objects.first?.value["data"]?.object?.count == Self.keyCount)
        }
    }

    @Test("as many keys laid over as many others take the time of their sum, not of their product")
    func manyKeysOverMany() throws {
        let count = Self.keyCount / 10
        let keys = (0..<count).map { "  key-\($0): v\n" }.joined()
        let literals = (0..<count).map { "k\($0)=v" }.joined(separator: ", ")
        let files = [
            "base/kustomization.yaml":
                "resources: [c.yaml]\nconfigMapGenerator: [{name: g, literals: [\(literals)]}]\n",
            "base/c.yaml": Self.head + "data:\n" + keys,
            "kustomization.yaml": "resources: [base]\ncommonAnnotations:\n\(keys)patches: [{path: p.yaml}]\n"
                + "configMapGenerator: [{name: g, behavior: merge, literals: [\(literals)]}]\n",
            "p.yaml": Self.head + "data:\n" + keys.replacing(": v", with: ": w"),
        ]
        let result = try KustomizeBuild(tree: MemoryTree(files)).build(path: "")
        #expect(result.objects.map { $0.value["data"]?.object?.count } == [count, count])
        #expect(result.objects.map { $0.value["metadata"]?["annotations"]?.object?.count } == [count, count])
        #expect(result.objects.first?.value["data"]?["key-7"]?.string == "w")
    }

    @Test(
        "a long list whose elements lack their keys is refused where it would be merged, and built where it would not")
    func manyElementsWithoutKeys() throws {
        let containers = String(repeating: "{image: x}, ", count: 6000)
        let files = [
            "kustomization.yaml": "resources: [r.yaml]\n",
            "r.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers: [\(containers)]\n",
        ]
        #expect(try warnings(files).isEmpty)
        let patch = "patches: [{patch: '{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {nodeName: n}}'}]\n"
        let found = errors(files.merging(["kustomization.yaml": "resources: [r.yaml]\n" + patch]) { $1 })
        #expect(found.map { $0.message.contains("6000 elements") } == [true])
    }

    @Test("more operations than an object bears are refused")
    func manyOperations() {
        let operations = (0..<30_000).map { "- {op: add, path: /data/k\($0), value: v}\n" }.joined()
        let found = errors([
            "kustomization.yaml": "resources: [c.yaml]\npatches: [{path: p.yaml, target: {kind: ConfigMap}}]\n",
            "c.yaml": Self.head + "data: {}\n", "p.yaml": operations,
        ])
        #expect(found.map { $0.message.contains("30000 operations are too many") } == [true])
    }

    @Test("labels that would be written millions of times are refused")
    func manyLabels() {
        let labels = (0..<6000).map { "  key-\($0): v\n" }.joined()
        let objects = (0..<1000).map { "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c\($0)}\n" }.joined(
            separator: "---\n")
        let found = errors([
            "kustomization.yaml": "resources: [c.yaml]\nlabels:\n- pairs:\n"
                + labels.replacing("  key", with: "    key"), "c.yaml": objects,
        ])
        #expect(found.map(\.message) == ["6000 entries for each of 1000 objects are more than a cluster would store"])
    }

    @Test("a scalar of 100 MB is built or refused")
    func longScalar() {
        let result = result {
            Array((Self.head + "data:\n  a: ").utf8) + Array(repeating: UInt8(ascii: "x"), count: 100 << 20)
        }
        if case .failure(let error) = result { #expect(error.diagnostics.contains { $0.severity == .error }) }
    }

    @Test(
        "patterns that backtrack for ever elsewhere do not here",
        arguments: [
            "(a+)+$", "(a|a)*b", "(a|aa)+$", "(.*a){20}", "((a*)*)*b", "a{1,900}a{1,900}", "(((){1000}){1000}){1000}",
        ])
    func patterns(_ pattern: String) throws {
        let name = String(repeating: "a", count: 1000) + "!"
        _ = try? warnings([
            "kustomization.yaml":
                "resources: [c.yaml]\npatches:\n- target: {name: '\(pattern)'}\n  patch: '[{\"op\": \"add\", \"path\": \"/x\", \"value\": 1}]'\n",
            "c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \(name)}\n",
        ])
    }

    @Test("a pattern that would need a huge machine is refused")
    func hugePattern() {
        let found = errors([
            "kustomization.yaml":
                "resources: [web.yaml]\npatches:\n- target: {name: '((a{1000}){1000}){1000}'}\n  patch: '[{\"op\": \"add\", \"path\": \"/x\", \"value\": 1}]'\n",
            "web.yaml": webDeployment,
        ])
        #expect(found.first?.message.contains("is not a valid pattern") == true)
    }

    @Test("bases that include each other, or themselves, end in one error")
    func circles() {
        for files in [
            ["a/kustomization.yaml": "resources: [../b]", "b/kustomization.yaml": "resources: [../a]"],
            ["a/kustomization.yaml": "resources: [../a]"],
            [
                "a/kustomization.yaml": "components: [../b]",
                "b/kustomization.yaml": "kind: Component\ncomponents: [../a]",
            ],
            ["a/kustomization.yaml": "resources: [../b]", "b/kustomization.yaml": "resources: [../c]", "c": "-> a"],
        ] {
            #expect(errors(files, "a").contains { $0.message.contains("circle") })
        }
    }

    @Test("a base that is named by a thousand overlays at every level is found out")
    func explosion() {
        // Each level names the one below twice: 2^20 builds, if nobody minded.
        var files = ["l0/kustomization.yaml": "resources: [c.yaml]", "l0/c.yaml": Self.head]
        for level in 1...20 {
            files["l\(level)/kustomization.yaml"] = "resources: [../l\(level - 1), ../l\(level - 1)]"
        }
        #expect(!errors(files, "l20").isEmpty)
    }

    @Test("links that lead out of the tree, or round in circles, are errors")
    func links() {
        #expect(errors(["kustomization.yaml": "resources: [c.yaml]", "c.yaml": "-> ../../etc/passwd"]).count == 1)
        #expect(
            errors(["kustomization.yaml": "resources: [c.yaml]", "c.yaml": "-> d.yaml", "d.yaml": "-> c.yaml"]).count
                == 1)
    }

    @Test(
        "kustomizations that mean harm are refused",
        arguments: [
            "resources: &a [*a]\n", "resources: [" + String(repeating: "[", count: 10_000),
            "configMapGenerator: [{name: c, files: ['../../../../../../etc/passwd']}]\n",
            "configMapGenerator: [{name: c, files: ['/etc/passwd']}]\n", "resources: ['a\\u0000b']\n",
            "replacements: [{sourceValue: x, targets: [{select: {kind: '.*'}, fieldPaths: ['\(String(repeating: "a.", count: 50_000))b']}]}]\nresources: [web.yaml]\n",
            "resources: [web.yaml]\npatches: [{target: {kind: '.*'}, patch: '[{\"op\": \"add\", \"path\": \"/spec/template/99999999999999999999/x\", \"value\": 1}]'}]\n",
        ])
    func kustomizations(_ text: String) {
        #expect(!errors(["kustomization.yaml": text, "web.yaml": webDeployment]).isEmpty)
    }

    @Test("copies that double an object over and over are bounded")
    func doubling() {
        let operations = (0..<40).map { #"{"op": "copy", "from": "/spec", "path": "/spec/x\#($0)"}"# }.joined(
            separator: ", ")
        #expect(
            !errors([
                "kustomization.yaml":
                    "resources: [web.yaml]\npatches: [{target: {kind: Deployment}, patch: '[\(operations)]'}]\n",
                "web.yaml": webDeployment,
            ]).isEmpty)
    }
}
