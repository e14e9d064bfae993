// The key that the values of Secrets are sealed with where the state is kept on a disk. It stands in a file of its own,
// apart from the state: who gets hold of the state alone, in a backup or a report, reads no Secret.

import CCrypto
import Crypto
import LocalFiles

/// AES-256-GCM under a key from a file.
struct StateKey: Sendable {
    private let bytes: [UInt8]

    private static let keySize = 32
    private static let nonceSize = 12
    private static let tagSize = 16
    /// What sealed content begins with; what is not sealed is JSON, PEM or text, and never begins so.
    private static let mark: UInt8 = 1

    /// Reads the key of a file, readable by its owner alone.
    /// - Parameter makes: whether a key is made where there is no file.
    /// - Throws: `StateKeyError`.
    init(file path: String, makes: Bool) throws(StateKeyError) {
        if let found = WholeFile.read(path, limit: 4096) {
            guard found.count == Self.keySize else {
                throw StateKeyError(path: path, problem: "is no key of a sandbox")
            }
            bytes = found
            return
        }
        guard makes else {
            throw StateKeyError(path: path, problem: "is missing, and the state is sealed with the key in it")
        }
        bytes = try Self.random(Self.keySize, path)
        do {
            if let slash = path.lastIndex(of: "/") { try PrivateFolder.create(String(path[..<slash])) }
            try WholeFile.replace(path, with: bytes)
        } catch {
            throw StateKeyError(path: path, problem: "cannot be written: \(error)")
        }
    }

    static func isSealed(_ content: [UInt8]) -> Bool { content.first == mark }

    /// - Throws: where the system has no random numbers.
    func seal(_ content: [UInt8]) throws(StateKeyError) -> [UInt8] {
        let nonce = try Self.random(Self.nonceSize, "")
        var cipher = [UInt8](repeating: 0, count: content.count)
        var tag = [UInt8](repeating: 0, count: Self.tagSize)
        guard ccrypto_gcm_seal(bytes, nonce, content, content.count, &cipher, &tag) == 1 else {
            throw StateKeyError(path: "", problem: "cannot seal")
        }
        return [Self.mark] + nonce + tag + cipher
    }

    /// What was sealed; content that is not sealed as it is.
    /// - Throws: for what another key sealed.
    func open(_ content: [UInt8]) throws(StateKeyError) -> [UInt8] {
        guard Self.isSealed(content) else { return content }
        let rest = content.dropFirst()
        guard rest.count >= Self.nonceSize + Self.tagSize else { throw .otherKey }
        let nonce = Array(rest.prefix(Self.nonceSize))
        let tag = Array(rest.dropFirst(Self.nonceSize).prefix(Self.tagSize))
        let cipher = Array(rest.dropFirst(Self.nonceSize + Self.tagSize))
        var plain = [UInt8](repeating: 0, count: cipher.count)
        guard ccrypto_gcm_open(bytes, nonce, cipher, cipher.count, tag, &plain) == 1 else { throw .otherKey }
        return plain
    }

    private static func random(_ count: Int, _ path: String) throws(StateKeyError) -> [UInt8] {
        do {
            return try randomBytes(count)
        } catch {
            throw StateKeyError(path: path, problem: "cannot be made: \(error)")
        }
    }
}

/// Why the state cannot be sealed or opened.
package struct StateKeyError: Error, Sendable, CustomStringConvertible {
    var path: String
    var problem: String

    static let otherKey = StateKeyError(
        path: "", problem: "the state is sealed with another key than the one that is there")

    package var description: String {
        let cure = "put the key back, or remove the kept state to begin anew"
        return (path.isEmpty ? problem : "\(path) \(problem)") + "; \(cure)"
    }
}
