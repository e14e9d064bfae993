// The platforms in deploy/fleet, as they stand there: which environments each has, and what an environment consists of.

import Foundation
import Testing

/// One environment of one platform: a folder of `overlays/`, and the paths in it that Applications deliver, in their
/// order.
struct FleetEnvironment: Sendable, CustomTestStringConvertible {
    var platform: String
    var name: String
    var paths: [String]

    var testDescription: String { "\(platform)/\(name)" }
    var folder: String { Fleet.folder + "/" + platform }

    static let all: [FleetEnvironment] = Fleet.platforms.flatMap { platform in
        Fleet.entries(of: "\(platform)/overlays").map { name in
            let root = "overlays/" + name
            let paths = Fleet.applications(of: platform).map(\.path).filter { $0 == root || $0.hasPrefix(root + "/") }
            return FleetEnvironment(platform: platform, name: name, paths: paths)
        }
    }
}

enum Fleet {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../deploy/fleet").standardized.path

    /// The folders that are trees of their own: those with overlays.
    static let platforms = entries(of: "").filter { FileManager.default.fileExists(atPath: "\(folder)/\($0)/overlays") }

    /// The Applications in a platform's `gitops/`, in the order of files and of documents in them.
    static func applications(of platform: String) -> [(name: String, path: String)] {
        entries(of: "\(platform)/gitops").flatMap { file in
            let text = (try? String(contentsOfFile: "\(folder)/\(platform)/gitops/\(file)", encoding: .utf8)) ?? ""
            return BuiltObject.all(in: text).filter { $0.kind == "Application" }.compactMap { object in
                object.value(of: "    path").map { (object.name, $0) }
            }
        }
    }

    static func entries(of path: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder + "/" + path)) ?? [])
            .filter { !$0.hasPrefix(".") }.sorted()
    }
}

/// An object in a build's output, read line by line: keys stand at the indentation that every renderer gives them.
struct BuiltObject: Sendable {
    var lines: [Substring]

    static func all(in output: String) -> [BuiltObject] {
        output.split(separator: "\n", omittingEmptySubsequences: false)
            .split { $0 == "---" }.map { BuiltObject(lines: Array($0)) }.filter { !$0.kind.isEmpty }
    }

    /// The value of the first line with this key at this indentation.
    func value(of key: String) -> String? {
        lines.first { $0.hasPrefix(key + ": ") }
            .map { $0.dropFirst(key.count + 2).trimmingCharacters(in: ["\"", "'", " "]) }
    }

    var apiVersion: String { value(of: "apiVersion") ?? "" }
    var kind: String { value(of: "kind") ?? "" }
    var name: String { metadata.value(of: "  name") ?? "" }
    var namespace: String { metadata.value(of: "  namespace") ?? "" }
    var isHook: Bool { metadata.value(of: "    gitopsctl.dev/hook") != nil }

    private var metadata: BuiltObject {
        let rest = lines.drop { $0 != "metadata:" }.dropFirst()
        return BuiltObject(lines: Array(rest.prefix { $0.hasPrefix(" ") }))
    }
}
