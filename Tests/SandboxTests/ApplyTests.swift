// Server-side apply and who owns what: exchanges of several managers over one object.

import Manifest
import Testing

@testable import Sandbox

@Suite("Managers share an object by server-side apply")
struct ApplyTests {
    private let path = "/apis/apps/v1/namespaces/default/deployments/web"

    private func managers(_ answer: Answer) -> [String] {
        (answer["metadata", "managedFields"]?.array ?? []).map {
            "\($0["manager"]?.string ?? "") \($0["operation"]?.string ?? "") \($0["subresource"]?.string ?? "")"
        }
    }

    @Test func `an apply creates, a second one changes nothing`() {
        let cluster = TestCluster()
        let first = cluster.apply(path, Sample.deployment(), as: "git")
        #expect(first.status == 201)
        #expect(managers(first) == ["git Apply "])
        let second = cluster.apply(path, Sample.deployment(), as: "git")
        #expect(second.status == 200)
        #expect(second["metadata", "resourceVersion"] == first["metadata", "resourceVersion"])
        #expect(first["spec", "strategy", "type"]?.string == "RollingUpdate")
        #expect(first["metadata", "generation"]?.int == 1)
    }

    @Test func `a field that another manager set is a conflict, unless it is forced`() {
        let cluster = TestCluster()
        cluster.apply(path, Sample.deployment(replicas: 2), as: "git")
        cluster.send(
            "PATCH \(path)?fieldManager=kubectl-edit", #"{"spec":{"replicas":5}}"#, type: "application/merge-patch+json"
        )
        let refused = cluster.apply(path, Sample.deployment(replicas: 2), as: "git")
        #expect(refused.status == 409)
        #expect(refused.reason == "Conflict")
        #expect(
            refused.message
                == #"Apply failed with 1 conflict: conflict with "kubectl-edit" using apps/v1: .spec.replicas"#)
        let cause = refused["details", "causes"]?.array?.first
        #expect(cause?["reason"]?.string == "FieldManagerConflict")
        #expect(cause?["field"]?.string == ".spec.replicas")
        #expect(cause?["message"]?.string == #"conflict with "kubectl-edit" using apps/v1"#)
        let forced = cluster.apply(path, Sample.deployment(replicas: 2), as: "git", force: true)
        #expect(forced["spec", "replicas"]?.int == 2)
        #expect(forced["metadata", "generation"]?.int == 3)
        #expect(managers(forced) == ["git Apply "])
    }

    @Test func `several conflicts are listed by manager`() {
        let cluster = TestCluster()
        cluster.apply(path, Sample.deployment(replicas: 1), as: "one")
        let refused = cluster.apply(path, Sample.deployment(replicas: 2, image: "nginx:2"), as: "two")
        #expect(
            refused.message == """
                Apply failed with 2 conflicts: conflicts with "one":
                - .spec.replicas
                - .spec.template.spec.containers[name="web"].image
                """)
    }

    @Test func `a field that is applied no longer goes, one that others hold stays`() {
        let cluster = TestCluster()
        cluster.apply(path, Sample.deployment(replicas: 2), as: "git")
        cluster.apply(path, Sample.deployment(replicas: 2), as: "ops")
        let kept = cluster.apply(path, Sample.deployment(), as: "git")
        #expect(kept["spec", "replicas"]?.int == 2)
        let gone = cluster.apply(path, Sample.deployment(), as: "ops")
        // Nobody's any more: the default returns.
        #expect(gone["spec", "replicas"]?.int == 1)
    }

    @Test func `the status has owners of its own`() {
        let cluster = TestCluster()
        cluster.apply(path, Sample.deployment(), as: "git")
        let status = cluster.send(
            "PATCH \(path)/status?fieldManager=ops", #"{"status":{"replicas":3},"spec":{"replicas":9}}"#,
            type: "application/merge-patch+json")
        #expect(status["status", "replicas"]?.int == 3)
        #expect(status["spec", "replicas"]?.int == 1)
        #expect(managers(status) == ["git Apply ", "ops Update status"])
        #expect(status["metadata", "generation"]?.int == 1)
    }

    @Test func `a write without a manager is the program's of its user agent`() {
        let cluster = TestCluster()
        let made = cluster.send(
            "POST /api/v1/namespaces/default/configmaps", Sample.configMap, agent: "kubectl/v1.32 (linux/amd64)")
        #expect(managers(made) == ["kubectl Update "])
    }

    @Test func `unknown fields are no part of a schema`() {
        let cluster = TestCluster()
        let answer = cluster.apply(
            "/api/v1/namespaces/default/configmaps/x",
            #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"dato":{}}"#, as: "git")
        #expect(answer.status == 500)
        #expect(
            answer.message
                == "failed to create typed patch object (default/x; /v1, Kind=ConfigMap): .dato: field not declared in schema"
        )
    }

    @Test func `a dry run answers what would be, and keeps nothing`() {
        let cluster = TestCluster()
        let answer = cluster.apply(path + "?dryRun=All", Sample.deployment(), as: "git")
        #expect(answer.status == 201)
        #expect(answer["spec", "replicas"]?.int == 1)
        #expect(cluster.send("GET \(path)").status == 404)
    }

    @Test func `bytes that are no base64 are refused when they are applied, too`() {
        let cluster = TestCluster()
        let answer = cluster.apply(
            "/api/v1/namespaces/default/secrets/login",
            #"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"login"},"data":{"a":"ab!c"}}"#, as: "gitopsctl")
        #expect(answer.status == 500)
        #expect(
            answer.message
                == #"failed to convert new object to proper version: unable to convert unstructured object to /v1, Kind=Secret: error decoding from json: illegal base64 data at input byte 2"#
        )
    }
}
