// `gitopsctl validate` as a job of CI runs it: what it prints, and what its exit code says.

import Foundation
import Testing

@Suite(.ownThread) struct ValidateCommandTests {
    private static let manifest = """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: shop, namespace: shop}
        data: {greeting: hello}
        """

    /// Runs `validate` in a folder with one manifest.
    private func validate(_ manifest: String, _ words: String...) throws -> CommandResult {
        let folder = FileManager.default.temporaryDirectory.appending(path: "validate-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try "resources: [all.yaml]\n".write(toFile: "\(folder)/kustomization.yaml", atomically: true, encoding: .utf8)
        try manifest.write(toFile: "\(folder)/all.yaml", atomically: true, encoding: .utf8)
        return try Command(program: Workplace.gitopsctl, environment: Workplace.environment, folder: folder).run(
            ["validate"] + words)
    }

    @Test func aTreeWithoutAFindingIsOneLineAndZero() throws {
        let result = try validate(Self.manifest)
        #expect(result.status == 0, "\(result.all)")
        #expect(result.output.split(separator: "\n").count == 1, "\(result.output)")
    }

    @Test func aFindingIsToldAtItsLineAndEndsInTwo() throws {
        let result = try validate(Self.manifest.replacingOccurrences(of: "\ndata:", with: "\ndota:"))
        #expect(result.status == 2, "\(result.all)")
        #expect(
            result.output.contains("all.yaml") && result.output.contains("4:1") && result.output.contains("dota"),
            "\(result.output)")
    }

    @Test func aRuleSwitchedOffWithAReasonSaysNothing() throws {
        let plain =
            Self.manifest
            + "\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: key, namespace: shop}\nstringData: {key: v}\n"
        #expect(try validate(plain, "--ignore", "plain-secret=only tried").status == 0)
        #expect(try validate(plain).status == 2)
    }

    @Test func aFolderThatIsNotThereEndsInOne() throws {
        let result = try validate(Self.manifest, "./nowhere")
        #expect(result.status == 1 && result.errors.contains("nowhere"), "\(result.all)")
    }

    @Test func sarifIsOfItsVersion() throws {
        let result = try validate(Self.manifest.replacingOccurrences(of: "\ndata:", with: "\ndota:"), "-o", "sarif")
        let report = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        #expect(report["version"] as? String == "2.1.0")
        #expect(result.status == 2)
    }
}
