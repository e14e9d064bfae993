// A kind as the server serves it.

package import Manifest

/// A resource of the API: a kind, and the path under which its objects are found.
package struct APIResource: Sendable, Hashable {
    package var group: String
    package var version: String
    package var kind: String
    /// The plural in paths: `deployments`.
    package var name: String
    package var singularName: String
    package var shortNames: [String]
    package var isNamespaced: Bool
    package var verbs: Set<String>
    package var categories: [String]
    /// `status`, `scale`, …
    package var subresources: Set<String>

    package init(
        group: String, version: String, kind: String, name: String, singularName: String = "",
        shortNames: [String] = [],
        isNamespaced: Bool, verbs: Set<String> = Self.allVerbs, categories: [String] = [],
        subresources: Set<String> = []
    ) {
        self.group = group
        self.version = version
        self.kind = kind
        self.name = name
        self.singularName = singularName.isEmpty ? kind.lowercased() : singularName
        self.shortNames = shortNames
        self.isNamespaced = isNamespaced
        self.verbs = verbs
        self.categories = categories
        self.subresources = subresources
    }

    package static let allVerbs: Set<String> = [
        "create", "delete", "deletecollection", "get", "list", "patch", "update", "watch",
    ]

    package var gvk: GroupVersionKind { GroupVersionKind(group: group, version: version, kind: kind) }
    package var groupVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// The path of all its objects (in every namespace, where `namespace` is nil), or of one.
    package func path(namespace: String? = nil, name object: String? = nil, subresource: String? = nil) -> String {
        var path = group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
        if isNamespaced, let namespace { path += "/namespaces/\(namespace.percentEncoded)" }
        path += "/\(name)"
        if let object { path += "/\(object.percentEncoded)" }
        if let subresource { path += "/\(subresource)" }
        return path
    }
}

extension String {
    /// Percent-encoded but for RFC 3986's unreserved characters: safe as a path segment and as a query value.
    package var percentEncoded: String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.append(byte)
            default: result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
