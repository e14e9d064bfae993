// The API of a running controller, called with tokens of service accounts: each tenant reaches their own applications,
// and nothing of the other's.

import Foundation
import Testing

/// Calls the API as somebody.
private struct APIClient {
    let place: String
    let token: String?
    let environment: [String: String]

    init(_ controller: RunningController, token: String?) throws {
        place = try controller.place(" api=")
        self.token = token
        environment = controller.delivery.gitopsctl.environment
    }

    func callAsFunction(_ method: String, _ path: String, body: String? = nil) throws -> (status: Int, text: String) {
        var words = ["-s", "--max-time", "20", "-X", method, "-w", "\n%{http_code}"]
        if let token { words += ["-H", "Authorization: Bearer \(token)"] }
        if let body { words += ["-H", "Content-Type: application/json", "--data-binary", body] }
        let said = try Command(program: "curl", environment: environment, folder: "/").run(
            words + ["http://\(place)/api/v1/\(path)"]
        ).output
        let lines = said.components(separatedBy: "\n")
        return (Int(lines.last ?? "") ?? 0, lines.dropLast().joined(separator: "\n"))
    }
}

@Suite(.ownThread, .serialized) struct APITests {
    private static let rules = """
        [{apiGroups: [""], resources: [configmaps], verbs: [get, list, create, patch, delete]}, \
        {apiGroups: [gitopsctl.dev], resources: [applications], verbs: [get, list, patch]}]
        """

    private func token(of tenant: Tenant) throws -> String {
        let made = try tenant.controller.delivery.kubectl("create", "token", "deployer", "-n", tenant.name)
        try #require(made.status == 0, "\(made.all)")
        return made.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func field(_ path: String, of tenant: Tenant) throws -> String {
        try tenant.controller.delivery.kubectl(
            "get", "application", tenant.name, "-n", tenant.name, "-o", "jsonpath={\(path)}"
        ).output
    }

    @Test(arguments: TestCluster.all)
    func neitherTenantReachesTheOthersApplications(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster, options: ["--api", "127.0.0.1:0"])
        let (one, other) = (try Tenant(controller, rules: Self.rules), try Tenant(controller, rules: Self.rules))
        defer {
            one.remove()
            other.remove()
        }
        for tenant in [one, other] {
            try tenant.commit(Tenant.configMap("settings", in: tenant.name, value: "one"))
            try tenant.describe()
            try tenant.until("it is synced") { try tenant.condition("Ready").hasPrefix("True") }
        }
        let token = try token(of: one)
        let call = try APIClient(controller, token: token)
        let (mine, theirs) = ("namespaces/\(one.name)/applications", "namespaces/\(other.name)/applications")

        let got = try call("GET", "\(mine)/\(one.name)")
        #expect(got.status == 200 && got.text.contains("\"Ready\"") && !got.text.contains("managedFields"), "\(got)")
        let listed = try call("GET", mine)
        #expect(
            listed.status == 200 && listed.text.contains(one.name) && !listed.text.contains(other.name), "\(listed)")
        let tree = try call("GET", "\(mine)/\(one.name)/tree")
        #expect(
            tree.status == 200 && tree.text.contains("\"settings\"") && tree.text.contains("\"healthy\""), "\(tree)")
        let history = try call("GET", "\(mine)/\(one.name)/history")
        #expect(history.status == 200 && history.text.contains("\"succeeded\""), "\(history)")

        for path in [
            "applications", theirs, "\(theirs)/\(other.name)", "\(theirs)/\(other.name)/tree",
            "\(theirs)/\(other.name)/history", "\(theirs)/none",
        ] {
            let refused = try call("GET", path)
            #expect(
                refused.status == 403 && refused.text.contains("\"Forbidden\"")
                    && !refused.text.contains(controller.delivery.repository), "\(path): \(refused)")
        }
        for word in ["sync", "suspend", "resume"] {
            #expect(try call("POST", "\(theirs)/\(other.name)/\(word)").status == 403)
        }
        #expect(try field(".metadata.annotations.gitopsctl\\.dev/requested-at", of: other) == "")
        #expect(try field(".spec.suspend", of: other) != "true")

        for wrong in [nil, "guess", String(token.dropLast(4))] {
            let nobody = try APIClient(controller, token: wrong)
            let refused = try nobody("GET", "\(mine)/\(one.name)")
            #expect(refused.status == 401 && refused.text.contains("\"Unauthorized\""), "\(refused)")
        }
        #expect(!controller.log.contains(token))
    }

    @Test(arguments: TestCluster.all)
    func aTenantAsksForASyncAndSuspends(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster, options: ["--api", "127.0.0.1:0"])
        let tenant = try Tenant(controller, rules: Self.rules)
        defer { tenant.remove() }
        try tenant.commit(Tenant.configMap("settings", in: tenant.name, value: "one"))
        let first = try controller.delivery.head()
        try tenant.describe()
        try tenant.until("it is synced") { try tenant.value() == "one" }
        try tenant.commit(Tenant.configMap("settings", in: tenant.name, value: "two"))
        try tenant.until("a commit is synced") { try tenant.value() == "two" }
        let call = try APIClient(controller, token: try token(of: tenant))
        let path = "namespaces/\(tenant.name)/applications/\(tenant.name)"

        let asked = try call("POST", "\(path)/sync", body: #"{"revision": "\#(first)", "rollback": true}"#)
        #expect(asked.status == 202, "\(asked)")
        let moment = try #require(asked.text.firstMatch(of: #/"requestedAt": ?"([^"]+)"/#)).1
        try tenant.until("the request is answered") { try field(".status.lastHandledRequest", of: tenant) == moment }
        #expect(try tenant.value() == "one")
        let history = try call("GET", "\(path)/history").text
        #expect(history.contains("\"system:serviceaccount:\(tenant.name):deployer\""), "\(history)")

        #expect(try call("POST", "\(path)/suspend").status == 200)
        #expect(try field(".spec.suspend", of: tenant) == "true")
        try tenant.until("it is known here, too") { try call("POST", "\(path)/sync").status == 409 }
        #expect(try call("POST", "\(path)/resume").status == 200)
        try tenant.until("it is resumed") { try call("POST", "\(path)/sync").status == 202 }

        #expect(try call("POST", "\(path)/sync", body: String(repeating: " ", count: 20_000)).status == 413)
        #expect(try call("GET", path).status == 200)
        _ = try controller.delivery.kubectl("delete", "rolebinding", "deployer", "-n", tenant.name)
        try tenant.until("a right that is taken away is gone in seconds") { try call("GET", path).status == 403 }
        _ = try controller.delivery.kubectl("delete", "serviceaccount", "deployer", "-n", tenant.name)
        try tenant.until("and so is an account") { try call("GET", path).status == 401 }
    }
}
