// A commit and a folder are the same tree to the renderer: the same bytes, the same findings at the same places, and
// the same read sets, however many builds read them at once.

import Foundation
import GitSource
import Kustomize
import Manifest
import RandomTrees
import Testing

@testable import Reconciler

/// All that a build says.
private struct Outcome: Equatable, Sendable {
    var printed: [UInt8]? = nil
    var readSet: ReadSet? = nil
    var diagnostics: [Diagnostic]

    init(_ tree: any FileTree, _ path: String, _ options: BuildOptions = BuildOptions()) {
        do throws(DiagnosticsError) {
            let result = try KustomizeBuild(tree: tree, options: options).build(path: path)
            (printed, readSet, diagnostics) = (result.yaml(), result.readSet, result.diagnostics)
        } catch {
            diagnostics = error.diagnostics
        }
    }
}

private enum Folders {
    /// The repository that this test is of.
    static let project = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
    static let shared = ProcessInfo.processInfo.environment["GITOPSCTL_SHARED"] ?? project + "/../shared"
    static let cases = shared + "/cases/kustomize"

    static var hasCases: Bool { FileManager.default.fileExists(atPath: cases) }
}

@Suite("Commits and folders")
struct BothTreesTests {
    @Test("random trees, sound and broken, are the same from both")
    func randomTrees() async throws {
        let fleet = try Fleet()
        let trees = (0..<300).map { RandomTree(seed: $0, faults: $0 % 2 == 1) }
        try fleet.commit(RandomTree.files(of: trees))
        let (commit, folder) = (SnapshotTree(try await fleet.snapshot()), LocalFileTree(root: fleet.repository))
        var failures = 0
        for index in trees.indices {
            let outcome = Outcome(commit, "\(index)/top")
            #expect(outcome == Outcome(folder, "\(index)/top"), "tree \(index)")
            if outcome.printed == nil { failures += 1 }
        }
        // The faults are such that both ends of a build are seen.
        #expect(failures > 50 && failures < 150)
    }

    @Test("a project's overlays are the same from both", arguments: ["production", "staging"])
    func project(_ overlay: String) async throws {
        let fleet = try Fleet(importing: Folders.project + "/deploy/fleet")
        let (commit, folder) = (
            SnapshotTree(try await fleet.snapshot()), LocalFileTree(root: Folders.project + "/deploy/fleet")
        )
        let path = "glucosync/overlays/\(overlay)"
        let outcome = Outcome(commit, path)
        #expect(outcome.printed != nil)
        #expect(outcome == Outcome(folder, path))
    }

    @Test("recorded cases, those that fail included, are the same from both", .enabled(if: Folders.hasCases))
    func recordedCases() async throws {
        let fleet = try Fleet(importing: Folders.cases)
        let (commit, folder) = (SnapshotTree(try await fleet.snapshot()), LocalFileTree(root: Folders.cases))
        var different: [String] = []
        var count = 0
        for file in FileManager.default.subpaths(atPath: Folders.cases) ?? [] where file.hasSuffix("/case.json") {
            let description = try JSON.read(commit.read(file))
            let files = file.dropLast("case.json".count) + "files"
            let target = URL(filePath: "/\(files)/\(description["target"]?.string ?? "")").standardizedFileURL.path
            let path = String(target.dropFirst())
            count += 1
            if Outcome(commit, path) != Outcome(folder, path) { different.append(file) }
        }
        #expect(count > 900)
        #expect(different == [])
    }

    @Test("many builds of one tree at once, from both, all say the same")
    func atOnce() async throws {
        let fleet = try Fleet(importing: Folders.project + "/deploy/fleet")
        let (commit, folder) = (
            SnapshotTree(try await fleet.snapshot()), LocalFileTree(root: Folders.project + "/deploy/fleet")
        )
        let path = "glucosync/overlays/production"
        let alone = Outcome(commit, path)
        try #require(alone.printed != nil)
        await withTaskGroup(of: Outcome.self) { group in
            for number in 0..<24 {
                let tree: any FileTree = number % 2 == 0 ? commit : folder
                group.addTask { Outcome(tree, path) }
            }
            for await outcome in group { #expect(outcome == alone) }
        }
    }

    @Test("builds of different trees at once do not mix")
    func differentAtOnce() async throws {
        let fleet = try Fleet()
        let trees = (0..<60).map { RandomTree(seed: $0, faults: $0 % 3 == 0) }
        try fleet.commit(RandomTree.files(of: trees))
        let (commit, folder) = (SnapshotTree(try await fleet.snapshot()), LocalFileTree(root: fleet.repository))
        let alone = trees.indices.map { Outcome(commit, "\($0)/top") }
        await withTaskGroup(of: (Int, Outcome).self) { group in
            for index in trees.indices {
                group.addTask { (index, Outcome(commit, "\(index)/top")) }
                group.addTask { (index, Outcome(folder, "\(index)/top")) }
            }
            for await (index, outcome) in group { #expect(outcome == alone[index], "tree \(index)") }
        }
    }
}
