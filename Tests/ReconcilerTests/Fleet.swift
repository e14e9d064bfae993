// A repository of a test's own, read and rendered as the pipeline does.

import Foundation
import GitSource
import HTTPClient
import Kustomize
import Manifest
import Synchronization
import Testing

@testable import Reconciler

/// A repository of a test's own, and the renders that are kept beside it.
final class Fleet: Sendable {
    let folder: String
    var repository: String { folder + "/fleet" }
    private let http = HTTPClient()

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "fleet-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder + "/fleet", withIntermediateDirectories: true)
        try git("init", "-q", "-b", "main")
    }

    /// A repository with one commit of what a folder holds.
    convenience init(importing folder: String) throws {
        try self.init()
        try git("-C", folder, "--git-dir", repository + "/.git", "--work-tree", folder, "add", "-A", "-f", ".")
        try git("commit", "-q", "-m", "Import")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func git(_ words: String...) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["git", "-C", repository, "-c", "user.name=Test", "-c", "user.email=test@localhost"] + words
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    /// Commits files; a text of nil removes one, `-> ` begins a symbolic link.
    ///
    /// - Parameter replacing: whether the files are all that there is from now on.
    func commit(_ files: [String: String?], replacing: Bool = false) throws {
        if replacing { try git("rm", "-r", "-q", ".") }
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

    /// The last commit.
    func snapshot() async throws -> Snapshot {
        let mirror = Mirror(of: try RemoteRepository(repository), cacheFolder: folder + "/cache", http: http)
        return try await mirror.fetch(.head, deadline: .seconds(60))
    }

    func renderer(remembers: Bool = false, stamp: String? = "this program") -> Renderer {
        Renderer(remembers: remembers, store: stamp.map { RenderStore(cacheFolder: folder + "/cache", stamp: $0) })
    }

    /// What the pipeline makes of the overlay, and whether it rendered for that.
    func render(_ renderer: Renderer, path: String = "top") async throws -> (
        yaml: String, isRemembered: Bool, rendering: Rendering
    ) {
        let text =
            "apiVersion: gitopsctl.dev/v1alpha1\nkind: Application\nmetadata: {name: shop}\nspec: {source: {repository: \(repository), path: \(path)}}\n"
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
