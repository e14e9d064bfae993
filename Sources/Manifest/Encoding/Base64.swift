// Base64 (RFC 4648), the encoding of a Secret's data and of binary ConfigMap entries.

import FoundationEssentials

/// Base64 with padding, as Kubernetes reads and writes it.
package enum Base64 {
    package static func encode(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
    }

    /// The alphabet of URLs and file names, without padding (RFC 4648, section 5).
    package static func encodeForURL(_ bytes: [UInt8]) -> String {
        String(encode(bytes).compactMap { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 == "=" ? nil : $0 })
    }

    /// The bytes, nil for a text that is no base64; line breaks are passed over.
    package static func decode(_ text: String) -> [UInt8]? {
        let unbroken = text.utf8.filter { $0 != 0x0A && $0 != 0x0D }
        return Data(base64Encoded: Data(unbroken)).map { [UInt8]($0) }
    }
}
