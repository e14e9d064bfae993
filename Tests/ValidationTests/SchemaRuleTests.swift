import Manifest
import Testing

@testable import Validation

@Suite struct SchemaRuleTests {
    @Test(arguments: cases) func tellsWhatIsMarkedAndNothingElse(_ ruleCase: RuleCase) throws {
        try ruleCase.expectMarks()
    }

    static let widgets = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: widgets.example.com}
        spec:
          group: example.com
          scope: Namespaced
          names: {kind: Widget, plural: widgets}
          versions:
          - name: v1
            served: true
            storage: true
            schema:
              openAPIV3Schema:
                type: object
                required: [spec]
                properties:
                  spec:
                    type: object
                    required: [size]
                    properties:
                      size: {type: integer, format: int32}
                      mode: {type: string, enum: [fast, slow]}
                      extra: {type: object, x-kubernetes-preserve-unknown-fields: true}
          - name: v1beta1
            served: true
            storage: false
            deprecated: true
            deprecationWarning: example.com/v1beta1 Widget goes away
            schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
          - {name: v1alpha1, served: false, storage: false}
        """

    static let cases: [RuleCase] = [
        RuleCase(
            "fields that a kind does not have", "schema-unknown-field",
            """
            apiVersion: v1
            kind: Service
            metadata: {name: web, lables: {app: web}} # ! schema-unknown-field
            spec:
              selectr: {app: web} # ! schema-unknown-field
              ports:
              - port: 80
                targetport: http # ! schema-unknown-field
            """),
        RuleCase(
            "a Role with a spec", "schema-unknown-field schema-required",
            """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata: {name: reader}
            spec: # ! schema-unknown-field
              rules: []
            """),
        RuleCase(
            "values of the wrong type", "schema-type",
            """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: settings}
            data:
              PORT: 8080 # ! schema-type
              DEBUG: true # ! schema-type
              HOST: "localhost"
            ---
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: {name: db}
            spec:
              replicas: "3" # ! schema-type
              selector: # ! schema-type
              - app: db
              template: {metadata: {labels: {app: db}}, spec: {containers: [{name: db, image: "db:1"}]}}
            """),
        RuleCase(
            "what is required", "schema-required",
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec: # ! schema-required
              template:
                spec:
                  containers:
                  - image: web:1 # ! schema-required
            ---
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: deny}
            spec: {policyTypes: [Ingress]}
            """),
        RuleCase(
            "values out of a choice", "schema-enum",
            """
            apiVersion: v1
            kind: Service
            metadata: {name: web}
            spec:
              type: Loadbalancer # ! schema-enum
              ports: [{port: 80, protocol: TCP}]
            """),
        RuleCase(
            "texts that cannot be read", "schema-format",
            """
            apiVersion: v1
            kind: Secret
            metadata: {name: plain}
            data:
              password: not base64! # ! schema-format
            ---
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: data}
            spec:
              accessModes: [ReadWriteOnce]
              resources:
                requests:
                  storage: 10 Gi # ! schema-format
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              replicas: 3000000000 # ! schema-format
              selector: {matchLabels: {app: web}}
              template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: "web:1"}]}}
            """),
        RuleCase(
            "items of a keyed list that stand there twice", "schema-duplicate-item",
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: web}
            spec:
              containers:
              - name: web
                image: web:1
                env:
                - {name: PORT, value: "80"}
                - {name: HOST, value: web}
                - {name: PORT, value: "81"} # ! schema-duplicate-item
                ports:
                - {containerPort: 53, protocol: UDP}
                - {containerPort: 53, protocol: TCP}
                - {containerPort: 53} # ! schema-duplicate-item
              - {name: web, image: "other:1"} # ! schema-duplicate-item
            """),
        RuleCase(
            "custom resources by their definition", "schema-unknown-field schema-required schema-enum schema-type",
            definitions: [widgets],
            """
            apiVersion: example.com/v1
            kind: Widget
            metadata: {name: good}
            spec: {size: 3, mode: fast, extra: {whatever: [1, 2]}}
            ---
            apiVersion: example.com/v1
            kind: Widget
            metadata: {name: bad}
            spec: # ! schema-required
              mode: fastest # ! schema-enum
              colour: red # ! schema-unknown-field
              extra: {anything: true}
            """),
        RuleCase(
            "versions of definitions", "removed-api deprecated-api", definitions: [widgets],
            """
            apiVersion: example.com/v1beta1 # ! deprecated-api
            kind: Widget
            metadata: {name: old}
            ---
            apiVersion: example.com/v1alpha1 # ! removed-api
            kind: Widget
            metadata: {name: older}
            """),
        RuleCase(
            "versions that the newest Kubernetes has dropped", "removed-api deprecated-api",
            """
            apiVersion: policy/v1beta1 # ! removed-api
            kind: PodDisruptionBudget
            metadata: {name: web}
            ---
            apiVersion: extensions/v1beta1 # ! removed-api
            kind: Ingress
            metadata: {name: web}
            ---
            apiVersion: v1 # ! deprecated-api
            kind: Endpoints
            metadata: {name: web}
            ---
            apiVersion: apps/v1
            kind: Deploymnt # ! removed-api
            metadata: {name: web}
            ---
            apiVersion: batch/v1beta1 # ! removed-api
            kind: CronJob
            metadata: {name: nightly}
            """),
        RuleCase(
            "versions that an older Kubernetes still has", "removed-api deprecated-api",
            target: KubernetesVersion(1, 22),
            """
            apiVersion: policy/v1beta1 # ! deprecated-api
            kind: PodDisruptionBudget
            metadata: {name: web}
            ---
            apiVersion: v1
            kind: Endpoints
            metadata: {name: web}
            """),
        RuleCase(
            "kinds that nobody describes, once each", "unknown-kind",
            """
            apiVersion: example.org/v1 # ! unknown-kind
            kind: Gadget
            metadata: {name: one}
            ---
            apiVersion: example.org/v1
            kind: Gadget
            metadata: {name: two}
            ---
            apiVersion: bitnami.com/v1alpha1
            kind: SealedSecret
            metadata: {name: known}
            spec: {encryptedData: {a: b}}
            """),
        RuleCase(
            "names", "invalid-name",
            """
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: Web_Settings # ! invalid-name
            ---
            apiVersion: v1
            kind: Service
            metadata:
              name: web.shop # ! invalid-name
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: web.shop}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata: {name: "system:Reader"}
            """),
        RuleCase(
            "labels and annotations", "invalid-label",
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: web
              labels:
                app: web server # ! invalid-label
                "a/b/c": x # ! invalid-label
                empty: ""
              annotations:
                "bad key": x # ! invalid-label
                example.com/any: "any text at all"
            spec:
              selector: {matchLabels: {app: web}}
              template:
                metadata:
                  labels:
                    app: -web # ! invalid-label
                spec: {containers: [{name: web, image: "web:1"}]}
            """),
        RuleCase(
            "objects that are declared twice", "duplicate-object",
            """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: settings}
            ---
            apiVersion: v1
            kind: ConfigMap # ! duplicate-object
            metadata: {name: settings, namespace: shop}
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: settings, namespace: other}
            """),
        RuleCase(
            "what a quota may count", "quota-resource",
            """
            apiVersion: v1
            kind: ResourceQuota
            metadata: {name: quota}
            spec:
              hard:
                requests.cpu: "4"
                deployments.apps: "10" # ! quota-resource
                count/deployments.apps: "10"
                fast.storageclass.storage.k8s.io/requests.storage: 10Gi
                volumes: "3" # ! quota-resource
            """),
        RuleCase(
            "annotations of yesterday", "deprecated-annotation",
            """
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata:
              name: web
              annotations:
                kubernetes.io/ingress.class: nginx # ! deprecated-annotation
                nginx.ingress.kubernetes.io/rewrite-target: /
            spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
            ---
            apiVersion: v1
            kind: Pod
            metadata:
              name: web
              annotations:
                container.apparmor.security.beta.kubernetes.io/web: runtime/default # ! deprecated-annotation
            spec: {containers: [{name: web, image: "web:1"}]}
            """),
    ]
}
