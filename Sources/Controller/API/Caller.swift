// Somebody who shows a token, as the API server knows them.

import Manifest

struct Caller: Sendable, Hashable {
    var user: String
    var uid: String?
    var groups: [String] = []
    var extra: [String: [String]] = [:]

    init(user: String, uid: String? = nil, groups: [String] = [], extra: [String: [String]] = [:]) {
        self.user = user
        self.uid = uid
        self.groups = groups
        self.extra = extra
    }

    /// The user of a TokenReview that was answered; nil where the token is nobody's.
    init?(review: Value) {
        let status = review["status"]
        guard status?["authenticated"]?.bool == true, let user = status?["user"], let name = user["username"]?.string,
            !name.isEmpty
        else { return nil }
        self.user = name
        uid = user["uid"]?.string
        groups = (user["groups"]?.array ?? []).compactMap(\.string)
        for entry in user["extra"]?.object?.entries ?? [] {
            extra[entry.key] = (entry.value.array ?? []).compactMap(\.string)
        }
    }

    /// What a SubjectAccessReview asks about them.
    var subject: Object {
        var spec: Object = ["user": .string(user)]
        if let uid { spec["uid"] = .string(uid) }
        if !groups.isEmpty { spec["groups"] = .array(groups.map(Value.string)) }
        if !extra.isEmpty {
            var fields = Object()
            for (key, values) in extra.sorted(by: { $0.key < $1.key }) {
                fields[key] = .array(values.map(Value.string))
            }
            spec["extra"] = .object(fields)
        }
        return spec
    }
}

/// Something that the API server is asked whether somebody may do.
struct AccessQuestion: Sendable, Hashable {
    var verb: String
    var group: String
    var resource: String
    /// nil for all namespaces.
    var namespace: String?
    /// nil for any.
    var name: String?

    var attributes: Value {
        var fields: Object = ["verb": .string(verb), "group": .string(group), "resource": .string(resource)]
        if let namespace { fields["namespace"] = .string(namespace) }
        if let name { fields["name"] = .string(name) }
        return .object(fields)
    }

    /// A refusal in the words of an API server.
    func refusal(of caller: Caller) -> APIFailure {
        let scope = namespace.map { "in the namespace \"\($0)\"" } ?? "at the cluster scope"
        let object = name.map { " \"\($0)\"" } ?? ""
        return APIFailure(
            403, "Forbidden",
            "\(resource)\(group.isEmpty ? "" : "." + group)\(object) is forbidden: User \"\(caller.user)\" cannot \(verb) resource "
                + "\"\(resource)\" in API group \"\(group)\" \(scope)", name: name)
    }
}
