// The checksum of a file that SOPS encrypted: SHA-512 over its values in the open, in the order in which they stand in
// the file, as hexadecimal digits, encrypted under the data key with the moment of the last change as additional data.
// https://github.com/getsops/sops
//
// It is over the file and not over what a renderer made of it, so that the file has to be at hand.

import Crypto
import Manifest

struct SOPSChecksum {
    /// Why a file is not as SOPS left it.
    enum Failure: Error {
        case unreadable
        /// A value at a path that was to be encrypted.
        case plain(String)
        case unopened(String)
        case other
        case missing
    }

    private let cipher: SOPSCipher
    /// What stands under `sops` in the file.
    private let metadata: Value
    private let rules: SOPSRules

    private init(cipher: SOPSCipher, metadata: Value) throws(Failure) {
        self.cipher = cipher
        self.metadata = metadata
        guard let rules = SOPSRules(metadata) else { throw .unreadable }
        self.rules = rules
    }

    /// - Parameter file: the text of the whole file: its checksum is over all of its documents.
    /// - Throws: `Failure`.
    static func verify(_ file: String, with cipher: SOPSCipher) throws(Failure) {
        guard let documents = try? YAML.read(Array(file.utf8), file: "") else { throw .unreadable }
        guard let metadata = documents.first?["sops"] else { throw .missing }
        try SOPSChecksum(cipher: cipher, metadata: metadata).verify(documents)
    }

    private func verify(_ documents: [Value]) throws(Failure) {
        guard let mac = metadata["mac"]?.string, let moment = metadata["lastmodified"]?.scalar?.text else {
            throw .missing
        }
        guard var expected = cipher.open(mac, additional: Array(moment.utf8))?.plain else {
            throw .unopened("sops.mac")
        }
        defer { wipe(&expected) }
        guard let hash = SHA512() else { throw .unreadable }
        // So that a checksum over some of the values is never one over all of them.
        if rules.countsEncryptedOnly { hash.update(SHA256.digest(Array("sops".utf8))) }
        for document in documents {
            guard var object = document.object else { continue }
            object["sops"] = nil
            try add(.object(object), at: [], to: hash)
        }
        let digits = hash.finalize().flatMap { byte in
            [byte >> 4, byte & 15].map { $0 < 10 ? UInt8(ascii: "0") + $0 : UInt8(ascii: "A") - 10 + $0 }
        }
        guard equalsInConstantTime(expected, digits) else { throw .other }
    }

    private func add(_ value: Value, at path: [String], to hash: SHA512) throws(Failure) {
        switch value {
        case .object(let object):
            for entry in object.entries { try add(entry.value, at: path + [entry.key], to: hash) }
        case .array(let items):
            for item in items { try add(item, at: path, to: hash) }
        case .scalar(let scalar):
            if scalar.isNull { return }
            let place = path.joined(separator: ".")
            let isSealed = scalar.string.map(SOPSCipher.isSealed) ?? false
            guard rules.encrypts(path) ?? isSealed else {
                if !rules.countsEncryptedOnly { hash.update(Array(Self.text(of: scalar).utf8)) }
                return
            }
            if scalar.string == "" { return }
            guard isSealed, let text = scalar.string else { throw .plain(place) }
            guard var opened = cipher.open(text, path: path) else { throw .unopened(place) }
            hash.update(opened.plain)
            wipe(&opened.plain)
        }
    }

    /// A value as SOPS spells it: integers in decimal, fractions without an exponent, booleans as in Python.
    private static func text(of scalar: Scalar) -> String {
        switch scalar.kind {
        case .bool: scalar.bool == true ? "True" : "False"
        case .int: scalar.int.map(String.init) ?? scalar.text
        case .float: scalar.double.map(decimal) ?? scalar.text
        case .null, .string, .timestamp: scalar.text
        }
    }

    /// The fewest digits that name a number, without an exponent.
    static func decimal(_ number: Double) -> String {
        let text = number.magnitude.description
        let parts = text.split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        var whole = String(mantissa[0])
        var fraction = mantissa.count > 1 && mantissa[1] != "0" ? String(mantissa[1]) : ""
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        for _ in 0..<max(exponent, 0) { whole.append(fraction.isEmpty ? "0" : fraction.removeFirst()) }
        for _ in 0..<max(-exponent, 0) { fraction.insert(whole.popLast() ?? "0", at: fraction.startIndex) }
        let digits = String(whole.drop { $0 == "0" })
        return (number.sign == .minus ? "-" : "") + (digits.isEmpty ? "0" : digits)
            + (fraction.isEmpty ? "" : ".\(fraction)")
    }
}

/// Which values of a file SOPS encrypts, and which its checksum counts.
private struct SOPSRules {
    /// Whether the checksum is over the encrypted values only.
    let countsEncryptedOnly: Bool
    private let unencryptedSuffix: String
    private let encryptedSuffix: String
    private let unencryptedPattern: Regex<AnyRegexOutput>?
    private let encryptedPattern: Regex<AnyRegexOutput>?
    /// Whether comments say what is encrypted, which a reader of values does not see.
    private let followsComments: Bool

    /// - Returns: nil where a pattern cannot be understood.
    init?(_ metadata: Value) {
        func text(_ key: String) -> String { metadata[key]?.string ?? "" }
        countsEncryptedOnly = metadata["mac_only_encrypted"]?.bool ?? false
        unencryptedSuffix = text("unencrypted_suffix")
        encryptedSuffix = text("encrypted_suffix")
        followsComments = !text("encrypted_comment_regex").isEmpty || !text("unencrypted_comment_regex").isEmpty
        do {
            unencryptedPattern = text("unencrypted_regex").isEmpty ? nil : try Regex(text("unencrypted_regex"))
            encryptedPattern = text("encrypted_regex").isEmpty ? nil : try Regex(text("encrypted_regex"))
        } catch {
            return nil
        }
    }

    /// Whether the value at a path is to be encrypted; nil where its form alone tells.
    func encrypts(_ path: [String]) -> Bool? {
        if followsComments { return nil }
        var encrypts = true
        if !unencryptedSuffix.isEmpty, path.contains(where: { $0.hasSuffix(unencryptedSuffix) }) { encrypts = false }
        if !encryptedSuffix.isEmpty { encrypts = path.contains { $0.hasSuffix(encryptedSuffix) } }
        if let unencryptedPattern, path.contains(where: { $0.firstMatch(of: unencryptedPattern) != nil }) {
            encrypts = false
        }
        if let encryptedPattern { encrypts = path.contains { $0.firstMatch(of: encryptedPattern) != nil } }
        return encrypts
    }
}
