// What goes over the wire for each verb, and what is made of the answers.

import HTTPClient
import KubernetesClient
import Manifest
import TestServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RequestTests {
    @Test(arguments: [
        (reference("ConfigMap", "a", namespace: "shop"), "/api/v1/namespaces/shop/configmaps/a"),
        (reference("ConfigMap", "a"), "/api/v1/namespaces/team/configmaps/a"),
        (reference("Namespace", "a", namespace: "shop"), "/api/v1/namespaces/a"),
        (reference("ConfigMap", "a/../b c:d"), "/api/v1/namespaces/team/configmaps/a%2F..%2Fb%20c%3Ad"),
    ])
    func pathsOfObjects(object: ObjectReference, path: String) async throws {
        let fake = FakeServer { _, connection in connection.respond(json: configMap("a")) }
        defer { fake.server.stop() }
        _ = try await fake.client(namespace: "team").get(object)
        #expect(fake.requests.map(\.target) == [path])
        #expect(fake.requests.first?.header("Accept") == "application/json")
    }

    @Test func whatIsNotThereIsNil() async throws {
        let fake = FakeServer { _, connection in
            connection.respond(404, json: status(404, "NotFound", details: #"{"name":"a"}"#))
        }
        defer { fake.server.stop() }
        #expect(try await fake.client().get(reference("ConfigMap", "a")) == nil)
        #expect(try await fake.client().delete(reference("ConfigMap", "a")) == .gone)
    }

    @Test func applySendsJSONUnderTheApplyType() async throws {
        let fake = FakeServer { _, connection in
            connection.respond(
                201,
                headers: [
                    ("Warning", #"299 - "v1 \"old\" is deprecated""#),
                    ("Warning", #"299 - "unknown field \\ x" "date""#),
                ],
                body: configMap("a"))
        }
        defer { fake.server.stop() }
        let object: Value = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a"], "data": ["k": "ü"]]
        let result = try await fake.client().apply(
            object, options: ApplyOptions(fieldManager: "me & you", force: true, dryRun: true, fieldValidation: .strict)
        )
        #expect(result.wasCreated)
        #expect(result.warnings == [#"v1 "old" is deprecated"#, #"unknown field \ x"#])
        #expect(result.object[path: "metadata", "resourceVersion"] == "1")
        let request = try #require(fake.requests.first)
        #expect(request.method == "PATCH")
        #expect(request.header("Content-Type") == "application/apply-patch+yaml")
        #expect(try JSON.read(request.body) == object)
        #expect(
            request.query == [
                "fieldManager": "me & you", "force": "true", "dryRun": "All", "fieldValidation": "Strict",
            ])
        #expect(request.path == "/api/v1/namespaces/default/configmaps/a")
    }

    @Test(arguments: [
        (PatchType.json, "application/json-patch+json"), (.merge, "application/merge-patch+json"),
        (.strategicMerge, "application/strategic-merge-patch+json"),
    ])
    func patchesOfEveryType(type: PatchType, contentType: String) async throws {
        let fake = FakeServer { _, connection in connection.respond(json: configMap("a")) }
        defer { fake.server.stop() }
        _ = try await fake.client().patch(
            reference("ConfigMap", "a"), type: type, body: ["a": 1], options: WriteOptions(subresource: "status"))
        let request = try #require(fake.requests.first)
        #expect(request.method == "PATCH")
        #expect(request.header("Content-Type") == contentType)
        #expect(request.target == "/api/v1/namespaces/default/configmaps/a/status?fieldManager=gitopsctl")
    }

    @Test func createAndReplace() async throws {
        let fake = FakeServer { _, connection in connection.respond(json: configMap("a")) }
        defer { fake.server.stop() }
        let object: Value = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a", "namespace": "x"]]
        let client = fake.client()
        _ = try await client.create(object, options: WriteOptions(dryRun: true))
        _ = try await client.replace(object, options: WriteOptions(fieldValidation: .warn))
        #expect(fake.requests.map(\.method) == ["POST", "PUT"])
        #expect(
            fake.requests.map(\.target) == [
                "/api/v1/namespaces/x/configmaps?fieldManager=gitopsctl&dryRun=All",
                "/api/v1/namespaces/x/configmaps/a?fieldManager=gitopsctl&fieldValidation=Warn",
            ])
    }

    @Test func deleteSendsItsOptions() async throws {
        let fake = FakeServer { _, connection in connection.respond(json: #"{"kind":"Status","status":"Success"}"#) }
        defer { fake.server.stop() }
        let result = try await fake.client().delete(
            reference("ConfigMap", "a"),
            options: DeleteOptions(
                propagation: .foreground, gracePeriod: 0, uid: "u", resourceVersion: "7", dryRun: true))
        #expect(result == .deleted)
        let request = try #require(fake.requests.first)
        #expect(request.method == "DELETE")
        #expect(
            try JSON.read(request.body) == [
                "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Foreground", "gracePeriodSeconds": 0,
                "preconditions": ["uid": "u", "resourceVersion": "7"], "dryRun": ["All"],
            ])
    }

    @Test func listsGoPageByPage() async throws {
        let fake = FakeServer { request, connection in
            let (items, next) =
                request.query["continue"] == nil
                ? (#"{"metadata":{"name":"a"}}"#, #""continue":"t=/1""#)
                : (
                    #"{"metadata":{"name":"b"}},{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}"#,
                    #""x":"""#
                )
            connection.respond(
                json:
                    #"{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"42",\#(next)},"items":[\#(items)]}"#
            )
        }
        defer { fake.server.stop() }
        let list = try await fake.client().list(
            configMaps, namespace: "n", labelSelector: "a in (b,c)", fieldSelector: "metadata.name!=x")
        #expect(list.resourceVersion == "42")
        #expect(
            list.items
                == ["a", "b", "c"].map { ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string($0)]] })
        #expect(fake.requests.map { $0.query["continue"] } == [nil, "t=/1"])
        #expect(
            fake.requests.first?.query == [
                "labelSelector": "a in (b,c)", "fieldSelector": "metadata.name!=x", "limit": "500",
            ])
        #expect(fake.requests.first?.path == "/api/v1/namespaces/n/configmaps")
    }

    @Test func aListWhosePagesExpireIsReadInOnePiece() async throws {
        let fake = FakeServer { request, connection in
            if request.query["continue"] != nil {
                connection.respond(410, json: status(410, "Expired"))
            } else {
                let next = request.query["limit"] == nil ? "" : #","continue":"t""#
                connection.respond(
                    json:
                        #"{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"9"\#(next)},"items":[{}]}"#
                )
            }
        }
        defer { fake.server.stop() }
        let list = try await fake.client().list(configMaps)
        #expect(list.items.count == 1)
        #expect(fake.requests.map { $0.query["limit"] } == ["500", "500", nil])
    }

    @Test func theServersStatusBecomesTheError() async throws {
        let details =
            #"{"name":"a","causes":[{"reason":"FieldValueInvalid","message":"Invalid value: 1","field":"spec.x"}]}"#
        let fake = FakeServer { _, connection in
            connection.respond(422, json: status(422, "Invalid", "ConfigMap \\\"a\\\" is invalid", details: details))
        }
        defer { fake.server.stop() }
        do {
            _ = try await fake.client().get(reference("ConfigMap", "a", namespace: "shop"))
            Issue.record("no error")
        } catch {
            #expect(error.isInvalid)
            #expect(error.causes == [.init(field: "spec.x", message: "Invalid value: 1", reason: "FieldValueInvalid")])
            #expect(error.description == #"get ConfigMap shop/a: ConfigMap "a" is invalid"#)
        }
    }

    @Test func anAnswerThatIsNoStatusIsQuoted() async throws {
        let fake = FakeServer { _, connection in connection.respond(403, body: "proxy says no\nand more") }
        defer { fake.server.stop() }
        do {
            _ = try await fake.client().get(reference("ConfigMap", "a"))
            Issue.record("no error")
        } catch {
            #expect(error.isForbidden)
            #expect(error.reason == "Forbidden")
            #expect(error.message == "the server answered 403: proxy says no")
        }
    }

    @Test func anAnswerThatIsNoJSONIsAnError() async throws {
        let fake = FakeServer { _, connection in connection.respond(body: "<html>") }
        defer { fake.server.stop() }
        do {
            _ = try await fake.client().get(reference("ConfigMap", "a"))
            Issue.record("no error")
        } catch {
            #expect(error.reason == KubernetesError.Reason.unreadable)
        }
    }

    @Test func secretsAreCutOutOfTheServersAnswer() async throws {
        let fake = FakeServer { request, connection in
            connection.respond(400, json: status(400, "BadRequest", "cannot read offen-gelegt or Z2VoZWlt"))
        }
        defer { fake.server.stop() }
        let secret: Value = [
            "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s"], "stringData": ["a": "offen-gelegt"],
            "data": ["b": "Z2VoZWlt"],
        ]
        do {
            _ = try await fake.client().apply(secret, options: ApplyOptions())
            Issue.record("no error")
        } catch {
            #expect(error.message == "cannot read <redacted> or <redacted>")
        }
        do {
            _ = try await fake.client().patch(
                reference("Secret", "s"), type: .merge, body: ["data": ["b": "Z2VoZWlt"]], options: WriteOptions())
            Issue.record("no error")
        } catch {
            #expect(error.message == "cannot read offen-gelegt or <redacted>")
        }
    }

    @Test(
        arguments: [
            ["apiVersion": "v1", "kind": "ConfigMap"], ["kind": "ConfigMap", "metadata": ["name": "a"]],
            ["apiVersion": "v1", "metadata": ["name": "a"]], "text",
        ] as [Value])
    func whatIsNoObjectIsNotSent(object: Value) async {
        let fake = FakeServer { _, connection in connection.respond(json: "{}") }
        defer { fake.server.stop() }
        do {
            _ = try await fake.client().apply(object, options: ApplyOptions())
            Issue.record("no error")
        } catch {
            #expect(error.reason == KubernetesError.Reason.invalidObject)
        }
        #expect(fake.server.requests.isEmpty)
    }

    @Test func impersonationGoesIntoHeaders() async throws {
        let fake = FakeServer { _, connection in connection.respond(json: configMap("a")) }
        defer { fake.server.stop() }
        let connection = ClusterConnection(
            server: fake.server.url, proxy: "",
            impersonation: Impersonation(user: "jane", uid: "7", groups: ["a", "b"], extra: ["x/y": ["1"]]))
        _ = try await KubernetesClient(connection).get(reference("ConfigMap", "a"))
        let headers = try #require(fake.requests.first).headers.filter { $0.name.hasPrefix("Impersonate") }
        #expect(
            headers.map { "\($0.name)=\($0.value)" } == [
                "Impersonate-User=jane", "Impersonate-Uid=7", "Impersonate-Group=a", "Impersonate-Group=b",
                "Impersonate-Extra-x%2Fy=1",
            ])
    }
}
