// A real API server learns of roles and quotas by watching itself, a moment after they were written. What follows such
// a write waits here until the server has seen it: its watches keep the order of writes, so that a later object of the
// same kind, once it takes effect, says that the earlier ones have too.

import HTTPClient
import Manifest

/// What a server reads through a watch of its own before it judges a request.
enum WatchedByTheServer {
    case roles
    case quotas
    /// A service account that is gone, with whatever its tokens were worth.
    case accounts
    /// A definition that is going.
    case definitions

    /// What an exchange writes, nil when it takes effect at once.
    init?(_ exchange: Behaviour.Exchange) {
        if ["GET", "WATCH"].contains(exchange.method) { return nil }
        if exchange.path.hasPrefix("rbac.authorization.k8s.io") || exchange.path.contains("/rbac.authorization.k8s.io/")
        {
            self = .roles
        } else if exchange.path.hasPrefix("resourcequotas") {
            self = .quotas
        } else if exchange.method == "DELETE", exchange.path.hasPrefix("serviceaccounts/") {
            self = .accounts
        } else if exchange.method == "DELETE", exchange.path.contains("/customresourcedefinitions/") {
            self = .definitions
        } else {
            return nil
        }
    }
}

/// Waits until a server has seen what was written.
struct Settling {
    let server: ServerUnderTest
    let namespace: String

    /// - Throws: when the server cannot be reached, or has not seen it after a while.
    func wait(for kind: WatchedByTheServer) async throws {
        let name = "settling-\(UInt64.random(in: 1 << 40 ..< 1 << 50))"
        switch kind {
        case .roles: try await seenRole(name)
        case .quotas: try await seenQuota(name)
        case .accounts: try await seenAccount(name)
        case .definitions: try await seenDefinition(name)
        }
    }

    /// Waits until a definition's names are judged and, where they are accepted, every served version of it answers.
    func waitDefined(_ definition: Value) async throws {
        let name = definition[path: "metadata", "name"]?.string ?? ""
        var isServed = false
        try await until {
            let answer = try await send("GET", "\(Definition.path)/\(name)")
            let conditions = (try? JSON.read(answer.body))?[path: "status", "conditions"]?.array ?? []
            func says(_ type: String, _ status: String) -> Bool {
                conditions.contains { $0["type"]?.string == type && $0["status"]?.string == status }
            }
            isServed = says("Established", "True")
            return isServed || says("NamesAccepted", "False")
        }
        guard isServed else { return }
        let group = definition[path: "spec", "group"]?.string ?? ""
        let plural = definition[path: "spec", "names", "plural"]?.string ?? ""
        for version in definition[path: "spec", "versions"]?.array ?? [] where version["served"]?.bool ?? false {
            let path = "/apis/\(group)/\(version["name"]?.string ?? "")/\(plural)"
            try await until { try await send("GET", path).status == 200 }
        }
    }

    /// Waits until what a path answers is like a pattern.
    func wait(for path: String, toBeLike pattern: Value) async throws {
        try await until {
            var bindings = Bindings()
            let answer = try await send("GET", path)
            return (try? JSON.read(answer.body)).map { bindings.mismatches(pattern, $0).isEmpty } ?? false
        }
    }

    /// A role of another namespace and its binding, for a user of that name.
    private func seenRole(_ name: String) async throws {
        let folder = "/apis/rbac.authorization.k8s.io/v1/namespaces/default"
        try await send(
            "POST", "\(folder)/roles",
            [
                "metadata": ["name": .string(name)],
                "rules": [["apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]]],
            ])
        try await send(
            "POST", "\(folder)/rolebindings",
            [
                "metadata": ["name": .string(name)],
                "roleRef": ["apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": .string(name)],
                "subjects": [["apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": .string(name)]],
            ])
        try await until {
            let review = try await send(
                "POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews",
                [
                    "spec": [
                        "user": .string(name),
                        "resourceAttributes": ["namespace": "default", "verb": "get", "resource": "configmaps"],
                    ]
                ])
            return (try? JSON.read(review.body))?[path: "status", "allowed"]?.bool == true
        }
        try await send("DELETE", "\(folder)/rolebindings/\(name)")
        try await send("DELETE", "\(folder)/roles/\(name)")
    }

    /// A quota of the behaviour's own namespace that allows no ConfigMap, and its end.
    private func seenQuota(_ name: String) async throws {
        let folder = "/api/v1/namespaces/\(namespace)"
        let none: Value = ["count/configmaps": "0"]
        try await send(
            "POST", "\(folder)/resourcequotas", ["metadata": ["name": .string(name)], "spec": ["hard": none]])
        try await send("PATCH", "\(folder)/resourcequotas/\(name)/status", ["status": ["hard": none, "used": none]])
        func isRefused() async throws -> Bool {
            let answer = try await send(
                "POST", "\(folder)/configmaps?dryRun=All", ["metadata": ["name": .string(name)]])
            return answer.status == 403 && String(decoding: answer.body, as: UTF8.self).contains(name)
        }
        try await until { try await isRefused() }
        try await send("DELETE", "\(folder)/resourcequotas/\(name)")
        try await until { try await !isRefused() }
    }

    /// A service account with a token, and its end.
    private func seenAccount(_ name: String) async throws {
        let folder = "/api/v1/namespaces/\(namespace)/serviceaccounts"
        try await send("POST", folder, ["metadata": ["name": .string(name)]])
        let answer = try await send(
            "POST", "\(folder)/\(name)/token",
            [
                "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": .object(Object()),
            ])
        let token = (try? JSON.read(answer.body))?[path: "status", "token"]?.string ?? ""
        func isWorthSomething() async throws -> Bool {
            let review = try await send(
                "POST", "/apis/authentication.k8s.io/v1/tokenreviews", ["spec": ["token": .string(token)]])
            return (try? JSON.read(review.body))?[path: "status", "authenticated"]?.bool == true
        }
        // A server that issues no tokens has none to forget.
        if token.isEmpty { return }
        try await until { try await isWorthSomething() }
        try await send("DELETE", "\(folder)/\(name)")
        try await until { try await !isWorthSomething() }
    }

    /// Another definition, until it is established.
    private func seenDefinition(_ name: String) async throws {
        let group = "\(name).example.com"
        let definition: Value = [
            "metadata": ["name": .string("settlings.\(group)")],
            "spec": [
                "group": .string(group), "scope": "Cluster",
                "names": [
                    "kind": "Settling", "listKind": "SettlingList", "plural": "settlings", "singular": "settling",
                ],
                "versions": [
                    ["name": "v1", "served": true, "storage": true, "schema": ["openAPIV3Schema": ["type": "object"]]]
                ],
            ],
        ]
        try await send("POST", Definition.path, definition)
        try await waitDefined(definition)
        try await send("DELETE", "\(Definition.path)/settlings.\(group)")
    }

    @discardableResult
    private func send(_ method: String, _ path: String, _ body: Value? = nil) async throws -> HTTPResponse {
        var request = ServerUnderTest.request(method, path, server.connection)
        if let body {
            request.headers.add("Content-Type", method == "PATCH" ? "application/merge-patch+json" : "application/json")
            request.body = JSON.write(body)
        }
        return try await server.client.send(request)
    }

    private func until(_ isSo: () async throws -> Bool) async throws {
        for _ in 0..<1_000 {
            if try await isSo() { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw NotSettled()
    }

    struct NotSettled: Error, CustomStringConvertible {
        let description = "the server has not seen what was written after ten seconds"
    }
}
