// Trees of manifests on the disk, and whole runs over them.

import Foundation
import Kustomize
import Manifest
import Testing
import Validation

@testable import gitopsctl

/// A folder that goes with the test.
final class TemporaryTree {
    let root: String

    /// - Parameter files: texts by path.
    init(_ files: [String: String]) throws {
        root = FileManager.default.temporaryDirectory.appending(path: "validation-\(UUID().uuidString)").path
        for (path, text) in files {
            let file = URL(filePath: root).appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    /// A run from inside of the tree.
    func validate(_ paths: String..., exemptions: [Exemption] = []) async throws -> ValidationResult {
        try await Trees.validate(
            paths.isEmpty ? [root] : paths.map { "\(root)/\($0)" }, from: root, exemptions: exemptions)
    }
}

enum Trees {
    static let project = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized.path

    /// `GITOPSCTL_SHARED`, else the folder `shared` beside the repository; nil where neither exists.
    static let shared: String? = {
        let path =
            ProcessInfo.processInfo.environment["GITOPSCTL_SHARED"]
            ?? URL(filePath: project + "/../shared").standardized.path
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }()

    static func validate(
        _ paths: [String], from folder: String, definitions: [String] = [], exemptions: [Exemption] = []
    ) async throws -> ValidationResult {
        let validation = TreeValidation(workingFolder: folder) { request in
            .failure("nothing is fetched in tests", cure: nil)
        }
        return try await validation.run(
            TreeValidation.Request(paths: paths, definitions: definitions, exemptions: Exemptions(exemptions)))
    }
}

extension ValidationResult {
    /// `file:line rule`, of those rules or of all.
    func places(_ rules: String...) -> [String] {
        findings.filter { rules.isEmpty || rules.contains($0.rule) }
            .map { "\($0.location?.file ?? "-"):\($0.location?.position.line ?? 0) \($0.rule)" }
    }
}
