// When the pipeline renders: exactly when something that the last render read is different, and never otherwise.

import Foundation
import Kustomize
import Manifest
import RandomTrees
import Testing

@testable import Reconciler

@Suite struct RenderingTests {
    private static let shop: [String: String?] = [
        "top/kustomization.yaml":
            "resources: [../base, link.yaml]\nnamePrefix: p-\ncommonLabels: {a: b}\nimages: [{name: web, newTag: '1'}]\n",
        "top/link.yaml": "-> real.yaml",
        "top/real.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: r}\ndata: {n: '1e3', t: \"x\\ny \\n\"}\n",
        "base/kustomization.yml": "resources: [w.yaml]\nconfigMapGenerator: [{name: g, files: [data.txt]}]\n",
        "base/w.yaml":
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: w}\nspec: {replicas: 3, big: 12345678901234567890, f: 1.50, template: {spec: {containers: [{name: m, image: web}]}}}\n",
        "base/data.txt": "other.txt", "base/other.txt": "text",
    ]

    static let changes: [(files: [String: String?], isRemembered: Bool)] = [
        (["README.md": "new"], true), (["top/unused.yaml": "a: b"], true), (["base/other.txt": "changed"], true),
        ([:], true),
        (["base/data.txt": "2"], false), (["base/w.yaml": nil, "base/kustomization.yml": "resources: []"], false),
        (["top/real.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: z}\n"], false),
        (["top/link.yaml": "-> ../top/real.yaml"], false),
        // The same object id, and yet another file.
        (["base/data.txt": "-> other.txt"], false),
        (["base/kustomization.yml": nil, "base/kustomization.yaml": "resources: [w.yaml]\n"], false),
    ]

    @Test("the next process renders exactly when something that was read is different", arguments: changes.indices)
    func nextProcess(_ index: Int) async throws {
        let (files, isRemembered) = Self.changes[index]
        let fleet = try Fleet()
        try fleet.commit(Self.shop)
        let first = try await fleet.render(fleet.renderer())
        #expect(!first.isRemembered)
        try fleet.commit(files)
        let second = try await fleet.render(fleet.renderer())
        #expect(second.isRemembered == isRemembered)
        let fresh = try await fleet.render(fleet.renderer(stamp: nil))
        #expect(!fresh.isRemembered)
        #expect(second.yaml == fresh.yaml)
        // Whatever is kept is as good as what is rendered: places, warnings and what the history would store.
        #expect(second.rendering.objects.map(\.origin) == fresh.rendering.objects.map(\.origin))
        #expect(
            second.rendering.objects.map { JSON.write($0.value) }
                == fresh.rendering.objects.map { JSON.write($0.value) })
        #expect(second.rendering.diagnostics == fresh.rendering.diagnostics)
        #expect(fresh.rendering.diagnostics.contains { $0.rule == "deprecated-field" })
    }

    @Test("what SOPS encrypted brings its file along, rendered or remembered")
    func encryptedFiles() async throws {
        let fleet = try Fleet()
        let file = "zone: a\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\nsops: {mac: x}\n"
        try fleet.commit(Self.shop)
        try fleet.commit(["top/real.yaml": file])
        let renderer = fleet.renderer(remembers: true)
        for isRemembered in [false, true] {
            let rendering = try await fleet.render(renderer).rendering
            #expect(rendering.isRemembered == isRemembered)
            #expect(rendering.files == ["top/real.yaml": file])
        }
    }

    @Test("of random trees and changes, those are rendered again whose read sets changed, and no others")
    func randomTrees() async throws {
        let fleet = try Fleet()
        var trees = (0..<150).map { RandomTree(seed: $0) }
        try fleet.commit(RandomTree.files(of: trees))
        var readSets: [ReadSet] = []
        for index in trees.indices {
            let tree = SnapshotTree(try await fleet.snapshot())
            readSets.append(try KustomizeBuild(tree: tree).build(path: "\(index)/top").readSet)
            #expect(try await !fleet.render(fleet.renderer(), path: "\(index)/top").isRemembered)
        }
        let changes = trees.indices.map { trees[$0].change() }
        try fleet.commit(RandomTree.files(of: trees), replacing: true)
        let after = SnapshotTree(try await fleet.snapshot())
        for (index, what) in changes.enumerated() {
            let path = "\(index)/top"
            let fresh = try? await fleet.render(fleet.renderer(stamp: nil), path: path)
            let kept = try? await fleet.render(fleet.renderer(), path: path)
            // A Secret's values reach no disk, so that its render is never kept there.
            let isKept = readSets[index].isUnchanged(in: after) && fresh?.yaml.contains("kind: Secret") == false
            #expect(kept?.isRemembered ?? false == isKept, "\(what)")
            #expect(kept?.yaml == fresh?.yaml, "\(what)")
            #expect(kept?.rendering.diagnostics == fresh?.rendering.diagnostics, "\(what)")
        }
    }

    @Test("a process that goes on remembers Secrets too, and no disk sees them")
    func secrets() async throws {
        let fleet = try Fleet()
        try fleet.commit([
            "top/kustomization.yaml": "secretGenerator: [{name: s, literals: [password=correct-horse]}]\n"
        ])
        let lasting = fleet.renderer(remembers: true)
        _ = try await fleet.render(lasting)
        #expect(fleet.kept.isEmpty)
        try fleet.commit(["README.md": "new"])
        #expect(try await fleet.render(lasting).isRemembered)
        #expect(try await !fleet.render(fleet.renderer()).isRemembered)
        #expect(fleet.kept.isEmpty)
    }

    @Test("a render that was kept goes from the disk when a Secret comes into it")
    func secretsThatCome() async throws {
        let fleet = try Fleet()
        try fleet.commit(Self.shop)
        _ = try await fleet.render(fleet.renderer())
        #expect(fleet.kept.count == 1)
        try fleet.commit(["top/real.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: b}\n"])
        _ = try await fleet.render(fleet.renderer())
        #expect(fleet.kept.isEmpty)
    }

    @Test("renders of other programs, and broken ones, are made anew")
    func distrust() async throws {
        let fleet = try Fleet()
        try fleet.commit(Self.shop)
        let first = try await fleet.render(fleet.renderer())
        #expect(try await !fleet.render(fleet.renderer(stamp: "another")).isRemembered)
        for broken in ["", "{", "[]", #"{"stamp": "another"}"#, #"{"stamp": "another", "reads": 5, "objects": [5]}"#] {
            for file in fleet.kept { try broken.write(toFile: file, atomically: false, encoding: .utf8) }
            let again = try await fleet.render(fleet.renderer(stamp: "another"))
            #expect(!again.isRemembered)
            #expect(again.yaml == first.yaml)
        }
    }
}
