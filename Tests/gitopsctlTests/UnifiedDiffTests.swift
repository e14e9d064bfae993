import Manifest
import SeededNumbers
import SyncHistory
import Testing

@testable import gitopsctl

@Suite struct LineDiffTests {
    private func applied(_ hunks: [Hunk], _ before: [String], _ after: [String]) -> [String] {
        var result: [String] = []
        var next = 0
        for hunk in hunks {
            result += before[next..<hunk.before]
            next = hunk.before
            for line in hunk.lines {
                switch line {
                case .same(let index):
                    result.append(before[index])
                    next = index + 1
                case .removed(let index): next = index + 1
                case .added(let index): result.append(after[index])
                }
            }
        }
        return result + before[next...]
    }

    @Test(arguments: 0..<300) func hunksLeadFromOneTextToTheOther(seed: Int) {
        var random = SeededNumbers(seed: seed)
        func text() -> [String] {
            (0..<Int.random(in: 0...30, using: &random)).map { _ in "\(Int.random(in: 0...5, using: &random))" }
        }
        let (before, after) = (text(), text())
        let hunks = LineDiff.hunks(from: before, to: after)
        #expect(applied(hunks, before, after) == after)
        #expect(hunks.isEmpty == (before == after))
    }

    @Test func changesThatAreNearShareAHunk() {
        let before = (1...30).map { "\($0)" }
        var after = before
        after[4] = "five"
        after[11] = "twelve"
        after.append("31")
        let hunks = LineDiff.hunks(from: before, to: after)
        #expect(hunks.map(\.heading) == ["@@ -2,14 +2,14 @@", "@@ -28,3 +28,4 @@"])
        #expect(LineDiff.hunks(from: [], to: ["a", "b"]).map(\.heading) == ["@@ -0,0 +1,2 @@"])
        #expect(LineDiff.hunks(from: ["a"], to: []).map(\.heading) == ["@@ -1,1 +0,0 @@"])
    }
}

@Suite struct UnifiedDiffTests {
    private static let minutesAgo = Timestamp(milliseconds: noon.milliseconds - 120_000)

    private func web(_ change: (inout Value) -> Void = { _ in }) throws -> Value {
        var value = try #require(
            YAML.read(
                Array(
                    """
                    apiVersion: apps/v1
                    kind: Deployment
                    metadata: {name: web, labels: {tier: front}}
                    spec:
                      replicas: 7
                      minReadySeconds: 5
                      revisionHistoryLimit: 5
                      selector: {matchLabels: {app: web}}
                      template:
                        metadata: {labels: {app: web}}
                        spec:
                          automountServiceAccountToken: false
                          containers:
                          - {name: proxy, image: "proxy:1"}
                          - name: web
                            image: web:9
                            args: [--port, "80"]
                    """.utf8), file: "web.yaml"
            ).first)
        change(&value)
        return value
    }

    @Test(arguments: [80, 50]) func linesAreShownWithWhoChangedThem(width: Int) throws {
        let containers: [PathElement] = [.field("spec"), .field("template"), .field("spec"), .field("containers")]
        let image = FieldPath(containers + [.item(("name", Scalar("web", kind: .string))), .field("image")])
        let before = try web()
        let after = before.setting(3, at: FieldPath(fields: "spec", "replicas")).setting("web:1", at: image)
            .setting("back", at: FieldPath(fields: "metadata", "labels", "tier"))
        let update = ObjectDiff(
            entry: DiffEntry(reference: object("Deployment", "shop", "web"), action: .update), before: before,
            after: after,
            changes: [
                .init(path: FieldPath(fields: "metadata", "labels", "tier"), cause: .git),
                .init(
                    path: FieldPath(fields: "spec", "replicas"), cause: .cluster(manager: "hpa", time: Self.minutesAgo)),
                .init(path: image, cause: .git),
            ])
        let goes = ObjectDiff(entry: diffEntries[3], before: try web(), after: nil, changes: [])
        let lines = UnifiedDiff(
            revision: raiseReplicas, objects: [update, goes], isFull: false, width: width, now: noon
        ).lines()
        try expectGolden("unified-diff", width: width, lines)
    }

    @Test func whatComesAndGoesIsShownWhereThatIsAskedFor() throws {
        let comes = ObjectDiff(
            entry: diffEntries[2], before: nil, after: ["kind": "ConfigMap", "data": ["a": "1"]], changes: [])
        func text(isFull: Bool) -> [String] {
            UnifiedDiff(revision: raiseReplicas, objects: [comes], isFull: isFull, width: 80, now: noon).lines().map(
                \.text)
        }
        #expect(text(isFull: false) == ["+ ConfigMap glucosync-core/feature-flags  create"])
        #expect(
            text(isFull: true).dropFirst() == [
                "  @@ -0,0 +1,3 @@", "  + data:", "  +   a: \"1\"", "  + kind: ConfigMap",
            ])
    }

    @Test func aFieldIsFoundOnItsLines() throws {
        let text = ObjectText(try web { $0["data"] = ["file": "a\nb\nc\n", "next": "d"] })
        func lines(_ path: FieldPath) -> [String]? { text.range(of: path).map { Array(text.lines[$0]) } }
        #expect(lines(FieldPath(fields: "data", "file")) == ["  file: |", "    a", "    b", "    c"])
        #expect(lines(FieldPath(fields: "metadata", "labels")) == ["  labels:", "    tier: front"])
        #expect(lines(FieldPath(fields: "metadata", "none")) == nil)
        #expect(lines(FieldPath()) == text.lines)
    }
}
