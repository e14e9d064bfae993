// What clients ask for, written down on request, so that it can be counted what a tool costs its server.

import Manifest
import Synchronization

/// A request as it came over the wire, whatever became of it.
package struct LoggedRequest: Sendable, Hashable, CustomStringConvertible {
    /// Kubernetes' verb; the HTTP method in lower case for a path that is no resource.
    package var verb: String
    package var group: String
    /// The plural name, with the subresource where there is one; the path where it is no resource.
    package var resource: String
    package var namespace: String
    package var name: String
    package var isDryRun: Bool

    init(_ request: APIRequest) {
        let attributes = AccessAttributes(request, user: request.user ?? .anonymous)
        verb = attributes.verb
        group = attributes.group
        resource =
            attributes.path
            ?? (attributes.subresource.isEmpty
                ? attributes.resource : "\(attributes.resource)/\(attributes.subresource)")
        // What is cluster-scoped lies in no namespace, a namespace neither.
        namespace = attributes.resource == "namespaces" && attributes.group.isEmpty ? "" : attributes.namespace
        name = attributes.name
        isDryRun = request.parameter("dryRun") != nil
    }

    /// Whether it is meant to change something.
    package var isWrite: Bool {
        !isDryRun && ["create", "update", "patch", "delete", "deletecollection"].contains(verb)
    }

    /// `patch deployments.apps shop/web`, `list secrets`, `get /apis`.
    package var description: String {
        let kind = group.isEmpty ? resource : "\(resource).\(group)"
        let place = [namespace, name].filter { !$0.isEmpty }.joined(separator: "/")
        return [verb, kind, place].filter { !$0.isEmpty }.joined(separator: " ") + (isDryRun ? " (dry run)" : "")
    }

    var value: Value {
        var object: Object = ["verb": .string(verb), "resource": .string(resource)]
        for (key, text) in [("group", group), ("namespace", namespace), ("name", name)] where !text.isEmpty {
            object[key] = .string(text)
        }
        if isDryRun { object["dryRun"] = true }
        return .object(object)
    }
}

/// The requests since somebody asked for them, except those of the control endpoint. Safe to use from any thread.
package final class RequestLog: Sendable {
    /// How many are kept; those that come later are not.
    private static let limit = 100_000

    /// nil while nobody wants to know.
    private let noted = Mutex<[LoggedRequest]?>(nil)

    init() {}

    /// Begins anew.
    package func begin() { noted.withLock { $0 = [] } }

    package func end() { noted.withLock { $0 = nil } }

    /// The requests so far, in the order in which they arrived.
    package var all: [LoggedRequest] { noted.withLock { $0 ?? [] } }

    func note(_ request: APIRequest) {
        noted.withLock { noted in
            guard let count = noted?.count, count < Self.limit, !request.path.hasPrefix("/sandbox/") else { return }
            noted?.append(LoggedRequest(request))
        }
    }
}
