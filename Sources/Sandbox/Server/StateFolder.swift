// What a running sandbox leaves on disk: a kubeconfig for its clients, and a note of where it runs. Both hold keys or
// lead to them.

import Glibc
import LocalFiles
import Manifest

/// The folder of a sandbox's state.
struct StateFolder {
    let path: String

    /// - Throws: when the folder cannot be made.
    init(_ path: String) throws(FileError) {
        self.path = path
        try PrivateFolder.create(path)
    }

    /// Replaces a file in one step, readable by its owner alone.
    func write(_ bytes: [UInt8], to name: String) throws(FileError) {
        try WholeFile.replace("\(path)/\(name)", with: bytes)
    }

    func remove(_ name: String) {
        unlink("\(path)/\(name)")
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
