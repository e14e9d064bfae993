import Manifest
import Testing

@testable import SyncEngine

/// Last applied, what the server and others did since, and what is desired now → what a sync would change: the rows of
/// ThreeWayDiffRows.
@Suite struct ThreeWayDiffTests {
    @Test(arguments: ThreeWayDiffRow.table.rows) func comparesThreeWays(row: ThreeWayDiffRow) throws {
        let lines = try ThreeWayDiffScene(row).plan()
        #expect(lines == row.expected.filter { $0 != "nothing" }, "\(row.chapter).txt:\(row.line)")
    }

    /// What the plan says is what a server-side apply does.
    @Test(arguments: ThreeWayDiffRow.table.rows) func plansWhatTheServerDoes(row: ThreeWayDiffRow) throws {
        let scene = try ThreeWayDiffScene(row)
        #expect(try scene.plannedButNotDone().isEmpty, "\(row.chapter).txt:\(row.line)")
        #expect(try scene.doneButNotPlanned().isEmpty, "\(row.chapter).txt:\(row.line)")
    }

    @Test(arguments: ThreeWayDiffRow.table.rows) func plansNothingAfterAnApply(row: ThreeWayDiffRow) throws {
        #expect(try ThreeWayDiffScene(row).planAfterApply() == [], "\(row.chapter).txt:\(row.line)")
    }

    /// An object that is merged here becomes what an apply would have made of it, and stays so.
    @Test(arguments: ThreeWayDiffRow.table.rows) func mergesAsTheServerApplies(row: ThreeWayDiffRow) throws {
        let scene = try ThreeWayDiffScene(row)
        guard scene.isMergeable else { return }
        #expect(try scene.mergedOtherwise() == [], "\(row.chapter).txt:\(row.line)")
        #expect(try scene.planAfterMerge() == [], "\(row.chapter).txt:\(row.line)")
    }

    @Test func readsEveryLine() {
        #expect(ThreeWayDiffRow.table.problems.map(\.description) == [])
        #expect(ThreeWayDiffRow.table.rows.count >= 300)
    }

    @Test(arguments: [
        ("", "no rows"), ("# only a heading", "no rows"), ("desired: {}\n= nothing", "a row begins with its title"),
        ("## a\ndesired: {}", "desires or expects nothing"),
        ("## a\napplied: {}\n= nothing", "desires or expects nothing"),
        ("## a\ndesired: {}\nwanted: {}\n= nothing", "not understood"),
        ("## a\ndesired: {}\ndesired: {}\n= nothing", "not understood"),
        ("## a\ndesired: {}\n= nothing\n= own", "nothing and something"),
        ("## a\ndesired: {}\n= nothing\nserver: {}", "not understood"),
        ("## a\nkind: Gizmo\ndesired: {}\n= nothing", "a kind of 0 versions"),
        ("## a\nby x then: {}\ndesired: {}\n= nothing", "not understood"),
        ("## a\nignoring: [{fields: [a]}]\ndesired: {}\n= nothing", "no part of a rule"),
    ])
    func refusesWhatSaysNothing(text: String, problem: String) {
        let problems = ThreeWayDiffRow.read(text, chapter: "x").problems
        #expect(problems.contains { $0.description.contains(problem) }, "\(problems)")
    }
}
