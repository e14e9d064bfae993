// What a request is about, as far as access is concerned: who wants to do what to which resource, or to which path.

import Manifest

/// The attributes that authorization decides by: those of `k8s.io/apiserver/pkg/authorization/authorizer`.
struct AccessAttributes: Sendable, Hashable {
    var user: User
    var verb: String
    var group = ""
    var version = ""
    var resource = ""
    var subresource = ""
    var namespace = ""
    var name = ""
    /// The path of a request that is about no resource; nil for one that is.
    var path: String?

    /// The attributes of a request by its method and path.
    init(_ request: APIRequest, user: User) {
        let parts = request.path.split(separator: "/")
        let target: RequestTarget? =
            switch parts.first {
            case "api" where parts.count > 2: RequestTarget(group: "", parts: parts.dropFirst())
            case "apis" where parts.count > 3: RequestTarget(group: String(parts[1]), parts: parts.dropFirst(2))
            default: nil
            }
        if let target {
            self.init(target, request, user: user)
        } else {
            self.init(user: user, verb: request.method.lowercased(), path: request.path)
        }
    }

    private init(_ target: RequestTarget, _ request: APIRequest, user: User) {
        self.user = user
        group = target.group
        version = target.version
        resource = target.plural
        subresource = target.subresource ?? ""
        namespace = target.namespace ?? ""
        name = target.name ?? ""
        // A namespace itself lies in itself, as RBAC sees it.
        if resource == "namespaces", group.isEmpty, namespace.isEmpty { namespace = name }
        switch request.method {
        case "GET", "HEAD":
            verb = name.isEmpty ? "list" : "get"
            if target.isWatch || (name.isEmpty && request.flag("watch")) { verb = "watch" }
        case "POST": verb = "create"
        case "PUT": verb = "update"
        case "PATCH": verb = "patch"
        case "DELETE": verb = name.isEmpty ? "deletecollection" : "delete"
        default: verb = request.method.lowercased()
        }
        // A list of one name is about that name.
        if name.isEmpty, let selector = request.parameter("fieldSelector"),
            let parsed = try? FieldSelector(parsing: selector),
            let only = parsed.name
        {
            name = only
        }
    }

    init(
        user: User, verb: String, group: String = "", resource: String, subresource: String = "",
        namespace: String = "", name: String = ""
    ) {
        self.user = user
        self.verb = verb
        self.group = group
        self.resource = resource
        self.subresource = subresource
        self.namespace = namespace
        self.name = name
    }

    init(user: User, verb: String, path: String) {
        self.user = user
        self.verb = verb
        self.path = path
    }

    /// What somebody who may not is told.
    var refusal: StatusError {
        if let path {
            var error = StatusError(
                code: 403, reason: "Forbidden",
                message: "forbidden: User \(quoted(user.name)) cannot \(verb) path \(quoted(path))")
            error.showsDetails = true
            return error
        }
        let shown = subresource.isEmpty ? resource : "\(resource)/\(subresource)"
        let scope = namespace.isEmpty ? "at the cluster scope" : "in the namespace \(quoted(namespace))"
        return .forbidden(
            GroupResource(group: group, resource: resource), name,
            "User \(quoted(user.name)) cannot \(verb) resource \(quoted(shown)) in API group \(quoted(group)) \(scope)")
    }
}
