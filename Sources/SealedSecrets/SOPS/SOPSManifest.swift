// Manifests that SOPS encrypted for age recipients: values in the form `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`,
// and under `sops` the data key that they are encrypted with, once for each recipient.
// https://github.com/getsops/sops
//
// Each value is authenticated together with its path. The MAC over all values, which SOPS keeps as well, cannot be
// checked here: it is over them in the order of the file (with `mac_only_encrypted` the encrypted ones, otherwise all),
// and a rendered object has other fields and sorted keys. docs/sealed-secrets.md says what that leaves open.

import CCrypto
import Crypto
package import Manifest

/// An object with a `sops` field.
package struct SOPSManifest: Sendable {
    private let value: Value

    /// - Returns: nil for an object without.
    package init?(_ value: Value) {
        guard value["sops"]?.object != nil else { return nil }
        self.value = value
    }

    /// The object with its values in the open, and without the `sops` field.
    ///
    /// - Throws: why it cannot be opened; for each value by its path. No message holds a value.
    package func opened(with identities: [AgeIdentity]) throws(DiagnosticsError) -> Value {
        let subject = KubernetesObject(value).reference
        guard var key = try dataKey(identities, subject) else {
            throw DiagnosticsError(
                "\(subject) is encrypted by SOPS, and none of the \(identities.count) age keys at hand opens it",
                cure:
                    "Grant the plugin the Secret with the age key (a key like age.agekey in it), or encrypt for a recipient whose key is at hand"
            )
        }
        defer { wipe(&key) }
        var walk = SOPSDecryption(key: key)
        guard var object = value.object else { return value }
        object["sops"] = nil
        let opened = walk.open(.object(object), at: [])
        if !walk.failures.isEmpty {
            throw DiagnosticsError(
                walk.failures.map { path in
                    .error(
                        "\(path) of \(subject) cannot be opened: it was changed or moved after it was encrypted",
                        cure: "Encrypt the file again, or restore it from Git")
                })
        }
        return opened
    }

    private func dataKey(_ identities: [AgeIdentity], _ subject: ObjectReference) throws(DiagnosticsError) -> [UInt8]? {
        if let groups = value[path: "sops", "key_groups"]?.array, groups.count > 1 {
            throw DiagnosticsError(
                "\(subject) needs keys of several groups, which is not supported",
                cure: "Encrypt it for age recipients without key groups")
        }
        let recipients =
            value[path: "sops", "age"]?.array ?? value[path: "sops", "key_groups"]?.array?.first?["age"]?.array ?? []
        guard !recipients.isEmpty else {
            throw DiagnosticsError(
                "\(subject) is encrypted by SOPS for no age recipient",
                cure: "Add one: sops updatekeys, after naming it in .sops.yaml")
        }
        for recipient in recipients {
            if let key = recipient["enc"]?.string.flatMap(AgeFile.init(armored:))?.open(with: identities),
                key.count == 32
            {
                return key
            }
        }
        return nil
    }
}

/// One walk over a document.
private struct SOPSDecryption {
    let key: [UInt8]
    /// The paths of what could not be opened.
    var failures: [String] = []

    init(key: [UInt8]) {
        self.key = key
    }

    /// Items of lists are encrypted under the path of the list.
    mutating func open(_ value: Value, at path: [String]) -> Value {
        switch value {
        case .object(let object):
            var opened = object
            for index in opened.entries.indices {
                opened.entries[index].value = open(opened.entries[index].value, at: path + [opened.entries[index].key])
            }
            return .object(opened)
        case .array(let items):
            return .array(items.map { open($0, at: path) })
        case .scalar(let scalar):
            guard let text = scalar.string, text.hasPrefix("ENC[AES256_GCM,"), text.hasSuffix("]") else { return value }
            guard let opened = Self.open(text, key: key, path: path) else {
                failures.append(path.joined(separator: "."))
                return value
            }
            return .scalar(opened)
        }
    }

    private static func open(_ text: String, key: [UInt8], path: [String]) -> Scalar? {
        var parts: [Substring: Substring] = [:]
        for part in text.dropFirst("ENC[AES256_GCM,".count).dropLast().split(separator: ",") {
            guard let colon = part.firstIndex(of: ":") else { return nil }
            parts[part[..<colon]] = part[part.index(after: colon)...]
        }
        guard let data = parts["data"].flatMap({ Base64.decode(String($0)) }),
            let nonce = parts["iv"].flatMap({ Base64.decode(String($0)) }),
            let tag = parts["tag"].flatMap({ Base64.decode(String($0)) }), tag.count == 16, !nonce.isEmpty
        else { return nil }
        let additional = Array(path.map { $0 + ":" }.joined().utf8)
        var plain = [UInt8](repeating: 0, count: data.count)
        defer { wipe(&plain) }
        let kind = Int32(CCRYPTO_AES_256_GCM)
        guard
            ccrypto_aead_open(
                kind, key, nonce, nonce.count, additional, additional.count, data, data.count, tag, &plain) == 1
        else { return nil }
        let opened = String(decoding: plain, as: UTF8.self)
        switch parts["type"] {
        case "int": return Scalar(opened, kind: .int)
        case "float": return Scalar(opened, kind: .float)
        // SOPS spells booleans as Python does.
        case "bool": return Scalar(opened.lowercased(), kind: .bool)
        default: return Scalar(opened, kind: .string)
        }
    }
}
