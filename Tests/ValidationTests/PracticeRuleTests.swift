import Manifest
import Testing

@testable import Validation

@Suite struct PracticeRuleTests {
    @Test(arguments: cases) func tellsWhatIsMarkedAndNothingElse(_ ruleCase: RuleCase) throws {
        try ruleCase.expectMarks()
    }

    @Test func everyRuleThatLooksAtObjectsHasACase() {
        let tried = Set(
            (Self.cases + SchemaRuleTests.cases + SelectorRuleTests.cases + ReferenceRuleTests.cases).flatMap(\.rules))
        let ofFiles: Set = [
            "build", "yaml", "not-a-manifest", "unreached-manifest", "application-path", "ignored-rule",
        ]
        #expect(Set(Rule.all.map(\.id)).subtracting(tried) == ofFiles)
    }

    static let scaler = """
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata: {name: web}
        spec:
          minReplicas: 2
          maxReplicas: 5
          scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
        """

    static func budget(_ spec: String) -> String {
        """
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: {name: web}
        spec:
          selector: {matchLabels: {app: web}}
          \(spec)
        """
    }

    static let cases: [RuleCase] = [
        RuleCase(
            "images that may change", "latest-tag",
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: web}
            spec:
              initContainers:
              - {name: a, image: registry.example.com:5000/web} # ! latest-tag
              containers:
              - {name: b, image: "web:latest"} # ! latest-tag
              - {name: c, image: "registry.example.com:5000/web:1.2"}
              - {name: d, image: "web@sha256:0000000000000000000000000000000000000000000000000000000000000000"}
              - {name: e, image: "web:latest@sha256:0000000000000000000000000000000000000000000000000000000000000000"}
            ---
            apiVersion: postgresql.cnpg.io/v1
            kind: Cluster
            metadata: {name: db}
            spec:
              imageName: ghcr.io/cloudnative-pg/postgresql:latest # ! latest-tag
            """),
        RuleCase(
            "what containers ask for", "unset-requests unset-memory-limit limit-below-request",
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: web}
            spec:
              containers:
              - {name: a, image: "a:1"} # ! unset-requests unset-memory-limit
              - name: b
                image: b:1
                resources:
                  requests: {cpu: 1, memory: 1Gi}
                  limits: {memory: 2Gi}
              - name: c
                image: c:1
                resources:
                  limits: {cpu: 1, memory: 1Gi}
              - name: d
                image: d:1
                resources:
                  requests:
                    cpu: 100m
                    memory: 2Gi # ! limit-below-request
                  limits: {memory: 1024Mi}
            """),
        RuleCase(
            "what a LimitRange gives", "unset-requests unset-memory-limit",
            """
            apiVersion: v1
            kind: LimitRange
            metadata: {name: defaults}
            spec: {limits: [{type: Container, default: {memory: 1Gi}, defaultRequest: {cpu: 100m}}]}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: web}
            spec: {containers: [{name: a, image: "a:1"}]}
            """),
        RuleCase(
            "rights", "privileged-container run-as-non-root privilege-escalation host-namespaces",
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: bad}
            spec:
              hostNetwork: true # ! host-namespaces
              volumes:
              - {name: node, hostPath: {path: /}} # ! host-namespaces
              containers:
              - name: a # ! run-as-non-root
                image: a:1
                securityContext:
                  privileged: true # ! privileged-container
                  allowPrivilegeEscalation: true # ! privilege-escalation
              - name: b
                image: b:1
                securityContext:
                  runAsUser: 0 # ! run-as-non-root
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: good}
            spec:
              securityContext: {runAsNonRoot: true}
              containers:
              - {name: a, image: "a:1", securityContext: {allowPrivilegeEscalation: false}}
              - {name: b, image: "b:1", securityContext: {runAsUser: 1000, privileged: false}}
            """),
        RuleCase(
            "probes of what serves and lasts", "no-liveness-probe no-readiness-probe",
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec:
                  containers:
                  - name: web # ! no-liveness-probe no-readiness-probe
                    image: web:1
                    ports: [{containerPort: 80}]
                  - name: good
                    image: web:1
                    ports: [{containerPort: 81}]
                    livenessProbe: {tcpSocket: {port: 81}}
                    readinessProbe: {tcpSocket: {port: 81}}
                  - name: worker
                    image: web:1
            ---
            apiVersion: batch/v1
            kind: Job
            metadata: {name: once}
            spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: "a:1", ports: [{containerPort: 80}]}]}}}
            """),
        RuleCase(
            "a budget of all replicas", "pdb-blocks-drain", neighbours: Manifests.deployment("web"),
            budget("minAvailable: 1 # ! pdb-blocks-drain")),
        RuleCase("a budget of every pod", "pdb-blocks-drain", budget("minAvailable: 100% # ! pdb-blocks-drain")),
        RuleCase("a budget that lets none go", "pdb-blocks-drain", budget("maxUnavailable: 0 # ! pdb-blocks-drain")),
        RuleCase(
            "a share that rounds up to all", "pdb-blocks-drain",
            neighbours: Manifests.deployment("web") + "\n---\n" + scaler,
            budget("minAvailable: 60% # ! pdb-blocks-drain")),
        RuleCase(
            "a budget that lets one go", "pdb-blocks-drain",
            neighbours: Manifests.deployment("web") + "\n---\n" + scaler,
            budget("minAvailable: 1")),
        RuleCase(
            "two budgets of one pod", "overlapping-budgets",
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: web, labels: {app: web, tier: front}}
            spec: {containers: [{name: web, image: "web:1"}]}
            ---
            apiVersion: policy/v1
            kind: PodDisruptionBudget
            metadata: {name: a}
            spec: {maxUnavailable: 1, selector: {matchLabels: {app: web}}}
            ---
            apiVersion: policy/v1
            kind: PodDisruptionBudget
            metadata: {name: b}
            spec:
              maxUnavailable: 1
              selector: {matchLabels: {tier: front}} # ! overlapping-budgets
            ---
            apiVersion: policy/v1
            kind: PodDisruptionBudget
            metadata: {name: c}
            spec: {maxUnavailable: 1, selector: {matchLabels: {tier: back}}}
            """),
        RuleCase(
            "replicas of what is scaled",
            "replicas-with-autoscaler overlapping-autoscalers autoscaler-bounds autoscaler-without-requests",
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              replicas: 3 # ! replicas-with-autoscaler
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec: {containers: [{name: web, image: "web:1", resources: {requests: {cpu: 100m}}}]}
            ---
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata: {name: a}
            spec:
              minReplicas: 6 # ! autoscaler-bounds
              maxReplicas: 5
              scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
              metrics:
              - type: Resource
                resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}
              - type: Resource
                resource:
                  name: memory # ! autoscaler-without-requests
                  target: {type: Utilization, averageUtilization: 70}
            ---
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler # ! overlapping-autoscalers
            metadata: {name: b}
            spec:
              maxReplicas: 5
              scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
            """),
        RuleCase(
            "Secrets in plain text", "plain-secret tls-secret",
            """
            apiVersion: v1
            kind: Secret # ! plain-secret
            metadata: {name: plain}
            stringData: {password: hunter2}
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: token, annotations: {kubernetes.io/service-account.name: web}}
            type: kubernetes.io/service-account-token
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: encrypted}
            data: {password: "ENC[AES256_GCM,data:x]"}
            sops: {mac: "ENC[x]", version: 3.8.0}
            ---
            apiVersion: v1
            kind: Secret # ! plain-secret
            metadata: {name: tls}
            type: kubernetes.io/tls
            stringData:
              tls.crt: | # ! tls-secret
                -----BEGIN CERTIFICATE-----
                # put yours here
                -----END CERTIFICATE-----
              tls.key: |
                -----BEGIN PRIVATE KEY-----
                MC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
                -----END PRIVATE KEY-----
            ---
            apiVersion: v1
            kind: Secret # ! plain-secret tls-secret
            metadata: {name: half}
            type: kubernetes.io/tls
            data:
              tls.key: aGVsbG8= # ! tls-secret
            """),
    ]
}
