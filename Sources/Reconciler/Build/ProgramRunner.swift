// The programs of a build, plainly run: helm for charts, executables and containers for KRM functions. For somebody who
// builds his own files on his own machine, and said that he wants them run; a controller runs none of these.

import CIsolation
import FoundationEssentials
package import Kustomize
import Manifest
import Subprocess
import SystemPackage

#if canImport(Glibc)
    import Glibc
#endif

/// What the command line says of programs, in the reference's words.
package struct ProgramOptions: Sendable {
    package var helmCommand = "helm"
    /// Whether containers may use the network when they ask for it.
    package var network = false
    package var networkName = "bridge"
    /// `type=bind,source=…,target=…`, in addition to what a function asks for.
    package var mounts: [String] = []
    /// `NAME=value`, or `NAME` to pass on the caller's.
    package var environment: [String] = []
    /// Whether containers run as the caller rather than as nobody.
    package var asCurrentUser = false

    package init() {}
}

package struct ProgramRunner: Sendable {
    private static let timeLimit = Duration.seconds(300)
    private static let outputLimit = 256 << 20
    private static let errorLimit = 1 << 20

    private let options: ProgramOptions
    /// The folder that the tree's paths are relative to, without a final slash.
    private let root: String

    /// - Parameter root: the folder on this machine that is the root of the build's tree.
    package init(options: ProgramOptions, root: String) {
        self.options = options
        self.root = root == "/" ? "" : root
    }

    package func answer(_ request: BuildRequest) async -> BuildAnswer {
        switch request {
        case .chart(let chart): await render(chart)
        case .function(let function): await run(function)
        case .file, .repository: .failure("it is no program", cure: nil)
        }
    }

    // MARK: - Charts

    private func render(_ chart: ChartRequest) async -> BuildAnswer {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gitopsctl-chart-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        do {
            let place = folder.appending(path: chart.name.split(separator: "/").last.map(String.init) ?? "chart")
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            switch chart.source {
            case .files(let files):
                for (path, bytes) in files {
                    let file = place.appending(path: path)
                    try FileManager.default.createDirectory(
                        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                    try Data(bytes).write(to: file)
                }
            case .pull(let repository, let version):
                var arguments = ["pull", "--untar", "--untardir", folder.path]
                if repository.hasPrefix("oci://") {
                    arguments.append("\(repository)/\(chart.name)")
                } else {
                    arguments += ["--repo", repository, chart.name]
                }
                if !version.isEmpty { arguments += ["--version", version] }
                let pulled = await execute(options.helmCommand, arguments, folder: folder.path, input: [])
                guard case .output = pulled else { return pulled }
            }
            var arguments = ["template"] + chart.release + [place.path]
            for (index, values) in chart.values.enumerated() {
                let file = folder.appending(path: "values-\(index).yaml")
                try Data(values).write(to: file)
                arguments += ["-f", file.path]
            }
            return await execute(options.helmCommand, arguments + chart.flags, folder: folder.path, input: [])
        } catch {
            return .failure(
                "its files cannot be written: \(error)", cure: "free room in \(folder.deletingLastPathComponent().path)"
            )
        }
    }

    // MARK: - Functions

    private func run(_ function: FunctionRequest) async -> BuildAnswer {
        switch function.runtime {
        case .executable(let path, let directory):
            return await execute("\(root)/\(path)", [], folder: "\(root)/\(directory)", input: function.input)
        case .container(let image, let network, let mounts, let environment):
            if network, !options.network {
                return .failure("it needs the network, and may not use it", cure: "allow it with `--network`")
            }
            var arguments = ["run", "--rm", "-i", "--attach", "STDIN", "--attach", "STDOUT", "--attach", "STDERR"]
            arguments += ["--network", network ? options.networkName : "none"]
            arguments += ["--user", options.asCurrentUser ? "\(getuid()):\(getgid())" : "nobody"]
            arguments += ["--security-opt=no-new-privileges"]
            for mount in mounts + options.mounts { arguments += ["--mount", mount] }
            for variable in environment + options.environment { arguments += ["-e", variable] }
            return await execute("docker", arguments + [image], folder: "/", input: function.input)
        }
    }

    // MARK: - Processes

    /// Starts a program anew while its file is busy: the kernel runs nothing that is open for writing, and what has
    /// only just been written still is in every child that another thread is starting at that moment, until that child
    /// runs its own program (https://go.dev/issue/22315).
    private static func patiently<Result>(_ start: () async throws -> Result) async throws -> Result {
        for attempt in 0..<6 {
            do {
                return try await start()
            } catch let error as SubprocessError where error.underlyingError == .textFileBusy {
                try await Task.sleep(for: .milliseconds(10 << attempt))
            }
        }
        return try await start()
    }

    private func execute(_ program: String, _ arguments: [String], folder: String, input: [UInt8]) async -> BuildAnswer
    {
        // A file in memory rather than a pipe: a program that ends without having read its input would break the pipe
        // under the writer, and swift-subprocess ends the process over that.
        let memory = input.withUnsafeBytes { isolation_memory_file($0.baseAddress, $0.count) }
        guard memory >= 0 else { return .failure("there is no memory for the input of `\(program)`", cure: nil) }
        defer { close(memory) }
        let executable: Executable = program.contains("/") ? .path(FilePath(program)) : .name(program)
        do {
            let result = try await withThrowingTaskGroup(of: (TerminationStatus, [UInt8], String)?.self) { group in
                group.addTask {
                    let result = try await Self.patiently {
                        try await Subprocess.run(
                            executable, arguments: Arguments(arguments), workingDirectory: FilePath(folder),
                            input: .fileDescriptor(FileDescriptor(rawValue: memory), closeAfterSpawningProcess: false),
                            output: .bytes(limit: Self.outputLimit), error: .string(limit: Self.errorLimit))
                    }
                    return (result.terminationStatus, result.standardOutput, result.standardError)
                }
                group.addTask {
                    try await Task.sleep(for: Self.timeLimit)
                    return nil
                }
                defer { group.cancelAll() }
                return try await group.next() ?? nil
            }
            guard let (status, output, errors) = result else {
                return .failure("`\(program)` did not end within \(Self.timeLimit.components.seconds) s", cure: nil)
            }
            guard status.isSuccess else {
                let words = errors.split(separator: "\n").suffix(5).joined(separator: "\n")
                return .failure("`\(program)` failed with \(status)" + (words.isEmpty ? "" : ":\n\(words)"), cure: nil)
            }
            return .output(output)
        } catch {
            return .failure(
                "`\(program)` cannot be run: \(error)",
                cure: program.contains("/") ? "make it executable" : "install \(program)")
        }
    }
}
