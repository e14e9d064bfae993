// A minor version of Kubernetes: what decides which versions of an API are served.

package struct KubernetesVersion: Sendable, Hashable, Comparable {
    package var major: Int
    package var minor: Int

    package init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Reads `1.36`, `v1.36` and `1.36.2`; nil for anything else.
    package init?(_ text: String) {
        let parts = (text.hasPrefix("v") ? text.dropFirst() : text[...]).split(
            separator: ".", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), let major = Int(parts[0]),
            let minor = Int(parts[1].prefix { $0.isNumber }),
            major >= 0, minor >= 0
        else { return nil }
        self.init(major, minor)
    }

    /// The version of the built-in table of types.
    package static let newest = KubernetesVersion(1, 36)

    package static func < (left: KubernetesVersion, right: KubernetesVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}

extension KubernetesVersion: CustomStringConvertible {
    package var description: String { "\(major).\(minor)" }
}
