// The type of a Kubernetes object, as `apiVersion` and `kind` spell it.

/// Group, version and kind. The core group is the empty string.
package struct GroupVersionKind: Sendable, Hashable {
    package var group: String
    package var version: String
    package var kind: String

    package init(group: String, version: String, kind: String) {
        self.group = group
        self.version = version
        self.kind = kind
    }

    /// Splits `apiVersion` at its first slash; without one the group is the core group.
    package init(apiVersion: String, kind: String) {
        if let slash = apiVersion.utf8.firstIndex(of: UInt8(ascii: "/")) {
            group = String(apiVersion[..<slash])
            version = String(apiVersion[apiVersion.index(after: slash)...])
        } else {
            group = ""
            version = apiVersion
        }
        self.kind = kind
    }

    package var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
    package var groupKind: GroupKind { GroupKind(group: group, kind: kind) }
}

extension GroupVersionKind: CustomStringConvertible {
    /// `apps/v1 Deployment`.
    package var description: String { "\(apiVersion) \(kind)" }
}

/// A kind whatever its version: what identifies a type across API versions.
package struct GroupKind: Sendable, Hashable {
    package var group: String
    package var kind: String

    package init(group: String, kind: String) {
        self.group = group
        self.kind = kind
    }
}

extension GroupKind: CustomStringConvertible {
    /// `Deployment.apps`, and `Service` for the core group, as kubectl and KEP-3659 spell it.
    package var description: String { group.isEmpty ? kind : "\(kind).\(group)" }
}
