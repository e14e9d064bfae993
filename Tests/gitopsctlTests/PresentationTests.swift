import Manifest
import SyncHistory
import Testing

@testable import gitopsctl

@Suite struct SyncScreenTests {
    @Test(arguments: [120, 80, 50])
    func aSyncInItsMiddleShowsWhatItWorksOn(width: Int) throws {
        let screen = SyncScreen(progress: syncInItsMiddle(), width: width, height: 24, now: origin, frame: 0)
        try expectGolden("sync-screen", width: width, screen.lines())
    }

    @Test(arguments: [120, 80, 50])
    func whatStaysNamesEachObjectWhereTheyAreFew(width: Int) throws {
        let screen = SyncScreen(progress: syncInItsMiddle(), width: width, height: 24, now: origin, frame: 0)
        try expectGolden("sync-closing", width: width, screen.closing())
    }

    @Test(arguments: [4, 6, 8, 10, 24])
    func theListIsNeverHigherThanTheTerminal(height: Int) {
        let screen = SyncScreen(progress: syncInItsMiddle(), width: 80, height: height, now: origin, frame: 0)
        #expect(screen.lines().count < height)
    }

    @Test func failuresAreShownWhereThereIsLittleRoom() {
        let screen = SyncScreen(progress: syncInItsMiddle(), width: 80, height: 10, now: origin, frame: 0)
        #expect(text(screen.lines()).contains("✗ Ingress gluco"))
    }

    @Test func objectsMoveFromStageToStage() {
        var sync = syncInItsMiddle()
        let redis = object("StatefulSet", "glucosync-data", "redis")
        // Another thing to wait for does not begin the wait anew.
        let waiting = sync.move(redis, to: .waiting("1 of 3 replicas are ready"), at: origin)
        #expect(waiting?.since == origin - .seconds(1))
        #expect(sync.move(redis, to: .done, at: origin)?.since == origin)
        #expect(sync.move(object("Service", "elsewhere", "unknown"), to: .done, at: origin) == nil)
    }
}

@Suite struct SyncSummaryTests {
    func summary(
        _ counts: SyncCounts, _ result: SyncResult = .succeeded, unhealthy: [String]? = [], isDryRun: Bool = false
    ) -> SyncSummary {
        SyncSummary(
            application: "glucosync", revision: raiseReplicas, counts: counts, result: result,
            duration: .milliseconds(3_214),
            unhealthy: unhealthy, isDryRun: isDryRun)
    }

