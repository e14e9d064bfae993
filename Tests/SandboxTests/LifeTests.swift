// What the cluster does by itself, under a clock that the test moves.

import Manifest
import Testing

@testable import Sandbox

@Suite("Objects live")
struct LifeTests {
    private let apps = "/apis/apps/v1/namespaces/default"

    private func names(_ list: Answer) -> [String] {
        (list["items"]?.array ?? []).compactMap { $0[path: "metadata", "name"]?.string }
    }

    @Test func `a deployment becomes available when its pods are ready, not before`() {
        let cluster = TestCluster()
        cluster.send("POST \(apps)/deployments", Sample.deployment(replicas: 3))
        cluster.pass(.milliseconds(100))
        var live = cluster.send("GET \(apps)/deployments/web")
        #expect(live["status", "replicas"]?.int == 3)
        #expect(live["status", "availableReplicas"] == nil)
        cluster.pass(.seconds(1))
        live = cluster.send("GET \(apps)/deployments/web")
        #expect(live["status", "availableReplicas"]?.int == 3)
        #expect(live["status", "observedGeneration"] == live["metadata", "generation"])
        #expect(live["metadata", "generation"]?.int == 1)
    }

    @Test func `a new image rolls over, an old one comes back to its own set`() {
        let cluster = TestCluster()
        cluster.send("POST \(apps)/deployments", Sample.deployment(replicas: 2))
        cluster.pass()
        func setImage(_ image: String) {
            cluster.send(
                "PATCH \(apps)/deployments/web",
                #"[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"\#(image)"}]"#,
                type: "application/json-patch+json")
            cluster.pass()
        }
        setImage("nginx:2")
        let images = {
            (cluster.send("GET /api/v1/namespaces/default/pods")["items"]?.array ?? []).compactMap {
                $0[path: "spec", "containers"]?.array?.first?["image"]?.string
            }
        }
        #expect(images() == ["nginx:2", "nginx:2"])
        #expect(names(cluster.send("GET \(apps)/replicasets")).count == 2)
        setImage("nginx:1.25")
        #expect(images() == ["nginx:1.25", "nginx:1.25"])
        #expect(names(cluster.send("GET \(apps)/replicasets")).count == 2)
        let revision = cluster.send("GET \(apps)/deployments/web")[
            "metadata", "annotations", "deployment.kubernetes.io/revision"]
        #expect(revision?.string == "3")
    }

    @Test(arguments: [("Background", 0), ("Foreground", 0), ("Orphan", 1)])
    func `dependents follow as the deletion says`(policy: String, left: Int) {
        let cluster = TestCluster()
        cluster.send("POST \(apps)/deployments", Sample.deployment())
        cluster.pass()
        cluster.send("DELETE \(apps)/deployments/web", #"{"propagationPolicy":"\#(policy)"}"#)
        cluster.pass()
        #expect(cluster.send("GET \(apps)/deployments/web").status == 404)
        #expect(names(cluster.send("GET \(apps)/replicasets")).count == left)
        #expect(names(cluster.send("GET /api/v1/namespaces/default/pods")).count == left)
    }

    @Test func `a stateful set's pods come in order and keep their claims`() {
        let cluster = TestCluster()
        let body = """
            {"metadata":{"name":"db"},"spec":{"replicas":2,"serviceName":"db","selector":{"matchLabels":{"app":"db"}},
            "template":{"metadata":{"labels":{"app":"db"}},"spec":{"containers":[{"name":"db","image":"db:1"}]}},
            "volumeClaimTemplates":[{"metadata":{"name":"data"},"spec":{"accessModes":["ReadWriteOnce"],
            "resources":{"requests":{"storage":"1Gi"}}}}]}}
            """
        cluster.send("POST \(apps)/statefulsets", body)
        cluster.pass(.milliseconds(100))
        #expect(names(cluster.send("GET /api/v1/namespaces/default/pods")) == ["db-0"])
        cluster.pass()
        #expect(names(cluster.send("GET /api/v1/namespaces/default/pods")) == ["db-0", "db-1"])
        let claims = cluster.send("GET /api/v1/namespaces/default/persistentvolumeclaims")
        #expect(names(claims) == ["data-db-0", "data-db-1"])
        #expect(claims["items"]?.array?.allSatisfy { $0[path: "status", "phase"]?.string == "Bound" } == true)
        let status = cluster.send("GET \(apps)/statefulsets/db")["status"]
        #expect(status?["readyReplicas"]?.int == 2)
        #expect(status?["currentRevision"] == status?["updateRevision"])
    }

    @Test func `a job runs to its end`() {
        let cluster = TestCluster()
        let body = """
            {"metadata":{"name":"once"},"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"a","image":"a:1"}]}}}}
            """
        cluster.send("POST /apis/batch/v1/namespaces/default/jobs", body)
        cluster.pass()
        let status = cluster.send("GET /apis/batch/v1/namespaces/default/jobs/once")["status"]
        #expect(status?["succeeded"]?.int == 1)
        #expect(status?["conditions"]?.array?.compactMap { $0["type"]?.string } == ["SuccessCriteriaMet", "Complete"])
    }

    @Test func `a namespace goes with everything in it, and takes nothing new meanwhile`() {
        let cluster = TestCluster()
        cluster.send("POST /api/v1/namespaces", #"{"metadata":{"name":"shop"}}"#)
        cluster.send("POST /apis/apps/v1/namespaces/shop/deployments", Sample.deployment())
        cluster.pass()
        let answer = cluster.send("DELETE /api/v1/namespaces/shop")
        #expect(answer["status", "phase"]?.string == "Terminating")
        let late = cluster.send("POST /api/v1/namespaces/shop/configmaps", Sample.configMap)
        #expect(late.status == 403)
        #expect(late["details", "causes"]?.array?.first?["reason"]?.string == "NamespaceTerminating")
        cluster.pass()
        #expect(cluster.send("GET /api/v1/namespaces/shop").status == 404)
        #expect(names(cluster.send("GET /api/v1/pods")) == [])
    }

    @Test func `a finalizer holds an object until it is removed`() {
        let cluster = TestCluster()
        let path = "/api/v1/namespaces/default/configmaps"
        cluster.send("POST \(path)", #"{"metadata":{"name":"held","finalizers":["a.dev/x"]}}"#)
        let deleted = cluster.send("DELETE \(path)/held")
        #expect(deleted["metadata", "deletionTimestamp"] != nil)
        #expect(cluster.send("GET \(path)/held").status == 200)
        let late = cluster.send(
            "PATCH \(path)/held", #"{"metadata":{"finalizers":["a.dev/x","b.dev/y"]}}"#,
            type: "application/merge-patch+json")
        #expect(late.status == 422)
        cluster.send("PATCH \(path)/held", #"{"metadata":{"finalizers":null}}"#, type: "application/merge-patch+json")
        #expect(cluster.send("GET \(path)/held").status == 404)
    }
}
