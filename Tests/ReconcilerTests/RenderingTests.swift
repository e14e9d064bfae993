// When the pipeline renders: exactly when something that the last render read is different, and never otherwise.

import Foundation
import HTTPClient
import Kustomize
import Manifest
import Synchronization
import Testing

@testable import Reconciler

/// A repository of a test's own, and the renders that are kept beside it.
private final class Fleet: Sendable {
    let folder: String
    private var repository: String { folder + "/fleet" }
    private let http = HTTPClient()

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "fleet-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder + "/fleet", withIntermediateDirectories: true)
        try git("init", "-q", "-b", "main")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func git(_ words: String...) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["git", "-C", repository, "-c", "user.name=Test", "-c", "user.email=test@localhost"] + words
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    /// Commits files; a text of nil removes one, `-> ` begins a symbolic link.
    func commit(_ files: [String: String?]) throws {
        for (path, text) in files {
            let file = "\(repository)/\(path)"
            try? FileManager.default.removeItem(atPath: file)
            guard let text else { continue }
            try FileManager.default.createDirectory(
                at: URL(filePath: file).deletingLastPathComponent(), withIntermediateDirectories: true)
            if text.hasPrefix("-> ") {
                try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: String(text.dropFirst(3)))
            } else {
                try text.write(toFile: file, atomically: false, encoding: .utf8)
            }
        }
        try git("add", "-A")
        try git("commit", "-q", "--allow-empty", "-m", "Change")
    }

    func renderer(remembers: Bool = false, stamp: String? = "this program") -> Renderer {
        Renderer(remembers: remembers, store: stamp.map { RenderStore(cacheFolder: folder + "/cache", stamp: $0) })
    }

    /// What the pipeline makes of the overlay, and whether it rendered for that.
    func render(_ renderer: Renderer) async throws -> (yaml: String, isRemembered: Bool, rendering: Rendering) {
        let text = "apiVersion: gitopsctl.dev/v1alpha1\nkind: Application\nmetadata: {name: shop}\nspec: {source: {repository: \(repository), path: top}}\n"
        let stage = SourceStage(
            fetcher: SourceFetcher(cacheFolder: folder + "/cache", http: http), renderer: renderer, cluster: nil)
        let told = Mutex<Bool?>(nil)
        let (_, rendering) = try await stage.render(application(text)) { event in
            if case .rendered(_, let isRemembered) = event { told.withLock { $0 = isRemembered } }
        }
        #expect(told.withLock { $0 } == rendering.isRemembered)
        let printed = BuildResult(objects: rendering.objects, diagnostics: []).yaml()
        return (String(decoding: printed, as: UTF8.self), rendering.isRemembered, rendering)
    }

    /// Everything below the cache folder.
    var kept: [String] {
        FileManager.default.subpaths(atPath: folder + "/cache/renders")?.map { folder + "/cache/renders/" + $0 } ?? []
    }
}

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
        #expect(second.rendering.objects.map { JSON.write($0.value) } == fresh.rendering.objects.map { JSON.write($0.value) })
        #expect(second.rendering.diagnostics == fresh.rendering.diagnostics)
        #expect(fresh.rendering.diagnostics.contains { $0.rule == "deprecated-field" })
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
