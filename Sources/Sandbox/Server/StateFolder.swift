// What a running sandbox leaves on disk: a kubeconfig for its clients, and a note of where it runs. Both hold keys or lead to them.

import Glibc
import Manifest

/// The folder of a sandbox's state.
struct StateFolder {
    let path: String

    /// - Throws: `StateFolderError` when the folder cannot be made.
    init(_ path: String) throws(StateFolderError) {
        self.path = path
        var prefix = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            prefix += prefix.isEmpty || prefix.hasSuffix("/") ? String(part) : "/\(part)"
            if mkdir(prefix, 0o700) != 0, errno != EEXIST {
                throw StateFolderError(path: prefix, action: "make the folder", code: errno)
            }
        }
    }

    /// Replaces a file in one step, readable by its owner alone.
    func write(_ bytes: [UInt8], to name: String) throws(StateFolderError) {
        let target = "\(path)/\(name)"
        let draft = "\(target).\(getpid()).new"
        let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw StateFolderError(path: draft, action: "create", code: errno) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let code = errno
                close(file)
                unlink(draft)
                throw StateFolderError(path: draft, action: "write", code: code)
            }
            rest = rest.dropFirst(count)
        }
        close(file)
        guard rename(draft, target) == 0 else {
            let code = errno
            unlink(draft)
            throw StateFolderError(path: target, action: "replace", code: code)
        }
    }

    func remove(_ name: String) {
        unlink("\(path)/\(name)")
    }
}

/// What the file system refused.
package struct StateFolderError: Error, Sendable, CustomStringConvertible {
    var path: String
    var action: String
    var code: Int32

    package var description: String {
        let reason = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer -> String in
            guard let start = buffer.baseAddress, strerror_r(code, start, buffer.count) == 0 else {
                return "error \(code)"
            }
            return String(cString: start)
        }
        return "could not \(action) \(path): \(reason)"
    }
}

enum StateDocuments {
    /// A kubeconfig with one cluster, one user and one context, all named `gitopsctl-sandbox`.
    static func kubeconfig(port: Int, authority: [UInt8], admin: Identity, token: String) -> [UInt8] {
        let text = """
            apiVersion: v1
            kind: Config
            clusters:
            - name: gitopsctl-sandbox
              cluster:
                server: https://127.0.0.1:\(port)
                certificate-authority-data: \(Base64.encode(authority))
            contexts:
            - name: gitopsctl-sandbox
              context:
                cluster: gitopsctl-sandbox
                user: gitopsctl-sandbox-admin
            current-context: gitopsctl-sandbox
            users:
            - name: gitopsctl-sandbox-admin
              user:
                client-certificate-data: \(Base64.encode(admin.certificatePEM))
                client-key-data: \(Base64.encode(admin.keyPEM))
            - name: gitopsctl-sandbox-token
              user:
                token: \(token)

            """
        return Array(text.utf8)
    }

    /// Where the sandbox runs: process, port and version.
    static func note(port: Int, kubeconfig: String) -> [UInt8] {
        let note: Value = [
            "pid": .int(Int(getpid())), "port": .int(port), "version": .string(SandboxVersion.text),
            "server": .string("https://127.0.0.1:\(port)"), "kubeconfig": .string(kubeconfig),
        ]
        return JSON.write(note) + [UInt8(ascii: "\n")]
    }
}
