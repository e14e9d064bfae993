// What the API refuses, and in which words: each row a request and the Status that comes back.

import Manifest
import Testing

@testable import Sandbox

@Suite("Refusals speak the real server's words")
struct RefusalTests {
    struct Row: CustomTestStringConvertible {
        var line: String
        var body = ""
        var type = "application/json"
        var code: Int
        var reason: String
        var message: String
        var testDescription: String { "\(line): \(message)" }
    }

    static let maps = "/api/v1/namespaces/default/configmaps"
    static let apps = "/apis/apps/v1/namespaces/default/deployments"

    static let rows: [Row] = [
        Row(
            line: "GET \(maps)/absent", code: 404, reason: "NotFound", message: #"configmaps "absent" not found"#),
        Row(
            line: "GET \(apps)/absent", code: 404, reason: "NotFound", message: #"deployments.apps "absent" not found"#),
        Row(
            line: "GET /apis/apps/v1/things", code: 404, reason: "NotFound",
            message: "the server could not find the requested resource"),
        Row(
            line: "GET /api/v1/namespaces/default/nodes", code: 404, reason: "NotFound",
            message: "the server could not find the requested resource"),
        Row(
            line: "POST /api/v1/namespaces/nowhere/configmaps", body: Sample.configMap, code: 404, reason: "NotFound",
            message: #"namespaces "nowhere" not found"#),
        Row(
            line: "POST \(maps)", body: #"{"metadata":{"name":"there"}}"#, code: 409, reason: "AlreadyExists",
            message: #"configmaps "there" already exists"#),
        Row(
            line: "PUT \(maps)/there", body: #"{"metadata":{"name":"there","resourceVersion":"1"}}"#, code: 409,
            reason: "Conflict",
            message:
                #"Operation cannot be fulfilled on configmaps "there": the object has been modified; please apply your changes to the latest version and try again"#
        ),
        Row(
            line: "PUT \(maps)/there", body: #"{"metadata":{"name":"other"}}"#, code: 400, reason: "BadRequest",
            message: "the name of the object (other) does not match the name on the URL (there)"),
        Row(
            line: "POST \(maps)", body: #"{"metadata":{"name":"x","namespace":"kube-system"}}"#, code: 400,
            reason: "BadRequest",
            message: "the namespace of the provided object does not match the namespace sent on the request"),
        Row(
            line: "POST \(maps)", body: #"{"apiVersion":"v2","metadata":{"name":"x"}}"#, code: 400,
            reason: "BadRequest",
            message:
                #"ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "v2" in scheme "pkg/api/legacyscheme/scheme.go:30""#
        ),
        Row(
            line: "POST /api/v1/namespaces/default/secrets", body: #"{"metadata":{"name":"x"},"data":{"a":"ab!c"}}"#,
            code: 400, reason: "BadRequest",
            message: #"Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 2"#),
        Row(
            line: "POST \(maps)", body: #"{"metadata":{}}"#, code: 422, reason: "Invalid",
            message: #"ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required"#),
        Row(
            line: "POST \(maps)?dryRun=Some", body: Sample.configMap, code: 422, reason: "Invalid",
            message:
                #"CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All""#
        ),
        Row(
            line: "POST /apis/apps/v1/namespaces/default/deployments?fieldValidation=Strict",
            body: #"{"metadata":{"name":"x"},"spec":{"replica":1}}"#, code: 400, reason: "BadRequest",
            message:
                #"Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.replica""#
        ),
        Row(
            line: "POST \(apps)", body: #"{"metadata":{"name":"x"},"spec":{"replicas":"two"}}"#, code: 400,
            reason: "BadRequest",
            message:
                #"Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"#
        ),
        Row(
            line: "PATCH \(maps)/there", body: "{}", type: "application/apply-patch+yaml", code: 422, reason: "Invalid",
            message:
                #"PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch"#),
        Row(
            line: "PATCH \(maps)/there", body: #"[{"op":"test","path":"/data","value":1}]"#,
            type: "application/json-patch+json", code: 422, reason: "Invalid",
            message: "the server rejected our request due to an error in our request"),
        Row(
            line: "PATCH \(maps)/there", body: "{}", type: "text/plain", code: 415, reason: "UnsupportedMediaType",
            message:
                "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml"
        ),
        Row(
            line: "GET \(maps)?fieldSelector=data.a%3D1", code: 400, reason: "BadRequest",
            message:
                #""data.a" is not a known field selector: only "metadata.name", "metadata.namespace""#
        ),
        Row(
            line: "DELETE /api/v1/namespaces/default", code: 403, reason: "Forbidden",
            message: #"namespaces "default" is forbidden: this namespace may not be deleted"#),
        Row(
            line: "POST /api/v1/namespaces", body: #"{"metadata":{"name":"Shop"}}"#, code: 422, reason: "Invalid",
            message:
                #"Namespace "Shop" is invalid: metadata.name: Invalid value: "Shop": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"#
        ),
    ]

    @Test(arguments: rows)
    func `a refusal has its code, reason and message`(row: Row) {
        let cluster = TestCluster()
        cluster.send("POST \(Self.maps)", #"{"metadata":{"name":"there"}}"#)
        let answer = cluster.send(row.line, row.body, type: row.type)
        #expect(answer.status == row.code)
        #expect(answer["code"]?.int == row.code)
        #expect(answer["kind"]?.string == "Status")
        #expect(answer.reason == row.reason)
        #expect(answer.message == row.message)
    }

    @Test func `nobody is told nothing, a stranger is told what he may not`() {
        let cluster = TestCluster(tokens: ["secret": .admin])
        let anonymous = cluster.send("GET \(Self.maps)", user: nil)
        #expect(anonymous.status == 403)
        #expect(
            anonymous.message
                == #"configmaps is forbidden: User "system:anonymous" cannot list resource "configmaps" in API group "" in the namespace "default""#
        )
        #expect(cluster.send("GET /healthz", user: nil).text == "ok")
        let wrong = cluster.api.handle(
            APIRequest(method: "GET", uri: "/api", headers: [("authorization", "Bearer wrong")]))
        #expect(wrong.status == 401)
        let right = cluster.api.handle(
            APIRequest(method: "GET", uri: "/api", headers: [("authorization", "Bearer secret")]))
        #expect(right.status == 200)
    }

    static let immutable: [(String, String, String, String)] = [
        (
            "/apis/apps/v1/namespaces/default/deployments/web", #"{"spec":{"selector":{"matchLabels":{"x":"y"}}}}"#,
            "Deployment.apps", "spec.selector: Invalid value"
        ),
        (
            "/api/v1/namespaces/default/configmaps/fixed", #"{"data":{"a":"2"}}"#, "ConfigMap",
            "data: Forbidden: field is immutable when `immutable` is set"
        ),
        (
            "/api/v1/namespaces/default/secrets/token", #"{"type":"other"}"#, "Secret",
            #"type: Invalid value: "other": field is immutable"#
        ),
        (
            "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings/bind", #"{"roleRef":{"name":"edit"}}"#,
            "RoleBinding.rbac.authorization.k8s.io", "cannot change roleRef"
        ),
    ]

    @Test(arguments: immutable)
    func `what is fixed stays`(path: String, patch: String, kind: String, problem: String) {
        let cluster = TestCluster()
        cluster.send("POST /apis/apps/v1/namespaces/default/deployments", Sample.deployment())
        cluster.send(
            "POST /api/v1/namespaces/default/configmaps",
            #"{"metadata":{"name":"fixed"},"immutable":true,"data":{"a":"1"}}"#)
        cluster.send("POST /api/v1/namespaces/default/secrets", #"{"metadata":{"name":"token"}}"#)
        cluster.send(
            "POST /apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
            #"{"metadata":{"name":"bind"},"roleRef":{"kind":"ClusterRole","name":"view"}}"#)
        let answer = cluster.send("PATCH \(path)", patch, type: "application/merge-patch+json")
        #expect(answer.status == 422)
        #expect(answer.message.hasPrefix("\(kind) "))
        #expect(answer.message.contains(problem))
        #expect(answer["details", "causes"]?.array?.isEmpty == false)
    }
}
