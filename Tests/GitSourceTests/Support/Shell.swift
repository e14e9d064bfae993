// Running programs, and folders that go away with the test.

import Foundation

/// A folder that is removed with this value.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/gitsource-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    static func / (folder: TemporaryFolder, name: String) -> String { "\(folder.path)/\(name)" }
}

struct CommandFailure: Error, CustomStringConvertible {
    let description: String
}

/// How long what should work may take: far more than it does, for machines that have much else to do.
let patience = Duration.seconds(120)

enum Shell {
    /// Runs a program and returns its standard output, without blocking a thread of the cooperative pool.
    @discardableResult
    static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> [UInt8] {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try runBlocking(program, arguments, environment: environment) })
            }
        }
    }

    /// Runs a program and returns its standard output.
    @discardableResult
    static func runBlocking(
        _ program: String, _ arguments: [String], input: [UInt8] = [], environment: [String: String] = [:],
        mayFail: Bool = false
    ) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = [
            "PATH": "/usr/bin:/bin:/usr/sbin:/usr/lib/git-core", "HOME": "/nonexistent", "LC_ALL": "C",
        ]
        .merging(environment) { $1 }
        let (stdin, stdout) = (Pipe(), Pipe())
        let errors = FileManager.default.temporaryDirectory.path + "/gitsource-stderr-\(UUID().uuidString)"
        _ = FileManager.default.createFile(atPath: errors, contents: nil)
        defer { try? FileManager.default.removeItem(atPath: errors) }
        process.standardInput = stdin
        process.standardOutput = stdout
        process.standardError = FileHandle(forWritingAtPath: errors)
        try process.run()
        if !input.isEmpty { try? stdin.fileHandleForWriting.write(contentsOf: Data(input)) }
        try? stdin.fileHandleForWriting.close()
        let output = [UInt8](try stdout.fileHandleForReading.readToEnd() ?? Data())
        process.waitUntilExit()
        guard process.terminationStatus == 0 || mayFail else {
            let words = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
            throw CommandFailure(description: "\(program) \(arguments.joined(separator: " ")): \(words)")
        }
        return output
    }
}
