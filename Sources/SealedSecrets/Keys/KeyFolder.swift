// Keys in a folder, for work without a cluster: `NAME.crt` and `NAME.key`, the latter under a passphrase where there
// is one.

import FoundationEssentials
import Glibc
package import Manifest

/// A folder with sealing keys.
package struct KeyFolder: Sendable {
    package let path: String

    package init(_ path: String) {
        self.path = path
    }

    private var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter { $0.hasSuffix(".crt") }.map {
            String($0.dropLast(4))
        }
        .sorted()
    }

    /// Whether a key in the folder needs a passphrase.
    package var needsPassphrase: Bool {
        names.contains { name in
            FileManager.default.contents(atPath: "\(path)/\(name).key").map { PrivateKey.isEncrypted(pem: [UInt8]($0)) }
                ?? false
        }
    }

    /// The newest certificate of the folder; nil where there is none. Needs no passphrase.
    package func certificate() -> Certificate? {
        names.compactMap { name in
            FileManager.default.contents(atPath: "\(path)/\(name).crt").flatMap { try? Certificate(pem: [UInt8]($0)) }
        }
        .max { $0.notBefore < $1.notBefore }
    }

    /// Every key of the folder.
    ///
    /// - Throws: each file that is no certificate or key, or whose passphrase is another one.
    package func ring(passphrase: String?) throws(DiagnosticsError) -> KeyRing {
        guard FileManager.default.fileExists(atPath: path) else {
            throw DiagnosticsError(
                "there is no folder with keys", at: SourceLocation(file: path),
                cure: "Make a key with gitopsctl seal rotate --keys \(path)")
        }
        var keys: [SealingKey] = []
        var problems: [Diagnostic] = []
        for name in names {
            let files = (SourceLocation(file: "\(path)/\(name).crt"), SourceLocation(file: "\(path)/\(name).key"))
            guard
                let certificate = FileManager.default.contents(atPath: files.0.file).flatMap({
                    try? Certificate(pem: [UInt8]($0))
                })
            else {
                problems.append(.error("this is no certificate", at: files.0))
                continue
            }
            guard let pem = FileManager.default.contents(atPath: files.1.file).map({ [UInt8]($0) }) else {
                problems.append(.error("the certificate's key cannot be read", at: files.1))
                continue
            }
            guard let key = PrivateKey(pem: pem, passphrase: passphrase) else {
                problems.append(
                    PrivateKey.isEncrypted(pem: pem)
                        ? .error(
                            passphrase == nil ? "the key needs a passphrase" : "the passphrase does not fit the key",
                            at: files.1)
                        : .error("this is no RSA key", at: files.1))
                continue
            }
            keys.append(SealingKey(name: name, privateKey: key, certificate: certificate))
        }
        if !problems.isEmpty { throw DiagnosticsError(problems) }
        return KeyRing(keys)
    }

    /// Writes a key. Its file is for its owner alone.
    package func add(_ key: SealingKey, passphrase: String?) throws(DiagnosticsError) {
        do {
            let pem = try key.privateKey.pem(passphrase: passphrase)
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try write(pem, to: "\(path)/\(key.name).key", mode: 0o600)
            try write(key.certificate.pem, to: "\(path)/\(key.name).crt", mode: 0o644)
        } catch {
            throw DiagnosticsError(
                "the key cannot be written", at: SourceLocation(file: path),
                cure: "Check the folder and its permissions")
        }
    }

    private struct CannotWrite: Error {}

    /// A new file that had its permissions before it had its bytes.
    private func write(_ bytes: [UInt8], to file: String, mode: mode_t) throws {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw CannotWrite() }
        defer { close(descriptor) }
        guard bytes.withUnsafeBytes({ Glibc.write(descriptor, $0.baseAddress, $0.count) }) == bytes.count else {
            throw CannotWrite()
        }
    }
}
