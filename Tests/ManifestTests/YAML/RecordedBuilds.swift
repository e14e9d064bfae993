// Outputs of `kustomize build` that were recorded outside the project: what the writer has to reproduce byte for byte.

import Foundation

enum RecordedBuilds {
    /// `GITOPSCTL_SHARED`, else the folder `shared` beside the repository; nil where neither exists.
    static let root: URL? = {
        let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardized
        let root =
            ProcessInfo.processInfo.environment["GITOPSCTL_SHARED"].map { URL(filePath: $0) }
            ?? repository.deletingLastPathComponent().appending(path: "shared")
        return FileManager.default.fileExists(atPath: root.path) ? root : nil
    }()

    /// Every recorded output, by path below the root.
    static let outputs: [String] = {
        guard let root else { return [] }
        var found: [String] = []
        for folder in ["cases/kustomize", "cases/real"] {
            let names = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
            while let name = names?.nextObject() as? String {
                let isOutput =
                    name.hasSuffix("/expected.yaml") || (name.contains("/expected/") && name.hasSuffix(".yaml"))
                if isOutput, !name.hasSuffix(".md") { found.append("\(folder)/\(name)") }
            }
        }
        return found.sorted()
    }()

    static func bytes(_ path: String) throws -> [UInt8] {
        guard let root else { return [] }
        return [UInt8](try Data(contentsOf: root.appending(path: path)))
    }
}
