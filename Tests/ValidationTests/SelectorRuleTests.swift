import Manifest
import Testing

@testable import Validation

@Suite struct SelectorRuleTests {
    @Test(arguments: cases) func tellsWhatIsMarkedAndNothingElse(_ ruleCase: RuleCase) throws {
        try ruleCase.expectMarks()
    }

    @Test func saysWhatThePodsHaveInstead() throws {
        let text =
            Manifests.deployment("web", labels: "app: web, tier: front") + "\n---\n" + """
                apiVersion: v1
                kind: Service
                metadata: {name: web}
                spec: {selector: {app: web, tier: back}, ports: [{port: 80}]}
                """
        let finding = try #require(try RuleCase("cure", "dangling-service", text).findings().first)
        #expect(finding.cure == "the pods of Deployment web have tier=front")
    }

    static let cases: [RuleCase] = [
        RuleCase(
            "a workload that does not select its own pods", "mismatching-selector",
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              selector: {matchLabels: {app: web, tier: front}} # ! mismatching-selector
              template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: "web:1"}]}}
            ---
            apiVersion: apps/v1
            kind: DaemonSet
            metadata: {name: agent}
            spec:
              selector: {} # ! mismatching-selector
              template: {metadata: {labels: {app: agent}}, spec: {containers: [{name: agent, image: "agent:1"}]}}
            """),
        RuleCase(
            "workloads whose selectors overlap", "overlapping-selectors",
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: wide}
            spec:
              selector: {matchLabels: {app: shop}} # ! overlapping-selectors
              template: {metadata: {labels: {app: shop, part: wide}}, spec: {containers: [{name: a, image: "a:1"}]}}
            ---
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: {name: narrow}
            spec:
              serviceName: narrow
              selector: {matchLabels: {app: shop, part: narrow}}
              template: {metadata: {labels: {app: shop, part: narrow}}, spec: {containers: [{name: a, image: "a:1"}]}}
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: elsewhere, namespace: other}
            spec:
              selector: {matchLabels: {app: shop}}
              template: {metadata: {labels: {app: shop}}, spec: {containers: [{name: a, image: "a:1"}]}}
            ---
            apiVersion: batch/v1
            kind: Job
            metadata: {name: once}
            spec: {template: {metadata: {labels: {app: other}}, spec: {restartPolicy: Never, containers: [{name: a, image: "a:1"}]}}}
            """),
        RuleCase(
            "selectors that overlap with a neighbour's", "overlapping-selectors",
            neighbours: Manifests.deployment("other", labels: "app: shop, of: other"),
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: mine}
            spec:
              selector: {matchExpressions: [{key: app, operator: In, values: [shop]}]} # ! overlapping-selectors
              template: {metadata: {labels: {app: shop, of: mine}}, spec: {containers: [{name: a, image: "a:1"}]}}
            """),
        RuleCase(
            "a Service of several workloads", "service-selects-several",
            neighbours: Manifests.deployment("web", labels: "app: shop, part: web") + "\n---\n"
                + Manifests.deployment("api", labels: "app: shop, part: api"),
            """
            apiVersion: v1
            kind: Service
            metadata: {name: all}
            spec:
              selector: {app: shop} # ! service-selects-several
              ports: [{port: 80}]
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: web}
            spec:
              selector: {app: shop, part: web}
              ports: [{port: 80}]
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: outside}
            spec:
              type: ExternalName
              externalName: example.com
              selector: {app: shop}
            """),
        RuleCase(
            "a Service that also takes the pods of a Job", "service-selects-several",
            neighbours: Manifests.deployment("web"),
            """
            apiVersion: v1
            kind: Service
            metadata: {name: web}
            spec:
              selector: {app: web} # ! service-selects-several
              ports: [{port: 80}]
            ---
            apiVersion: batch/v1
            kind: CronJob
            metadata: {name: nightly}
            spec:
              schedule: "0 0 * * *"
              jobTemplate: {spec: {template: {metadata: {labels: {app: web}}, spec: {restartPolicy: Never, containers: [{name: a, image: "a:1"}]}}}}
            """),
        RuleCase(
            "a Service of nobody's pods", "dangling-service", neighbours: Manifests.deployment("web"),
            """
            apiVersion: v1
            kind: Service
            metadata: {name: web}
            spec:
              selector: {app: wed} # ! dangling-service
              ports: [{port: 80}]
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: by-hand}
            spec: {ports: [{port: 80}]}
            """),
        RuleCase(
            "a Service whose pods an operator makes", "dangling-service",
            neighbours: """
                apiVersion: postgresql.cnpg.io/v1
                kind: Cluster
                metadata: {name: db}
                spec: {instances: 3}
                """,
            """
            apiVersion: v1
            kind: Service
            metadata: {name: db-primary}
            spec:
              selector: {cnpg.io/cluster: db, cnpg.io/instanceRole: primary}
              ports: [{port: 5432}]
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: other}
            spec:
              selector: {cnpg.io/cluster: bd} # ! dangling-service
              ports: [{port: 5432}]
            """),
        RuleCase(
            "of a part of a tree nothing is said to be missing", "dangling-service dangling-configmap", scope: .partial,
            """
            apiVersion: v1
            kind: Service
            metadata: {name: web}
            spec: {selector: {app: web}, ports: [{port: 80}]}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: web}
            spec: {containers: [{name: web, image: "web:1", envFrom: [{configMapRef: {name: settings}}]}]}
            """),
        RuleCase(
            "ports of the pods behind a Service", "target-port",
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: web, labels: {app: web}}
            spec: {containers: [{name: web, image: "web:1", ports: [{name: http, containerPort: 8080}]}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: web}
            spec:
              selector: {app: web}
              ports:
              - {name: a, port: 80, targetPort: http}
              - {name: b, port: 81, targetPort: https} # ! target-port
              - {name: c, port: 8080}
              - {name: d, port: 83, targetPort: 9090} # ! target-port
            """),
        RuleCase(
            "policies about pods", "dangling-networkpolicy",
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: web, labels: {app: web}}
            spec: {containers: [{name: web, image: "web:1"}]}
            ---
            apiVersion: v1
            kind: Namespace
            metadata: {name: data}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: db, namespace: data, labels: {app: db}}
            spec: {containers: [{name: db, image: "db:1"}]}
            ---
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: web}
            spec:
              podSelector: {matchLabels: {app: web}}
              ingress:
              - from:
                - podSelector: {matchLabels: {app: gateway}} # ! dangling-networkpolicy
                - podSelector: {matchLabels: {app: prometheus}}
                  namespaceSelector: {matchLabels: {team: platform}}
              egress:
              - to:
                - podSelector: {matchLabels: {app: db}}
                  namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: data}}
                - podSelector: {matchLabels: {app: cache}} # ! dangling-networkpolicy
                  namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: data}}
            ---
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: deny}
            spec: {podSelector: {}}
            ---
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: api}
            spec:
              podSelector: {matchLabels: {app: api}} # ! dangling-networkpolicy
            """),
    ]
}
