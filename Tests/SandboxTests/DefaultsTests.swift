// What an object says that its writer did not: a table of objects, and fields of what is stored.

import Manifest
import Testing

@testable import Sandbox

@Suite("Defaults are those that clients notice")
struct DefaultsTests {
    struct Row: CustomTestStringConvertible {
        var path: String
        var body: String
        var expected: [(String, Value)]
        var testDescription: String { path }
    }

    private static let template =
        #""template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}"#

    static let rows: [Row] = [
        Row(
            path: "/api/v1/namespaces/default/services",
            body: #"{"metadata":{"name":"s"},"spec":{"ports":[{"port":80}],"selector":{"a":"b"}}}"#,
            expected: [
                ("spec.type", "ClusterIP"), ("spec.sessionAffinity", "None"), ("spec.ports.0.protocol", "TCP"),
                ("spec.ports.0.targetPort", 80), ("spec.ipFamilies", ["IPv4"]),
                ("spec.internalTrafficPolicy", "Cluster"),
                ("status", ["loadBalancer": [:]]),
            ]),
        Row(
            path: "/apis/apps/v1/namespaces/default/deployments",
            body: #"{"metadata":{"name":"d"},"spec":{"selector":{"matchLabels":{"a":"b"}},\#(template)}}"#,
            expected: [
                ("spec.replicas", 1),
                (
                    "spec.strategy",
                    ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": "25%", "maxUnavailable": "25%"]]
                ),
                ("spec.revisionHistoryLimit", 10), ("spec.progressDeadlineSeconds", 600),
                ("spec.template.spec.dnsPolicy", "ClusterFirst"), ("spec.template.spec.restartPolicy", "Always"),
                ("spec.template.spec.terminationGracePeriodSeconds", 30), ("spec.template.spec.securityContext", [:]),
                ("spec.template.spec.containers.0.imagePullPolicy", "Always"),
                ("spec.template.spec.containers.0.terminationMessagePath", "/dev/termination-log"),
                ("spec.template.spec.containers.0.resources", [:]), ("metadata.generation", 1), ("status", [:]),
            ]),
        Row(
            path: "/apis/apps/v1/namespaces/default/statefulsets",
            body:
                #"{"metadata":{"name":"s"},"spec":{"serviceName":"s","selector":{"matchLabels":{"a":"b"}},\#(template)}}"#,
            expected: [
                ("spec.podManagementPolicy", "OrderedReady"),
                ("spec.updateStrategy", ["type": "RollingUpdate", "rollingUpdate": ["partition": 0]]),
            ]),
        Row(
            path: "/apis/apps/v1/namespaces/default/daemonsets",
            body: #"{"metadata":{"name":"s"},"spec":{"selector":{"matchLabels":{"a":"b"}},\#(template)}}"#,
            expected: [
                (
                    "spec.updateStrategy",
                    ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": 0, "maxUnavailable": 1]]
                )
            ]),
        Row(
            path: "/apis/batch/v1/namespaces/default/cronjobs",
            body:
                #"{"metadata":{"name":"c"},"spec":{"schedule":"* * * * *","jobTemplate":{"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i:1"}]}}}}}}"#,
            expected: [
                ("spec.concurrencyPolicy", "Allow"), ("spec.successfulJobsHistoryLimit", 3),
                ("spec.jobTemplate.spec.template.spec.containers.0.imagePullPolicy", "IfNotPresent"),
            ]),
        Row(
            path: "/api/v1/namespaces/default/secrets", body: #"{"metadata":{"name":"s"},"stringData":{"a":"b"}}"#,
            expected: [("type", "Opaque"), ("data.a", "Yg==")]),
        Row(
            path: "/api/v1/namespaces/default/persistentvolumeclaims",
            body:
                #"{"metadata":{"name":"p"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}"#,
            expected: [
                ("spec.volumeMode", "Filesystem"), ("spec.storageClassName", "standard"), ("status.phase", "Pending"),
                ("metadata.finalizers", ["kubernetes.io/pvc-protection"]),
            ]),
        Row(
            path: "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers",
            body:
                #"{"metadata":{"name":"h"},"spec":{"maxReplicas":3,"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"d"}}}"#,
            expected: [("spec.minReplicas", 1), ("spec.metrics.0.resource.target.averageUtilization", 80)]),
        Row(
            path: "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies",
            body: #"{"metadata":{"name":"n"},"spec":{"podSelector":{},"egress":[{"ports":[{"port":53}]}]}}"#,
            expected: [("spec.policyTypes", ["Ingress", "Egress"]), ("spec.egress.0.ports.0.protocol", "TCP")]),
        Row(
            path: "/api/v1/namespaces", body: #"{"metadata":{"name":"n"}}"#,
            expected: [
                ("metadata.labels", ["kubernetes.io/metadata.name": "n"]), ("spec.finalizers", ["kubernetes"]),
                ("status.phase", "Active"),
            ]),
    ]

    @Test(arguments: rows)
    func `a new object holds its defaults`(row: Row) {
        let made = TestCluster().send("POST \(row.path)", row.body)
        #expect(made.status == 201, "\(made.message)")
        for (path, expected) in row.expected {
            var value: Value? = made.body
            for part in path.split(separator: ".") {
                if let index = Int(part) { value = value?.array?[index] } else { value = value?[String(part)] }
            }
            #expect(value == expected, "\(path)")
        }
    }

    @Test func `an apply that says nothing of defaults changes nothing`() {
        let cluster = TestCluster()
        let path = "/api/v1/namespaces/default/services/s"
        let body =
            #"{"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{"ports":[{"port":80}],"selector":{"a":"b"}}}"#
        let first = cluster.apply(path, body, as: "git")
        let second = cluster.apply(path, body, as: "git")
        #expect(first["spec", "clusterIP"]?.string?.hasPrefix("10.96.") == true)
        #expect(second.body == first.body)
    }

    @Test func `a creator owns what it wrote and what was defaulted, not what holds it`() {
        let made = TestCluster().send(
            "POST /apis/apps/v1/namespaces/default/deployments", Sample.deployment(), agent: "kubectl/v1 (x)")
        let fields = made["metadata", "managedFields"]?.array?.first?["fieldsV1"]
        let spec = fields?["f:spec"]
        #expect(spec?["."] == nil)
        #expect(spec?["f:replicas"] == [:])
        #expect(spec?[path: "f:strategy", "f:rollingUpdate", "."] == [:])
        #expect(spec?[path: "f:strategy", "."] == nil)
        #expect(spec?[path: "f:template", "f:spec", "f:containers", "."] == nil)
        #expect(spec?[path: "f:template", "f:metadata", "f:labels", "."] == [:])
    }
}
