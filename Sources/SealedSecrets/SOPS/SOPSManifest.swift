// Manifests that SOPS encrypted for age recipients: values in the form `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`,
// and under `sops` the data key that they are encrypted with, once for each recipient.
// https://github.com/getsops/sops
//
// Each value is authenticated together with its path, and the file as a whole by a checksum. That is over the file as
// it stands in Git, while a rendered object has other fields and sorted keys: whoever runs the plugin hands the file
// over, too. docs/sealed-secrets.md says what that leaves open.

import Crypto
package import Manifest

/// An object with a `sops` field.
package struct SOPSManifest: Sendable {
    private let value: Value
    /// The text of the file that the object was declared in; nil where it is not at hand.
    private let file: String?

    /// - Parameter value: may carry its file, as `ResourceList.fileAnnotation` says.
    /// - Returns: nil for an object without.
    package init?(_ value: Value) {
        guard value["sops"]?.object != nil else { return nil }
        file = KubernetesObject(value).annotation(ResourceList.fileAnnotation)
        var value = value
        if var annotations = value[path: "metadata", "annotations"]?.object, file != nil {
            annotations[ResourceList.fileAnnotation] = nil
            value["metadata"]?["annotations"] = annotations.isEmpty ? nil : .object(annotations)
        }
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
        let cipher = SOPSCipher(key: key)
        try verify(cipher, subject)
        var walk = SOPSDecryption(cipher: cipher)
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

    /// - Throws: where the file is not as SOPS left it.
    private func verify(_ cipher: SOPSCipher, _ subject: ObjectReference) throws(DiagnosticsError) {
        guard let file else { return }
        do throws(SOPSChecksum.Failure) {
            try SOPSChecksum.verify(file, with: cipher)
        } catch {
            let reason =
                switch error {
                case .unreadable: "the file cannot be read as SOPS would"
                case .plain(let path): "\(path) is not encrypted in the file, and should be"
                case .unopened(let path): "\(path) was changed or moved in the file"
                case .other: "the file's checksum is another: a value was changed, added, taken out or moved"
                case .missing: "the file has no checksum"
                }
            throw DiagnosticsError(
                "\(subject) is not opened, since its file was changed after SOPS encrypted it: \(reason)",
                cure: "Look at what was changed with git log -p; where it is meant, have SOPS encrypt the file again")
        }
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
    let cipher: SOPSCipher
    /// The paths of what could not be opened.
    var failures: [String] = []

    init(cipher: SOPSCipher) {
        self.cipher = cipher
    }

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
            guard let text = scalar.string, SOPSCipher.isSealed(text) else { return value }
            guard var opened = cipher.open(text, path: path) else {
                failures.append(path.joined(separator: "."))
                return value
            }
            defer { wipe(&opened.plain) }
            return .scalar(Self.scalar(opened))
        }
    }

    private static func scalar(_ opened: (plain: [UInt8], type: Substring)) -> Scalar {
        let text = String(decoding: opened.plain, as: UTF8.self)
        return switch opened.type {
        case "int": Scalar(text, kind: .int)
        case "float": Scalar(text, kind: .float)
        // SOPS spells booleans as Python does.
        case "bool": Scalar(text.lowercased(), kind: .bool)
        default: Scalar(text, kind: .string)
        }
    }
}
