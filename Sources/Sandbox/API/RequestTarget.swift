// What a path of the API addresses: `/apis/apps/v1/namespaces/shop/deployments/web/status` taken apart.

import Manifest

/// A resource path, before anything is known to serve it.
struct RequestTarget: Sendable, Hashable {
    var group: String
    var version: String
    var namespace: String?
    var plural: String
    var name: String?
    var subresource: String?
    var isWatch = false

    /// - Parameter parts: the path's parts behind `/api` or `/apis/<group>`: version, and what follows it.
    init?(group: String, parts: ArraySlice<Substring>) {
        var parts = parts
        guard let version = parts.popFirst() else { return nil }
        // The old spelling of a watch: `/api/v1/watch/…`.
        if parts.first == "watch", parts.count > 1 {
            isWatch = true
            parts.removeFirst()
        }
        guard var plural = parts.popFirst() else { return nil }
        self.group = group
        self.version = String(version)
        // `namespaces/shop/pods` addresses pods; `namespaces/shop` and its subresources the namespace itself.
        if plural == "namespaces", parts.count >= 2, !["status", "finalize"].contains(parts[parts.startIndex + 1]) {
            namespace = parts.popFirst().map(String.init)
            guard let next = parts.popFirst() else { return nil }
            plural = next
        }
        self.plural = String(plural)
        name = parts.popFirst().map(String.init)
        subresource = parts.popFirst().map(String.init)
        guard parts.isEmpty else { return nil }
    }
}

/// A request that a resource answers: what, where, and how.
struct ResourceRequest: Sendable {
    var resource: Resource
    var version: String
    /// Nil for cluster-scoped resources and for lists over all namespaces.
    var namespace: String?
    /// Nil for the collection.
    var name: String?
    var subresource: String?
    var request: APIRequest

    var gvk: GroupVersionKind { resource.gvk(version) }
    var apiVersion: String { resource.apiVersion(version) }
    var groupResource: GroupResource { resource.groupResource }
    var key: ObjectKey { ObjectKey(namespace: namespace ?? "", name: name ?? "") }
    var user: User { request.user ?? .anonymous }

    /// Whether the write is to be judged and answered, but not kept.
    var isDryRun: Bool {
        get throws(StatusError) {
            let values = request.query.filter { $0.name == "dryRun" }.map(\.value)
            guard let first = values.first, !first.isEmpty else { return false }
            guard values == ["All"] else {
                throw .invalid(
                    optionsKind, "",
                    [.notSupported("dryRun", "[\(values.map { quoted($0) }.joined(separator: ","))]", ["All"])])
            }
            return true
        }
    }

    /// The options that a write of this method takes, as messages name them.
    var optionsKind: GroupKind {
        let kind =
            switch request.method {
            case "PUT": "UpdateOptions"
            case "PATCH": "PatchOptions"
            case "DELETE": "DeleteOptions"
            default: "CreateOptions"
            }
        return GroupKind(group: "meta.k8s.io", kind: kind)
    }

    /// The manager that owns what this request writes: the one it names, else the program of its user agent.
    var manager: String {
        if let named = request.parameter("fieldManager"), !named.isEmpty { return named }
        let agent = request.header("user-agent") ?? ""
        let program = agent.prefix { $0 != "/" }.filter { $0.isASCII && !($0.asciiValue ?? 0 < 32) }
        return String(program.prefix(128))
    }
}

/// What to do about fields that a kind does not have.
enum FieldValidation: String, Sendable {
    case ignore = "Ignore"
    case warn = "Warn"
    case strict = "Strict"

    /// - Throws: 422 for a value that is none of the three.
    init(_ call: ResourceRequest) throws(StatusError) {
        guard let text = call.request.parameter("fieldValidation"), !text.isEmpty else {
            self = .warn
            return
        }
        guard let found = FieldValidation(rawValue: text) else {
            throw .invalid(
                call.optionsKind, "",
                [.notSupported("fieldValidation", quoted(text), ["", "Ignore", "Strict", "Warn"])])
        }
        self = found
    }
}
