// Reviews: questions about who one is and what one may do, answered at once and never stored.

import Manifest

extension KubernetesAPIServer {
    /// The answer to a review, nil when the call is for another resource.
    func answerReview(_ call: ResourceRequest) throws(StatusError) -> APIResponse? {
        let group = call.resource.group
        guard group == "authentication.k8s.io" || group == "authorization.k8s.io" else { return nil }
        guard call.request.method == "POST", call.name == nil else { throw .methodNotAllowed }
        var review = try decodedObject(call).value
        switch call.resource.kind {
        case "SelfSubjectReview":
            review["status"] = ["userInfo": userInfo(call.user)]
        case "TokenReview":
            let token = review[path: "spec", "token"]?.string ?? ""
            review["spec"] = review["spec"] ?? [:]
            if let user = user(ofToken: token) {
                review["status"] = ["authenticated": true, "user": userInfo(user)]
            } else {
                review["status"] = ["authenticated": false, "user": [:], "error": "[invalid bearer token]"]
            }
        case "SelfSubjectRulesReview":
            review["status"] = [
                "resourceRules": [["verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]]],
                "nonResourceRules": [["verbs": ["*"], "nonResourceURLs": ["*"]]], "incomplete": false,
            ]
        default:
            review["status"] = accessStatus(review, call)
        }
        return .json(review, status: 201)
    }

    private func userInfo(_ user: User) -> Value {
        ["username": .string(user.name), "groups": .array(user.groups.map { .string($0) })]
    }

    /// Members of `system:masters` may do everything; RBAC is not evaluated for others.
    private func accessStatus(_ review: Value, _ call: ResourceRequest) -> Value {
        let groups =
            call.resource.kind == "SelfSubjectAccessReview"
            ? call.user.groups : (review[path: "spec", "groups"]?.array ?? []).compactMap(\.string)
        return groups.contains("system:masters") ? ["allowed": true] : ["allowed": false]
    }
}
