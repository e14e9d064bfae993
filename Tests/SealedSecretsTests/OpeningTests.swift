import Manifest
import SealedSecrets
import Testing

@Suite struct OpeningTests {
    private let vectors = Vectors.shared

    private func open(_ value: Value, namespace: String? = nil) throws -> Value {
        let sealed = try #require(SealedSecret(value))
        return try Opening(keys: vectors.ring, defaultNamespace: namespace).secret(from: sealed)
    }

    private func reason(_ value: Value, keys: KeyRing? = nil) -> [String] {
        guard let sealed = SealedSecret(value) else { return [] }
        do throws(DiagnosticsError) {
            _ = try Opening(keys: keys ?? vectors.ring).secret(from: sealed)
            return []
        } catch {
            return error.diagnostics.map(\.message)
        }
    }

    @Test(arguments: SealingScope.allCases)
    func opensEveryScope(_ scope: SealingScope) throws {
        let secret = try open(sealedSecret([("password", vectors.find("short", scope).sealed)], scope: scope))
        #expect(plain(secret, "password") == "s3cr3t")
        #expect(KubernetesObject(secret).reference.description == "Secret shop/database")
    }

    @Test func takesMetadataTypeAndImmutableFromTheTemplate() throws {
        let template: Value = [
            "metadata": [
                "creationTimestamp": .null, "name": "another", "namespace": "elsewhere",
                "labels": ["app": "shop"], "annotations": ["sealedsecrets.bitnami.com/managed": "true"],
                "ownerReferences": [["kind": "SealedSecret"]],
            ], "type": "kubernetes.io/basic-auth", "immutable": true,
        ]
        let secret = try open(sealedSecret([("password", vectors.find("short", .strict).sealed)], template: template))
        #expect(
            secret == [
                "apiVersion": "v1", "kind": "Secret",
                "metadata": [
                    "name": "database", "namespace": "shop", "labels": ["app": "shop"],
                    "annotations": ["sealedsecrets.bitnami.com/managed": "true"],
                ], "type": "kubernetes.io/basic-auth", "immutable": true, "data": ["password": "czNjcjN0"],
            ])
    }

    @Test func rendersDataTemplates() throws {
        let template: Value = [
            "data": [
                "url": "postgres://shop:{{ .password }}@db/{{ index . \"password\" | b64enc }}", "password": .null,
            ]
        ]
        let secret = try open(sealedSecret([("password", vectors.find("short", .strict).sealed)], template: template))
        #expect(plain(secret, "url") == "postgres://shop:s3cr3t@db/czNjcjN0")
        #expect(secret[path: "data", "password"] == nil)
    }

    @Test func anObjectWithoutANamespaceBelongsToTheApplications() throws {
        let value = sealedSecret([("password", vectors.find("short", .strict).sealed)], namespace: nil)
        #expect(plain(try open(value, namespace: "shop"), "password") == "s3cr3t")
        #expect(KubernetesObject(try open(value, namespace: "shop")).namespace == nil)
    }

    @Test func namesTheReasonWhenItCannotBeOpened() {
        let strict = vectors.find("short", .strict).sealed
        let wide = vectors.find("short", .clusterWide).sealed
        let subject = "password of SealedSecret shop/database cannot be opened"
        #expect(
            reason(sealedSecret([("password", strict)], name: "renamed"))
                == [
                    "password of SealedSecret shop/renamed cannot be opened: it was sealed for another namespace or name"
                ])
        #expect(
            reason(sealedSecret([("password", wide)]))
                == ["\(subject): it was sealed cluster-wide, and the object says strict"])
        #expect(
            reason(sealedSecret([("password", strict)]), keys: KeyRing()) == [
                "\(subject): there is no key to open it with"
            ])
        #expect(
            reason(
                sealedSecret([("password", vectors.find("short", .strict, key: "older").sealed)]),
                keys: KeyRing([vectors.ring.keys[0]]))
                == ["\(subject): none of the one key at hand fits"])
        #expect(
            reason(sealedSecret([("password", strict.dropLast() + [7])])) == [
                "\(subject): it was changed after it was sealed"
            ])
    }

    @Test func reportsEveryValueThatCannotBeOpened() {
        let wide = vectors.find("short", .clusterWide).sealed
        #expect(
            reason(sealedSecret([("a", wide), ("b", vectors.find("short", .strict).sealed), ("c", wide)])).count == 2)
    }

    @Test func theFunctionPutsSecretsInTheirPlacesAndKeepsMarks() throws {
        var sealed = sealedSecret([("password", vectors.find("short", .clusterWide).sealed)], scope: .clusterWide)
        sealed["metadata"]?["annotations"]?["internal.config.kubernetes.io/index"] = "1"
        let other: Value = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "c"]]
        let list = ResourceList(items: [other, sealed, other])
        let output = SealedSecretsFunction(keys: vectors.secrets).transform(list)
        #expect(output.results.isEmpty)
        #expect(output.items.map { KubernetesObject($0).kind } == ["ConfigMap", "Secret", "ConfigMap"])
        #expect(KubernetesObject(output.items[1]).annotation("internal.config.kubernetes.io/index") == "1")
        #expect(KubernetesObject(output.items[1]).annotation("sealedsecrets.bitnami.com/cluster-wide") == nil)
    }

    @Test func theFunctionReportsWithoutAnyValue() throws {
        let sealed = sealedSecret(
            [("password", vectors.find("short", .strict).sealed)], template: ["data": ["x": "{{ htpasswd .password }}"]]
        )
        let output = SealedSecretsFunction(keys: vectors.secrets).transform(ResourceList(items: [sealed]))
        #expect(output.items == [sealed])
        #expect(output.results.map(\.severity) == [.error])
        #expect(!output.results[0].message.contains("s3cr3t"))
        #expect(output.results[0].reference?.description == "SealedSecret shop/database")
    }
}
