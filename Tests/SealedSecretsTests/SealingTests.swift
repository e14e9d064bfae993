import Manifest
import SealedSecrets
import Testing

@Suite struct SealingTests {
    private let vectors = Vectors.shared

    private func seal(_ secret: Value, scope: SealingScope? = nil, namespace: String? = nil) throws -> Value {
        let key = try #require(vectors.ring.current).certificate.publicKey
        return try Sealing(for: key, scope: scope).seal(secret, namespace: namespace)
    }

    private let secret: Value = [
        "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": [
            "name": "database", "namespace": "shop", "creationTimestamp": "2026-01-01T00:00:00Z",
            "resourceVersion": "7",
            "labels": ["app": "shop"],
            "annotations": [
                "kubectl.kubernetes.io/last-applied-configuration": "{\"data\":{\"password\":\"czNjcjN0\"}}"
            ],
        ],
        "data": ["password": "czNjcjN0"], "stringData": ["user": "shop"],
    ]

    @Test(arguments: SealingScope.allCases)
    func whatIsSealedOpensAsItWas(_ scope: SealingScope) throws {
        let sealed = try #require(SealedSecret(try seal(secret, scope: scope)))
        #expect(sealed.scope == scope)
        let opened = try Opening(keys: vectors.ring).secret(from: sealed)
        #expect(plain(opened, "password") == "s3cr3t")
        #expect(plain(opened, "user") == "shop")
        #expect(opened["type"]?.string == "Opaque")
        #expect(KubernetesObject(opened).label("app") == "shop")
    }

    @Test func nothingPlainStaysBehind() throws {
        let text = String(decoding: YAML.write(try seal(secret)), as: UTF8.self)
        for word in ["czNjcjN0", "s3cr3t", "last-applied", "resourceVersion", "creationTimestamp", "stringData"] {
            #expect(!text.contains(word), "\(word)")
        }
    }

    @Test func theScopeComesFromTheAnnotationsUnlessItIsGiven() throws {
        var wide = secret
        wide["metadata"]?["annotations"]?["sealedsecrets.bitnami.com/namespace-wide"] = "true"
        #expect(SealedSecret(try seal(wide))?.scope == .namespaceWide)
        let strict = try seal(wide, scope: .strict)
        #expect(SealedSecret(strict)?.scope == .strict)
        #expect(strict[path: "spec", "template"]?[path: "metadata", "annotations"] == nil)
    }

    @Test func asksForTheNamespaceThatTheScopeNeeds() throws {
        var homeless = secret
        homeless["metadata"]?["namespace"] = nil
        #expect(throws: DiagnosticsError.self) { try seal(homeless) }
        #expect(SealedSecret(try seal(homeless, namespace: "shop"))?.namespace == "shop")
        #expect(SealedSecret(try seal(homeless, scope: .clusterWide))?.namespace == nil)
    }

    @Test func refusesWhatIsNoSecret() {
        #expect(throws: DiagnosticsError.self) {
            try seal(["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "c"]])
        }
    }
}
