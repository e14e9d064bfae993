// Acting as somebody else: the Impersonate headers, for those who may.

import Manifest

extension KubernetesAPIServer {
    /// Whom a request acts as: its sender, or whom the sender names and may impersonate.
    /// - Throws: 403 for somebody who may not, 500 for groups without a user.
    func impersonated(_ request: APIRequest, by sender: User) throws(StatusError) -> User {
        let name = request.header("impersonate-user") ?? ""
        let groups = request.headers.filter { $0.name == "impersonate-group" }.map(\.value)
        let uid = request.header("impersonate-uid")
        let extra = request.headers.filter { $0.name.hasPrefix("impersonate-extra-") }
            .map {
                (
                    key: percentDecoded($0.name.dropFirst("impersonate-extra-".count), plusIsSpace: false),
                    value: $0.value
                )
            }
        guard !name.isEmpty else {
            guard groups.isEmpty, extra.isEmpty, uid == nil else {
                let asked = groups.map { "{Group  \($0)    }" }.joined(separator: " ")
                var error = StatusError.internalError("impersonation without a user")
                error.plainText =
                    "Internal Server Error: \(quoted(request.path)): requested [\(asked)] without impersonating a user"
                throw error
            }
            return sender
        }
        var user = User(name: name, groups: groups)
        let account = ServiceAccountName(user: name)
        if let account {
            try authorize(
                AccessAttributes(
                    user: sender, verb: "impersonate", resource: "serviceaccounts", namespace: account.namespace,
                    name: account.name))
        } else {
            try authorize(AccessAttributes(user: sender, verb: "impersonate", resource: "users", name: name))
        }
        for group in groups {
            try authorize(AccessAttributes(user: sender, verb: "impersonate", resource: "groups", name: group))
        }
        if let uid {
            try authorize(
                AccessAttributes(
                    user: sender, verb: "impersonate", group: "authentication.k8s.io", resource: "uids", name: uid))
            user.uid = uid
        }
        for (key, value) in extra {
            try authorize(
                AccessAttributes(
                    user: sender, verb: "impersonate", group: "authentication.k8s.io", resource: "userextras",
                    subresource: key, name: value))
            user.extra[key, default: []].append(value)
        }
        if groups.isEmpty, let account { user.groups = account.groups }
        if name == User.anonymous.name {
            if groups.isEmpty { user.groups = User.anonymous.groups }
        } else if !user.groups.contains("system:authenticated"), !user.groups.contains("system:unauthenticated") {
            user.groups.append("system:authenticated")
        }
        return user
    }
}

/// The name of a service account, taken out of the user's that stands for it.
struct ServiceAccountName: Sendable, Hashable {
    var namespace: String
    var name: String

    init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    init?(user: String) {
        let parts = user.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "system", parts[1] == "serviceaccount" else { return nil }
        namespace = String(parts[2])
        name = String(parts[3])
    }

    var user: String { "system:serviceaccount:\(namespace):\(name)" }
    var groups: [String] { ["system:serviceaccounts", "system:serviceaccounts:\(namespace)"] }
}
