import Manifest
import Testing

@testable import Validation

@Suite struct ReferenceRuleTests {
    @Test(arguments: cases) func tellsWhatIsMarkedAndNothingElse(_ ruleCase: RuleCase) throws {
        try ruleCase.expectMarks()
    }

    static let cases: [RuleCase] = [
        RuleCase(
            "ConfigMaps and their keys", "dangling-configmap",
            """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: settings}
            data: {PORT: "80"}
            binaryData: {logo: aGVsbG8=}
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: elsewhere, namespace: other}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: web}
            spec:
              containers:
              - name: web
                image: web:1
                env:
                - {name: A, valueFrom: {configMapKeyRef: {name: settings, key: PORT}}}
                - {name: B, valueFrom: {configMapKeyRef: {name: settings, key: PROT}}} # ! dangling-configmap
                - {name: C, valueFrom: {configMapKeyRef: {name: setings, key: PORT}}} # ! dangling-configmap
                - {name: D, valueFrom: {configMapKeyRef: {name: nothing, key: PORT, optional: true}}}
                envFrom:
                - configMapRef: {name: elsewhere} # ! dangling-configmap
              volumes:
              - name: files
                configMap:
                  name: settings
                  items:
                  - {key: logo, path: logo.png}
                  - {key: icon, path: icon.png} # ! dangling-configmap
              - name: all
                projected:
                  sources:
                  - configMap: {name: kube-root-ca.crt, items: [{key: ca.crt, path: ca.crt}]}
                  - configMap: {name: more} # ! dangling-configmap
            """),
        RuleCase(
            "Secrets, however they are made", "dangling-secret",
            """
            apiVersion: bitnami.com/v1alpha1
            kind: SealedSecret
            metadata: {name: sealed}
            spec:
              encryptedData: {password: AgB}
              template: {data: {url: "postgres://"}}
            ---
            apiVersion: external-secrets.io/v1
            kind: ExternalSecret
            metadata: {name: external}
            spec: {target: {name: brought}, data: [{secretKey: token, remoteRef: {key: a}}]}
            ---
            apiVersion: external-secrets.io/v1
            kind: ExternalSecret
            metadata: {name: found}
            spec: {dataFrom: [{extract: {key: a}}]}
            ---
            apiVersion: cert-manager.io/v1
            kind: Certificate
            metadata: {name: web}
            spec: {secretName: web-tls, issuerRef: {name: ca}, dnsNames: [example.com]}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: web}
            spec:
              imagePullSecrets:
              - name: registry # ! dangling-secret
              containers:
              - name: web
                image: web:1
                env:
                - {name: A, valueFrom: {secretKeyRef: {name: sealed, key: password}}}
                - {name: B, valueFrom: {secretKeyRef: {name: sealed, key: url}}}
                - {name: C, valueFrom: {secretKeyRef: {name: sealed, key: user}}} # ! dangling-secret
                - {name: D, valueFrom: {secretKeyRef: {name: brought, key: token}}}
                - {name: E, valueFrom: {secretKeyRef: {name: external, key: token}}} # ! dangling-secret
                - {name: F, valueFrom: {secretKeyRef: {name: found, key: anything}}}
              volumes:
              - {name: tls, secret: {secretName: web-tls, items: [{key: tls.crt, path: a}]}}
              - {name: no, secret: {secretName: web-tsl}} # ! dangling-secret
            ---
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: {name: shim, annotations: {cert-manager.io/cluster-issuer: letsencrypt}}
            spec: {tls: [{secretName: made}], defaultBackend: {service: {name: web, port: {number: 80}}}}
            ---
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: {name: plain}
            spec:
              tls:
              - {secretName: made}
              - {secretName: forgotten} # ! dangling-secret
            """),
        RuleCase(
            "Secrets that operators make, and those that they want", "dangling-secret",
            """
            apiVersion: postgresql.cnpg.io/v1
            kind: Cluster
            metadata: {name: db}
            spec:
              instances: 3
              backup:
                barmanObjectStore:
                  s3Credentials:
                    accessKeyId: {name: s3, key: id} # ! dangling-secret
            ---
            apiVersion: elasticsearch.k8s.elastic.co/v1
            kind: Elasticsearch
            metadata: {name: search}
            spec: {version: 8.0.0, nodeSets: [{name: main, count: 1}]}
            ---
            apiVersion: acid.zalan.do/v1
            kind: postgresql
            metadata: {name: team-db}
            spec: {teamId: team, users: {app_user: []}}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: web}
            spec:
              containers:
              - name: web
                image: web:1
                envFrom:
                - secretRef: {name: db-app}
                - secretRef: {name: db-nobody} # ! dangling-secret
                - secretRef: {name: search-es-elastic-user}
                - secretRef: {name: app-user.team-db.credentials.postgresql.acid.zalan.do}
            """),
        RuleCase(
            "a Secret that a neighbour brings", "dangling-secret",
            neighbours: """
                apiVersion: v1
                kind: Secret
                metadata: {name: db}
                stringData: {password: x}
                """,
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: web}
            spec: {containers: [{name: web, image: "web:1", envFrom: [{secretRef: {name: db}}]}]}
            """),
        RuleCase(
            "claims, volumes, accounts and classes",
            "dangling-pvc dangling-volume-mount non-existent-service-account dangling-priority-class dangling-storage-class",
            """
            apiVersion: storage.k8s.io/v1
            kind: StorageClass
            metadata: {name: fast}
            provisioner: example.com/disk
            ---
            apiVersion: scheduling.k8s.io/v1
            kind: PriorityClass
            metadata: {name: high}
            value: 1000
            ---
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: data}
            spec:
              storageClassName: fsat # ! dangling-storage-class
              accessModes: [ReadWriteOnce]
              resources: {requests: {storage: 1Gi}}
            ---
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: web}
            ---
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: {name: web}
            spec:
              selector: {matchLabels: {app: web}}
              volumeClaimTemplates:
              - metadata: {name: own}
                spec: {storageClassName: fast, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
              template:
                metadata: {labels: {app: web}}
                spec:
                  serviceAccountName: wbe # ! non-existent-service-account
                  priorityClassName: hihg # ! dangling-priority-class
                  volumes:
                  - {name: data, persistentVolumeClaim: {claimName: data}}
                  - {name: more, persistentVolumeClaim: {claimName: more}} # ! dangling-pvc
                  containers:
                  - name: web
                    image: web:1
                    volumeMounts:
                    - {name: own, mountPath: /own}
                    - {name: data, mountPath: /data}
                    - {name: dat, mountPath: /dat} # ! dangling-volume-mount
            """),
        RuleCase(
            "accounts that there are", "non-existent-service-account",
            """
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: web}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: web}
            spec: {serviceAccountName: web, containers: [{name: web, image: "web:1"}]}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: plain}
            spec: {serviceAccountName: default, containers: [{name: web, image: "web:1"}]}
            """),
        RuleCase(
            "autoscalers and budgets of nothing", "dangling-horizontalpodautoscaler dangling-poddisruptionbudget",
            """
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata: {name: web}
            spec:
              maxReplicas: 3
              scaleTargetRef:
                apiVersion: apps/v1
                kind: Deployment
                name: web # ! dangling-horizontalpodautoscaler
            ---
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata: {name: rollout}
            spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: argoproj.io/v1alpha1, kind: Rollout, name: web}}
            ---
            apiVersion: policy/v1
            kind: PodDisruptionBudget
            metadata: {name: web}
            spec:
              maxUnavailable: 1
              selector: {matchLabels: {app: web}} # ! dangling-poddisruptionbudget
            """),
        RuleCase(
            "backends of an Ingress", "dangling-ingress",
            """
            apiVersion: v1
            kind: Service
            metadata: {name: web}
            spec: {ports: [{name: http, port: 80}]}
            ---
            apiVersion: databases.spotahome.com/v1
            kind: RedisFailover
            metadata: {name: cache}
            ---
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: {name: web}
            spec:
              rules:
              - http:
                  paths:
                  - {path: /a, pathType: Prefix, backend: {service: {name: web, port: {name: http}}}}
                  - {path: /b, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
                  - {path: /c, pathType: Prefix, backend: {service: {name: web, port: {number: 8080}}}} # ! dangling-ingress
                  - {path: /d, pathType: Prefix, backend: {service: {name: wbe, port: {number: 80}}}} # ! dangling-ingress
                  - {path: /e, pathType: Prefix, backend: {service: {name: web, port: {name: https}}}} # ! dangling-ingress
                  - {path: /f, pathType: Prefix, backend: {service: {name: rfs-cache, port: {number: 26379}}}}
            """),
        RuleCase(
            "bindings", "dangling-role",
            """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata: {name: reader}
            rules: []
            ---
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: web}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: a}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader} # ! dangling-role
            subjects:
            - {kind: ServiceAccount, name: web, namespace: shop}
            - {kind: ServiceAccount, name: wbe, namespace: shop} # ! dangling-role
            - {kind: ServiceAccount, name: prometheus, namespace: monitoring}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata: {name: b}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata: {name: c}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: raeder} # ! dangling-role
            """),
        RuleCase(
            "webhooks, and Services that govern", "dangling-webhook dangling-governing-service",
            """
            apiVersion: v1
            kind: Service
            metadata: {name: hook}
            spec: {ports: [{port: 443}]}
            ---
            apiVersion: admissionregistration.k8s.io/v1
            kind: ValidatingWebhookConfiguration
            metadata: {name: hooks}
            webhooks:
            - {name: a.example.com, clientConfig: {service: {name: hook, namespace: shop}}, sideEffects: None, admissionReviewVersions: [v1]}
            - {name: b.example.com, clientConfig: {service: {name: hok, namespace: shop}}, sideEffects: None, admissionReviewVersions: [v1]} # ! dangling-webhook
            - {name: c.example.com, clientConfig: {service: {name: x, namespace: far}}, sideEffects: None, admissionReviewVersions: [v1]}
            ---
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: {name: db}
            spec:
              serviceName: db-headless # ! dangling-governing-service
              selector: {matchLabels: {app: db}}
              template: {metadata: {labels: {app: db}}, spec: {containers: [{name: db, image: "db:1"}]}}
            """),
        RuleCase(
            "monitors", "dangling-monitor",
            """
            apiVersion: v1
            kind: Service
            metadata: {name: web, labels: {app: web}}
            spec: {ports: [{name: metrics, port: 9090}]}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: web, labels: {app: web}}
            spec: {containers: [{name: web, image: "web:1", ports: [{name: metrics, containerPort: 9090}]}]}
            ---
            apiVersion: monitoring.coreos.com/v1
            kind: ServiceMonitor
            metadata: {name: web}
            spec:
              selector: {matchLabels: {app: web}}
              endpoints:
              - port: metrics
              - port: http # ! dangling-monitor
            ---
            apiVersion: monitoring.coreos.com/v1
            kind: ServiceMonitor
            metadata: {name: api}
            spec:
              selector: {matchLabels: {app: api}} # ! dangling-monitor
              endpoints: [{port: metrics}]
            ---
            apiVersion: monitoring.coreos.com/v1
            kind: PodMonitor
            metadata: {name: web}
            spec:
              selector: {matchLabels: {app: web}}
              podMetricsEndpoints:
              - port: metrics
              - port: http # ! dangling-monitor
            ---
            apiVersion: monitoring.coreos.com/v1
            kind: ServiceMonitor
            metadata: {name: far}
            spec: {namespaceSelector: {matchNames: [elsewhere]}, selector: {matchLabels: {app: far}}, endpoints: []}
            """),
        RuleCase(
            "issuers and database clusters", "dangling-issuer dangling-database",
            """
            apiVersion: cert-manager.io/v1
            kind: Issuer
            metadata: {name: ca}
            spec: {selfSigned: {}}
            ---
            apiVersion: cert-manager.io/v1
            kind: Certificate
            metadata: {name: a}
            spec: {secretName: a, issuerRef: {name: ca}}
            ---
            apiVersion: cert-manager.io/v1
            kind: Certificate
            metadata: {name: b}
            spec: {secretName: b, issuerRef: {name: acme}} # ! dangling-issuer
            ---
            apiVersion: cert-manager.io/v1
            kind: Certificate
            metadata: {name: c}
            spec: {secretName: c, issuerRef: {name: letsencrypt, kind: ClusterIssuer}}
            ---
            apiVersion: postgresql.cnpg.io/v1
            kind: Pooler
            metadata: {name: pool}
            spec: {cluster: {name: db}, pgbouncer: {poolMode: session}} # ! dangling-database
            """),
        RuleCase(
            "ports that probes name", "dangling-port",
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: web}
            spec:
              containers:
              - name: web
                image: web:1
                ports: [{name: http, containerPort: 80}]
                livenessProbe: {httpGet: {port: http, path: /}}
                readinessProbe: {httpGet: {port: htpp, path: /}} # ! dangling-port
                startupProbe: {tcpSocket: {port: 80}}
            """),
    ]
}