    @Test(
        arguments: [
            (
                .succeeded, [], false,
                "✓ glucosync synced to main@3f2a91c: 66 created, 1 configured, 2 pruned, all healthy (3.21 s)"
            ),
            (
                .succeeded, ["PersistentVolumeClaim a/b (not bound yet)"], false,
                "✓ glucosync synced to main@3f2a91c: 66 created, 1 configured, 2 pruned, all healthy but PersistentVolumeClaim a/b (not bound yet) (3.21 s)"
            ),
            (
                .succeeded, ["a", "b"], false,
                "✓ glucosync synced to main@3f2a91c: 66 created, 1 configured, 2 pruned, all healthy but 2 that have not reported yet (3.21 s)"
            ),
            (.succeeded, nil, false, "✓ glucosync synced to main@3f2a91c: 66 created, 1 configured, 2 pruned (3.21 s)"),
            (
                .succeeded, [], true,
                "○ glucosync would be synced to main@3f2a91c: 66 created, 1 configured, 2 pruned (3.21 s)"
            ),
            (
                .failed, [], false,
                "✗ glucosync failed to sync to main@3f2a91c: 66 created, 1 configured, 2 pruned (3.21 s)"
            ),
            (
                .interrupted, [], false,
                "! glucosync was interrupted at main@3f2a91c: 66 created, 1 configured, 2 pruned, the rest is left (3.21 s)"
            ),
        ] as [(SyncResult, [String]?, Bool, String)])
    func aSyncEndsInOneLine(result: SyncResult, unhealthy: [String]?, isDryRun: Bool, line: String) {
        let counts = SyncCounts(created: 66, configured: 1, pruned: 2, unchanged: 3)
        #expect(
            summary(counts, result, unhealthy: unhealthy, isDryRun: isDryRun).lines(width: 160).map(\.text) == [line])
    }

    @Test func aSyncWithNothingToDoSaysSo() {
        let lines = summary(SyncCounts(unchanged: 67)).lines(width: 120)
        #expect(lines.map(\.text) == ["✓ glucosync is in sync with main@3f2a91c: 67 objects, nothing to do (3.21 s)"])
    }

    @Test func aNarrowTerminalGetsTheCountsBelow() throws {
        try expectGolden(
            "sync-summary", width: 50, summary(SyncCounts(created: 66, configured: 1, pruned: 2)).lines(width: 50))
    }

    @Test(
        arguments: [
            (.create, .waiting("…"), "Service shop/web created"),
            (.update, .done, "Service shop/web configured (spec.a, spec.b, spec.c and 1 more)"),
            (.prune, .done, "Service shop/web pruned"),
            (.update, .failed("no room"), "Service shop/web failed: no room"), (.unchanged, .done, nil),
            (.create, .planned, nil),
            (.skip, .skipped("kept"), "Service shop/web skipped: kept"),
        ] as [(ObjectAction, ObjectStage, String?)])
    func aLogHasALineForEachObjectThatChanged(action: ObjectAction, stage: ObjectStage, line: String?) {
        let object = progress(
            object("Service", "shop", "web"), action, stage, fields: ["spec.a", "spec.b", "spec.c", "spec.d"])
        #expect(SyncSummary.line(of: object)?.text == line)
    }
}

@Suite struct DiffTextTests {
    @Test(arguments: [120, 80, 50])
    func fieldsAreShownWithWhoChangedThem(width: Int) throws {
        let diff = DiffText(revision: raiseReplicas, entries: diffEntries, width: width, now: noon)
        try expectGolden("diff", width: width, diff.lines() + diff.summary(application: "glucosync"))
    }

    @Test func longTextsShowTheirBeginning() {
        let text = (1...20).map { "line \($0)" }.joined(separator: "\n")
        let entry = DiffEntry(
            reference: object("ConfigMap", "shop", "files"), action: .update,
            fields: [.init(path: "data.file", live: nil, desired: text, cause: .git)])
        let lines = DiffText(revision: raiseReplicas, entries: [entry], width: 80, now: noon).lines().map(\.text)
        #expect(lines.contains("      + line 8") && !lines.contains("      + line 9"))
        #expect(lines.contains("        … and 12 more lines"))
    }

    @Test func nothingToShowIsInSync() {
        let diff = DiffText(revision: raiseReplicas, entries: [diffEntries[4]], width: 80, now: noon)
        #expect(diff.lines().isEmpty)
        #expect(text(diff.summary(application: "shop")) == "shop is in sync with main@3f2a91c: 1 object")
    }
}

@Suite struct HistoryTextTests {
    let syncs = [
        record(12, minutesAgo: 0, .running, SyncCounts()),
        record(11, minutesAgo: 5, .succeeded, SyncCounts(unchanged: 67), subject: "Lower them again"),
        record(10, minutesAgo: 61, .failed, SyncCounts(created: 12, failed: 2)),
        record(9, minutesAgo: 60 * 24 * 3, .interrupted, SyncCounts(created: 23, configured: 2, pruned: 1)),
    ]

    @Test(arguments: [120, 80, 50])
    func syncsAreATable(width: Int) throws {
        try expectGolden(
            "history", width: width, HistoryText.table(syncs, width: width, now: noon, manyApplications: false))
    }

