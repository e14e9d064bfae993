// A tree of files that a test writes down in place.

import Manifest
import Testing

@testable import Kustomize

/// Files by path; directories are what the paths imply. A text that begins with `-> ` is a symbolic link.
struct MemoryTree: FileTree {
    var files: [String: [UInt8]]

    init(_ files: [String: String]) { self.files = files.mapValues { Array($0.utf8) } }

    private func isDirectory(_ path: String) -> Bool {
        path.isEmpty || files.keys.contains { $0.hasPrefix(path + "/") }
    }

    private func link(_ path: String) -> String? {
        guard let bytes = files[path], bytes.starts(with: Array("-> ".utf8)) else { return nil }
        return String(decoding: bytes.dropFirst(3), as: UTF8.self)
    }

    func resolve(_ path: String, below directory: String) throws(FileTreeError) -> ResolvedPath {
        var pending = Array(path.split(separator: "/").map(String.init).reversed())
        var (resolved, kind) = ("", ResolvedPath.Kind.directory)
        var links: [String] = []
        while let part = pending.popLast() {
            if kind == .file { throw FileTreeError(path, links.isEmpty ? .notFound : .brokenLink) }
            if part == "." { continue }
            if part == ".." {
                if resolved.isEmpty { throw FileTreeError(path, .leavesTree) }
                resolved = TreePath.parent(resolved)
                continue
            }
            let place = resolved.isEmpty ? part : resolved + "/" + part
            if let target = link(place) {
                links.append(place)
                if links.count > 40 { throw FileTreeError(path, .tooManyLinks) }
                if target.hasPrefix("/") { throw FileTreeError(path, .leavesTree) }
                pending += target.split(separator: "/").map(String.init).reversed()
            } else if files[place] != nil || isDirectory(place) {
                (resolved, kind) = (place, files[place] == nil ? .directory : .file)
            } else {
                throw FileTreeError(path, links.isEmpty ? .notFound : .brokenLink)
            }
        }
        return ResolvedPath(path: resolved, kind: kind, links: links)
    }

    func read(_ path: String) throws(FileTreeError) -> [UInt8] {
        guard let bytes = files[path] else { throw FileTreeError(path, .notFound) }
        return bytes
    }

    func names(in path: String) throws(FileTreeError) -> [String] {
        let prefix = path.isEmpty ? "" : path + "/"
        let names = files.keys.filter { $0.hasPrefix(prefix) }.compactMap {
            $0.dropFirst(prefix.count).split(separator: "/").first
        }
        return Set(names).map(String.init).sorted()
    }

    func objectID(of path: String) throws(FileTreeError) -> String {
        var digest = SHA1()
        let bytes = if let target = link(path) { Array(target.utf8) } else { try read(path) }
        digest.update(Array("blob \(bytes.count)\0".utf8) + bytes)
        return SHA256.hexadecimal(digest.finalize())
    }
}

/// Builds `directory` of the files and answers the printed text.
func build(
    _ files: [String: String], _ directory: String = "", options: BuildOptions = BuildOptions()
) throws(DiagnosticsError) -> String {
    String(
        decoding: try KustomizeBuild(tree: MemoryTree(files), options: options).build(path: directory).yaml(),
        as: UTF8.self)
}

/// The errors of a build that must fail.
func errors(_ files: [String: String], _ directory: String = "") -> [Diagnostic] {
    do {
        _ = try KustomizeBuild(tree: MemoryTree(files)).build(path: directory)
        Issue.record("the build succeeded")
        return []
    } catch {
        return error.diagnostics.filter { $0.severity == .error }
    }
}

/// The warnings of a build that must succeed.
func warnings(_ files: [String: String], _ directory: String = "") throws -> [Diagnostic] {
    try KustomizeBuild(tree: MemoryTree(files)).build(path: directory).diagnostics
}

let webDeployment = """
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      selector:
        matchLabels: {app: web}
      template:
        metadata:
          labels: {app: web}
        spec:
          containers:
          - name: main
            image: nginx:1.25
            ports:
            - containerPort: 80
            env:
            - name: LEVEL
              value: info
    """
