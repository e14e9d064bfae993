// What libcrypto refused to do.

import CCrypto

/// A step that libcrypto refused, with its own words. Never holds a value.
package struct CryptoError: Error, Sendable, CustomStringConvertible {
    package var description: String

    package init(_ step: String) {
        let code = ERR_get_error()
        let reason = code == 0 ? nil : ERR_reason_error_string(code).map { String(cString: $0) }
        ERR_clear_error()
        description = "OpenSSL could not \(step)" + (reason.map { ": \($0)" } ?? "")
    }
}
