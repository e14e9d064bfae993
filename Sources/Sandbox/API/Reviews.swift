// Reviews: questions about who one is and what one may do, answered at once and never stored.

import Manifest

extension KubernetesAPIServer {
    /// The answer to a review, nil when the call is for another resource.
    func answerReview(_ call: ResourceRequest) throws(StatusError) -> APIResponse? {
        let group = call.resource.group
        guard group == "authentication.k8s.io" || group == "authorization.k8s.io" else { return nil }
        guard call.request.method == "POST", call.name == nil else { throw .methodNotAllowed }
        var review = try decodedObject(call).value
        review.fill("metadata", [:])
        switch call.resource.kind {
        case "SelfSubjectReview":
            review["metadata"]?["creationTimestamp"] = .string(ambient.now().text)
            review["status"] = ["userInfo": userInfo(call.user)]
        case "TokenReview":
            review["status"] = try tokenStatus(review)
        case "SelfSubjectRulesReview":
            review["status"] = rulesStatus(call.user, review[path: "spec", "namespace"]?.string ?? "")
        default:
            review["status"] = try accessStatus(review, call)
        }
        return .json(review, status: 201)
    }

    private func userInfo(_ user: User) -> Value {
        var info: Object = ["username": .string(user.name)]
        if !user.uid.isEmpty { info["uid"] = .string(user.uid) }
        if !user.groups.isEmpty { info["groups"] = .array(user.groups.map { .string($0) }) }
        if !user.extra.isEmpty {
            info["extra"] = .object(
                Object(
                    entries: user.extra.sorted { $0.key < $1.key }.map { key, values in
                        .init(key: key, value: .array(values.map { .string($0) }))
                    }))
        }
        return .object(info)
    }

    private func tokenStatus(_ review: Value) throws(StatusError) -> Value {
        let token = review[path: "spec", "token"]?.string ?? ""
        guard !token.isEmpty else {
            throw .badRequest("token is required for TokenReview in authentication")
        }
        guard let found = user(ofToken: token) else {
            return ["user": [:], "error": "[invalid bearer token, Token has been invalidated]"]
        }
        let asked = (review[path: "spec", "audiences"]?.array ?? []).compactMap(\.string)
        let shared = asked.isEmpty ? found.audiences : asked.filter(found.audiences.contains)
        guard !shared.isEmpty else {
            return ["user": [:], "error": "[invalid bearer token, token audiences do not match]"]
        }
        return [
            "authenticated": true, "user": userInfo(found.user), "audiences": .array(shared.map { .string($0) }),
        ]
    }

    private func rulesStatus(_ user: User, _ namespace: String) -> Value {
        let rules = accessPolicy.rules(for: user, in: namespace)
        var resources: [Value] = []
        var paths: [Value] = []
        for rule in rules {
            if rule.paths.isEmpty {
                resources.append(rule.value)
            } else {
                paths.append(rule.value)
            }
        }
        return ["resourceRules": .array(resources), "nonResourceRules": .array(paths), "incomplete": false]
    }

    private func accessStatus(_ review: Value, _ call: ResourceRequest) throws(StatusError) -> Value {
        let spec = review["spec"] ?? [:]
        let kind = call.resource.kind
        let isSelf = kind == "SelfSubjectAccessReview"
        let groupKind = GroupKind(group: call.resource.group, kind: kind)
        var user = call.user
        if !isSelf {
            user = User(
                name: spec["user"]?.string ?? "", groups: (spec["groups"]?.array ?? []).compactMap(\.string))
            user.uid = spec["uid"]?.string ?? ""
        }
        let resource = spec["resourceAttributes"]
        let path = spec["nonResourceAttributes"]
        var errors: [FieldError] = []
        if resource != nil, path != nil {
            errors.append(
                .invalid(
                    "spec.nonResourceAttributes", String(decoding: JSON.write(path ?? [:]), as: UTF8.self),
                    "cannot be specified in combination with resourceAttributes"))
        }
        if resource == nil, path == nil {
            errors.append(
                .invalid(
                    "spec.resourceAttributes", "null",
                    "exactly one of nonResourceAttributes or resourceAttributes must be specified"))
        }
        if !isSelf, user.name.isEmpty, user.groups.isEmpty {
            errors.append(.invalid("spec.user", quoted(""), "at least one of user or group must be specified"))
        }
        if kind == "LocalSubjectAccessReview", resource?["namespace"]?.string ?? "" != call.namespace ?? "" {
            errors.append(
                .invalid(
                    "spec.resourceAttributes.namespace", quoted(resource?["namespace"]?.string ?? ""),
                    "must match metadata.namespace"))
        }
        guard errors.isEmpty else { throw .invalid(groupKind, "", errors) }
        let attributes: AccessAttributes
        if let path {
            attributes = AccessAttributes(
                user: user, verb: path["verb"]?.string ?? "", path: path["path"]?.string ?? "")
        } else {
            func text(_ key: String) -> String { resource?[key]?.string ?? "" }
            attributes = AccessAttributes(
                user: user, verb: text("verb"), group: text("group"), resource: text("resource"),
                subresource: text("subresource"), namespace: text("namespace"), name: text("name"))
        }
        guard let reason = accessPolicy.reason(toAllow: attributes) else { return ["allowed": false] }
        return reason.isEmpty ? ["allowed": true] : ["allowed": true, "reason": .string(reason)]
    }
}
