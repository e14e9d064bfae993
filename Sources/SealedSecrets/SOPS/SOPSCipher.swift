// One value as SOPS seals it: `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`, bound to its place by additional data.

import CCrypto
import Crypto
import Manifest

struct SOPSCipher {
    /// The data key of a file, 32 bytes.
    let key: [UInt8]

    static func isSealed(_ text: String) -> Bool { text.hasPrefix("ENC[AES256_GCM,") && text.hasSuffix("]") }

    /// A value at a path. Items of lists are sealed under the path of the list.
    ///
    /// - Returns: nil for one that was sealed with another key, or for another place, or that was changed.
    func open(_ text: String, path: [String]) -> (plain: [UInt8], type: Substring)? {
        open(text, additional: Array(path.map { $0 + ":" }.joined().utf8))
    }

    func open(_ text: String, additional: [UInt8]) -> (plain: [UInt8], type: Substring)? {
        guard Self.isSealed(text) else { return nil }
        var parts: [Substring: Substring] = [:]
        for part in text.dropFirst("ENC[AES256_GCM,".count).dropLast().split(separator: ",") {
            guard let colon = part.firstIndex(of: ":") else { return nil }
            parts[part[..<colon]] = part[part.index(after: colon)...]
        }
        guard let data = parts["data"].flatMap({ Base64.decode(String($0)) }),
            let nonce = parts["iv"].flatMap({ Base64.decode(String($0)) }),
            let tag = parts["tag"].flatMap({ Base64.decode(String($0)) }), tag.count == 16, !nonce.isEmpty
        else { return nil }
        var plain = [UInt8](repeating: 0, count: data.count)
        let kind = Int32(CCRYPTO_AES_256_GCM)
        guard
            ccrypto_aead_open(
                kind, key, nonce, nonce.count, additional, additional.count, data, data.count, tag, &plain) == 1
        else {
            wipe(&plain)
            return nil
        }
        return (plain, parts["type"] ?? "str")
    }
}