    @Test(arguments: [120, 80, 50])
    func oneSyncIsShownInFull(width: Int) throws {
        let objects = [
            ObjectRecord(
                reference: object("Deployment", "glucosync-core", "gluco-engine"), action: "update",
                result: "configured",
                fields: [#"spec.template.spec.containers["engine"].image"#], duration: .milliseconds(34)),
            ObjectRecord(
                reference: object("ConfigMap", "glucosync-core", "flags"), action: "create", result: "failed",
                error: "forbidden: may not", duration: .milliseconds(4)),
        ]
        var sync = syncs[2]
        sync.diagnostics = [.error("the server refused the ConfigMap", cure: "Grant the permission")]
        try expectGolden(
            "history-sync", width: width,
            HistoryText.details(sync, objects: objects, width: width, now: noon, offset: 3600))
    }
}

@Suite struct DiagnosticTextTests {
    let finding = Diagnostic.error(
        "cannot find the base ../../bases/core",
        at: SourceLocation(
            file: "overlays/production/kustomization.yaml", position: SourcePosition(line: 7, column: 5), commit: commit
        ),
        cure: "Create the folder, or take the entry out of resources")

    @Test(arguments: [120, 80])
    func aFindingHasItsPlaceItsCauseAndItsCure(width: Int) throws {
        try expectGolden("diagnostic", width: width, DiagnosticText.lines(finding, width: width))
    }

    @Test func programsGetTheWholeFindingInOneLine() {
        #expect(
            text(DiagnosticText.lines(finding, width: nil)) == """
                overlays/production/kustomization.yaml:7:5 @ 3f2a91c: error: cannot find the base ../../bases/core
                  → Create the folder, or take the entry out of resources
                """)
    }

    @Test func theSameFindingAtManyPlacesIsSaidOnce() throws {
        let findings = (1...7).map { line in
            Diagnostic.error(
                "the cluster does not serve bitnami.com/v1alpha1 SealedSecret",
                at: SourceLocation(file: "a.yaml", position: SourcePosition(line: line, column: 1)), cure: "Install it")
        }
        try expectGolden("diagnostics-gathered", width: 80, DiagnosticText.gathered(findings + [finding], width: 80))
    }
}

@Suite struct WordsTests {
    @Test(arguments: [
        (0, "0.00 s"), (114, "0.11 s"), (9_994, "9.99 s"), (9_995, "10.0 s"), (59_949, "59.9 s"), (60_000, "1 min"),
        (125_000, "2 min 5 s"), (3_780_000, "1 h 3 min"), (7_200_000, "2 h"),
    ])
    func durationsAreShort(milliseconds: Int, words: String) {
        #expect(Spans.duration(.milliseconds(milliseconds)) == words)
    }

    @Test(arguments: [
        (0, "just now"), (59, "59 s ago"), (60, "1 min ago"), (7_199, "1 h ago"), (86_400, "1 d ago"),
        (15 * 86_400, "2 weeks ago"),
        (400 * 86_400, "2025-10-17"),
    ])
    func momentsAreToldByTheirAge(seconds: Int64, words: String) {
        #expect(Spans.ago(Timestamp(milliseconds: noon.milliseconds - seconds * 1000), now: noon) == words)
    }

    @Test(arguments: [
        ("short", 10, "short"), ("deployment-of-the-engine", 11, "deplo…ngine"), ("日本語の名前", 7, "日…前"), ("ab", 1, "…"),
        ("e\u{301}tude", 5, "e\u{301}tude"),
    ])
    func namesAreCutInTheirMiddle(text: String, width: Int, cut: String) {
        #expect(TextWidth.shortened(text, to: width) == cut)
        #expect(TextWidth.of(TextWidth.shortened(text, to: width)) <= width)
    }

    @Test func colourIsOnlyEmphasis() {
        var line = InkedLine("✓ ", .good)
        line.append("synced")
        #expect(line.rendered(colour: false) == "✓ synced")
        #expect(line.rendered(colour: true) == "\u{1b}[32m✓ \u{1b}[0msynced")
        #expect(line.clipped(to: 5).text == "✓ sy…")
    }
}
