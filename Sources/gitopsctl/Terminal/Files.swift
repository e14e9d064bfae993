// What a command reads and replaces where the user says.

import FoundationEssentials
import Manifest

#if canImport(Glibc)
    import Glibc
#endif

/// Files by their paths, and standard input by `-`.
enum Files {
    /// What a file holds, or what comes out of a pipe until its end: `--from-file key=<(program)`.
    static func read(_ path: String) throws(DiagnosticsError) -> [UInt8] {
        if path == "-" { return bytes(from: STDIN_FILENO) ?? [] }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        guard descriptor >= 0, let bytes = bytes(from: descriptor) else {
            throw DiagnosticsError(
                "the file cannot be read", at: SourceLocation(file: path), cure: "Check its path and its permissions")
        }
        return bytes
    }

    /// nil where it cannot be read, such as a folder.
    private static func bytes(from descriptor: Int32) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return count == 0 ? bytes : nil }
            bytes += buffer[..<count]
        }
    }

    /// Puts bytes in a file's place whole, or not at all.
    static func replace(_ path: String, with bytes: [UInt8]) throws(DiagnosticsError) {
        do {
            try Data(bytes).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw DiagnosticsError(
                "the file cannot be written", at: SourceLocation(file: path),
                cure: "Check the folder and its permissions")
        }
    }

    /// The YAML files at some paths: files as they are, folders with all that is in them.
    static func manifests(_ paths: [String]) -> [String] {
        paths.flatMap { path -> [String] in
            var isFolder = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder else { return [path] }
            return ((try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? [])
                .filter { name in
                    [".yaml", ".yml"].contains(where: name.hasSuffix) && !name.split(separator: "/").contains(".git")
                }
                .sorted().map { path == "." ? $0 : "\(path)/\($0)" }
        }
    }
}
