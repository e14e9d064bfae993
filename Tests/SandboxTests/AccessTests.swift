// Access without a network: tokens, anonymity and the aggregation of roles. The rest is in the suite of behaviours.

import Manifest
import Testing

@testable import Sandbox

@Suite("Access is by RBAC")
struct AccessTests {
    private let bob = User(name: "bob", groups: ["system:authenticated"])

    private func bind(_ cluster: TestCluster, _ role: String, to user: String) {
        let answer = cluster.send(
            "POST /apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
            #"{"metadata":{"name":"\#(role)"},"roleRef":{"kind":"ClusterRole","name":"\#(role)"},"subjects":[{"kind":"User","name":"\#(user)"}]}"#
        )
        #expect(answer.status == 201)
    }

    @Test func `nobody in particular sees whether the server is there, and nothing else`() {
        let cluster = TestCluster()
        #expect(cluster.send("GET /healthz", user: .anonymous).status == 200)
        #expect(cluster.send("GET /version", user: .anonymous).status == 200)
        let refused = cluster.send("GET /api/v1/pods", user: .anonymous)
        #expect(refused.status == 403)
        #expect(
            refused.message
                == #"pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope"#
        )
    }

    @Test func `a wrong token is nobody's`() {
        let cluster = TestCluster()
        let response = cluster.api.handle(
            APIRequest(method: "GET", uri: "/api", headers: [("authorization", "Bearer wrong")]))
        #expect(response.status == 401)
    }

    @Test func `a token of a service account lets in, and not after its time`() throws {
        let cluster = TestCluster()
        let path = "/api/v1/namespaces/default/serviceaccounts/default/token"
        let token = try #require(
            cluster.send("POST \(path)", #"{"spec":{"expirationSeconds":600}}"#)["status", "token"]?.string)
        func status() -> Int {
            cluster.api.handle(APIRequest(method: "GET", uri: "/apis", headers: [("authorization", "Bearer \(token)")]))
                .status
        }
        #expect(status() == 200)
        cluster.pass(.seconds(601))
        #expect(status() == 401)
    }

    @Test func `a token that was touched is worth nothing`() throws {
        let signer = TokenSigner(key: [1, 2, 3])
        let claims = TokenSigner.Claims(
            account: ServiceAccountName(namespace: "a", name: "b"), uid: "u", audiences: ["x"], issued: 1, expires: 1000
        )
        let token = signer.token(claims)
        let now = Timestamp(microseconds: 2_000_000)
        #expect(signer.claims(of: token, now: now)?.account.user == "system:serviceaccount:a:b")
        #expect(TokenSigner(key: [4]).claims(of: token, now: now) == nil)
        #expect(signer.claims(of: token + "A", now: now) == nil)
    }

    @Test func `a viewer reads what is no secret`() {
        let cluster = TestCluster()
        bind(cluster, "view", to: "bob")
        #expect(cluster.send("GET /api/v1/namespaces/default/configmaps", user: bob).status == 200)
        #expect(cluster.send("GET /api/v1/namespaces/default/secrets", user: bob).status == 403)
        #expect(cluster.send("POST /api/v1/namespaces/default/configmaps", Sample.configMap, user: bob).status == 403)
    }

    @Test func `a definition's role is aggregated into what viewers may`() {
        let cluster = TestCluster()
        bind(cluster, "view", to: "bob")
        let path = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
        let leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases"
        #expect(cluster.send("GET \(path)", user: bob).status == 200)
        #expect(cluster.send("GET \(leases)", user: bob).status == 403)
        cluster.send(
            "POST /apis/rbac.authorization.k8s.io/v1/clusterroles",
            #"{"metadata":{"name":"more","labels":{"rbac.authorization.k8s.io/aggregate-to-view":"true"}},"rules":[{"apiGroups":["coordination.k8s.io"],"resources":["leases"],"verbs":["list"]}]}"#
        )
        cluster.pass()
        #expect(cluster.send("GET \(leases)", user: bob).status == 200)
    }
}
