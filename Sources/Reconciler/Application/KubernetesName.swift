// What Kubernetes takes for the name of an object.

package enum KubernetesName {
    /// What the schemas of our kinds say of such a name.
    static let subdomainPattern = "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"

    /// A DNS subdomain (RFC 1123), as most objects are named.
    package static func isSubdomain(_ text: String) -> Bool {
        func isPlain(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        let bytes = text.utf8
        guard let first = bytes.first, let last = bytes.last, bytes.count <= 253 else { return false }
        return isPlain(first) && isPlain(last)
            && bytes.allSatisfy { isPlain($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
    }
}
