// A repository made by the real git.

import Foundation

/// A repository with a working tree, driven by the git command line.
struct GitWorkspace: Sendable {
    let path: String

    init(_ path: String, bare: Bool = false) async throws {
        self.path = path
        try await Shell.run("/usr/bin/git", ["init", "-q", "-b", "main"] + (bare ? ["--bare"] : []) + [path])
    }

    @discardableResult
    func git(_ arguments: String..., seconds: Int = 1_700_000_000) async throws -> String {
        let environment = [
            "GIT_AUTHOR_NAME": "Ada Lovelace", "GIT_AUTHOR_EMAIL": "ada@example.org",
            "GIT_COMMITTER_NAME": "Ada Lovelace", "GIT_COMMITTER_EMAIL": "ada@example.org",
            "GIT_AUTHOR_DATE": "\(seconds) +0100", "GIT_COMMITTER_DATE": "\(seconds) +0100",
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
        ]
        let output = try await Shell.run("/usr/bin/git", ["-C", path] + arguments, environment: environment)
        return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .newlines)
    }

    func bytes(_ arguments: String...) async throws -> [UInt8] {
        try await Shell.run("/usr/bin/git", ["-C", path] + arguments)
    }

    func write(_ text: String, to file: String) throws {
        try write(Array(text.utf8), to: file)
    }

    func write(_ bytes: [UInt8], to file: String) throws {
        let url = URL(fileURLWithPath: "\(path)/\(file)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    /// Writes files, commits everything, and returns the commit's id.
    @discardableResult
    func commit(_ files: [String: String], _ message: String = "A change", seconds: Int = 1_700_000_000) async throws
        -> String
    {
        for (file, text) in files {
            try write(text, to: file)
        }
        try await git("add", "-A", seconds: seconds)
        try await git("commit", "-q", "--allow-empty", "-m", message, seconds: seconds)
        return try await git("rev-parse", "HEAD")
    }
}

extension GitWorkspace {
    init(existing path: String) {
        self.path = path
    }
}
