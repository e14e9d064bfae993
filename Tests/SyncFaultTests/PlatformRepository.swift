// The Git repository of the application, all its commits made at once.

import Foundation
import Testing

/// A repository whose commits hold one overlay each.
struct PlatformRepository: Sendable {
    let path: String
    /// The ids of the commits, in their order.
    let commits: [String]

    /// Makes a repository in a folder that is not there yet, with one commit for each state of the application.
    init(in folder: String, _ states: [Platform]) throws {
        path = folder + "/repository"
        let (stream, marks) = (folder + "/stream", folder + "/marks")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        var text = ""
        for (index, state) in states.enumerated() {
            text +=
                "commit refs/heads/main\nmark :\(index + 1)\ncommitter Test <test@localhost> \(1_700_000_000 + index) +0000\n"
            text += Self.data("Commit \(index)")
            for (file, content) in [
                ("kustomization.yaml", "resources: [objects.yaml]\n"), ("objects.yaml", state.yaml),
            ] {
                text += "M 100644 inline app/\(file)\n" + Self.data(content)
            }
        }
        try text.write(toFile: stream, atomically: false, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [
            "-ec", #"git init -q -b main "$0" && git -C "$0" fast-import --quiet --export-marks="$2" < "$1""#, path,
            stream, marks,
        ]
        process.environment = ProcessInfo.processInfo.environment.merging(["GIT_CONFIG_GLOBAL": "/dev/null"]) { $1 }
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        let ids = try String(contentsOfFile: marks, encoding: .utf8).split(separator: "\n").map { line in
            let words = line.split(separator: " ")
            return (Int(words[0].dropFirst()) ?? 0, String(words[1]))
        }
        commits = ids.sorted { $0.0 < $1.0 }.map(\.1)
        try #require(commits.count == states.count)
    }

    private static func data(_ text: String) -> String { "data \(text.utf8.count)\n\(text)\n" }
}
