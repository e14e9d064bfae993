// The kustomizations of deploy/controller, made by generate-controller-files.py.

enum ControllerFiles {
    /// Paths below deploy/controller, and what the files hold.
    static let all: [(path: String, text: String)] = [
        (
            "base/claim.yaml",
            #"""
            # The history of syncs, and the mirrors of repositories.
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata:
              name: gitops-controller
            spec:
              accessModes: [ReadWriteOnce]
              resources:
                requests:
                  storage: 2Gi

            """#
        ),
        (
            "base/deployment.yaml",
            #"""
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: gitops-controller
            spec:
              replicas: 1
              # Two at a time would both write the history, and sync the same applications.
              strategy:
                type: Recreate
              selector:
                matchLabels:
                  app.kubernetes.io/name: gitops-controller
              template:
                metadata:
                  labels:
                    app.kubernetes.io/name: gitops-controller
                spec:
                  serviceAccountName: gitops-controller
                  securityContext:
                    runAsNonRoot: true
                    runAsUser: 65532
                    runAsGroup: 65532
                    fsGroup: 65532
                    seccompProfile:
                      type: RuntimeDefault
                  # A sync that is under way is given time to end between two of its steps.
                  terminationGracePeriodSeconds: 60
                  containers:
                    - name: gitops-controller
                      image: gitops-controller
                      args:
                        - --listen=0.0.0.0:9292
                        - --state-folder=/var/lib/gitopsctl/state
                        - --cache-folder=/var/lib/gitopsctl/cache
                        - --namespace=$(NAMESPACE)
                      env:
                        - name: NAMESPACE
                          valueFrom:
                            fieldRef:
                              fieldPath: metadata.namespace
                      ports:
                        - name: http
                          containerPort: 9292
                      readinessProbe:
                        httpGet:
                          path: /readyz
                          port: http
                        periodSeconds: 5
                      livenessProbe:
                        httpGet:
                          path: /healthz
                          port: http
                        periodSeconds: 20
                        failureThreshold: 3
                      resources:
                        requests:
                          cpu: 100m
                          memory: 128Mi
                        limits:
                          memory: 512Mi
                      securityContext:
                        allowPrivilegeEscalation: false
                        readOnlyRootFilesystem: true
                        capabilities:
                          drop: [ALL]
                      volumeMounts:
                        - name: data
                          mountPath: /var/lib/gitopsctl
                        - name: scratch
                          mountPath: /tmp
                  volumes:
                    - name: data
                      persistentVolumeClaim:
                        claimName: gitops-controller
                    # Scratch folders of plugins: in memory, so that nothing of them reaches a disk.
                    - name: scratch
                      emptyDir:
                        medium: Memory
                        sizeLimit: 256Mi

            """#
        ),
        (
            "base/kustomization.yaml",
            #"""
            # The controller, alone in its namespace: one replica, and the least rights that keeping applications needs.
            namespace: gitops-system
            resources:
              - ../crds
              - namespace.yaml
              - service-account.yaml
              - deployment.yaml
              - service.yaml
              - claim.yaml
              - network-policy.yaml
            labels:
              - pairs:
                  app.kubernetes.io/name: gitops-controller
                  app.kubernetes.io/part-of: gitopsctl
            images:
              - name: gitops-controller
                newName: ghcr.io/gitopsctl/gitops-controller
                newTag: 0.1.0

            """#
        ),
        (
            "base/namespace.yaml",
            #"""
            apiVersion: v1
            kind: Namespace
            metadata:
              name: gitops-system
              labels:
                pod-security.kubernetes.io/enforce: restricted
                pod-security.kubernetes.io/warn: restricted

            """#
        ),
        (
            "base/network-policy.yaml",
            #"""
            # In: webhooks from an ingress, metrics, and probes. Out: name resolution, the API server and repositories, which may be anywhere.
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata:
              name: gitops-controller
            spec:
              podSelector:
                matchLabels:
                  app.kubernetes.io/name: gitops-controller
              policyTypes: [Ingress, Egress]
              ingress:
                - ports:
                    - port: http
                      protocol: TCP
              egress:
                - ports:
                    - port: 53
                      protocol: UDP
                    - port: 53
                      protocol: TCP
                    - port: 22
                      protocol: TCP
                    - port: 80
                      protocol: TCP
                    - port: 443
                      protocol: TCP
                    - port: 6443
                      protocol: TCP

            """#
        ),
        (
            "base/service-account.yaml",
            #"""
            apiVersion: v1
            kind: ServiceAccount
            metadata:
              name: gitops-controller
            ---
            # What the controller does for itself. What it may do for applications is said by an overlay.
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata:
              name: gitops-controller
            rules:
              - apiGroups: [gitopsctl.dev]
                resources: [applications, projects]
                verbs: [get, list, watch]
              # The label and annotations of an ApplySet's parent, and the finalizer.
              - apiGroups: [gitopsctl.dev]
                resources: [applications]
                verbs: [patch]
              - apiGroups: [gitopsctl.dev]
                resources: [applications/status]
                verbs: [patch]
              # What happens to Applications, for kubectl describe.
              - apiGroups: [""]
                resources: [events]
                verbs: [create, patch]
              # Whose token it is that somebody shows to the API, and what they may do.
              - apiGroups: [authentication.k8s.io]
                resources: [tokenreviews]
                verbs: [create]
              - apiGroups: [authorization.k8s.io]
                resources: [subjectaccessreviews]
                verbs: [create]
              # Credentials of repositories, which stand beside their Applications.
              - apiGroups: [""]
                resources: [secrets]
                verbs: [get]
            ---
            # The secrets of webhooks and the keys of sealed secrets, the catalogues of plugins, and the Leases by which replicas share the applications.
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata:
              name: gitops-controller
            rules:
              - apiGroups: [""]
                resources: [secrets]
                verbs: [get, list, watch]
              - apiGroups: [""]
                resources: [configmaps]
                verbs: [get, list, watch]
              - apiGroups: [coordination.k8s.io]
                resources: [leases]
                verbs: [get, list, watch, create, update, patch, delete]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata:
              name: gitops-controller
            roleRef:
              apiGroup: rbac.authorization.k8s.io
              kind: Role
              name: gitops-controller
            subjects:
              - kind: ServiceAccount
                name: gitops-controller
                namespace: gitops-system
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata:
              name: gitops-controller
            roleRef:
              apiGroup: rbac.authorization.k8s.io
              kind: ClusterRole
              name: gitops-controller
            subjects:
              - kind: ServiceAccount
                name: gitops-controller
                namespace: gitops-system

            """#
        ),
        (
            "base/service.yaml",
            #"""
            apiVersion: v1
            kind: Service
            metadata:
              name: gitops-controller
            spec:
              selector:
                app.kubernetes.io/name: gitops-controller
              ports:
                - name: http
                  port: 80
                  targetPort: http
                  protocol: TCP

            """#
        ),
        (
            "components/api/deployment.yaml",
            #"""
            - op: add
              path: /spec/template/spec/containers/0/args/-
              value: --api=0.0.0.0:9293
            - op: add
              path: /spec/template/spec/containers/0/args/-
              value: --api-tls-cert-file=/etc/gitopsctl/api/tls.crt
            - op: add
              path: /spec/template/spec/containers/0/args/-
              value: --api-tls-private-key-file=/etc/gitopsctl/api/tls.key
            - op: add
              path: /spec/template/spec/containers/0/ports/-
              value: {name: api, containerPort: 9293}
            # The whole folder and no single file of it: only so does a running pod see that the Secret was renewed.
            - op: add
              path: /spec/template/spec/containers/0/volumeMounts/-
              value: {name: api-certificate, mountPath: /etc/gitopsctl/api, readOnly: true}
            - op: add
              path: /spec/template/spec/volumes/-
              value:
                name: api-certificate
                secret:
                  secretName: gitops-controller-api
                  # Readable by the group that the pod's volumes belong to, and nobody else: 0440.
                  defaultMode: 288

            """#
        ),
        (
            "components/api/kustomization.yaml",
            #"""
            # The controller's API, for programs with a token of the cluster and no kubeconfig: over TLS, with the certificate in the Secret
            # gitops-controller-api (of type kubernetes.io/tls, as cert-manager writes it), and only for namespaces that are labelled for it.
            apiVersion: kustomize.config.k8s.io/v1alpha1
            kind: Component
            patches:
              - target: {kind: Deployment, name: gitops-controller}
                path: deployment.yaml
              # A port of its own, so that what is let in to the webhook is not let in to the API.
              - target: {kind: Service, name: gitops-controller}
                patch: |
                  - op: add
                    path: /spec/ports/-
                    value: {name: api, port: 9293, targetPort: api, protocol: TCP}
              - target: {kind: NetworkPolicy, name: gitops-controller}
                patch: |
                  - op: add
                    path: /spec/ingress/-
                    value:
                      from:
                        - namespaceSelector:
                            matchLabels:
                              gitopsctl.dev/api: allowed
                      ports:
                        - port: api
                          protocol: TCP

            """#
        ),
        (
            "components/disruption-budget/disruption-budget.yaml",
            #"""
            apiVersion: policy/v1
            kind: PodDisruptionBudget
            metadata:
              name: gitops-controller
              namespace: gitops-system
            spec:
              minAvailable: 1
              selector:
                matchLabels:
                  app.kubernetes.io/name: gitops-controller

            """#
        ),
        (
            "components/disruption-budget/kustomization.yaml",
            #"""
            # Keeps a node's drain from taking the last replica away. For two replicas and more: a single one would never let its node go.
            apiVersion: kustomize.config.k8s.io/v1alpha1
            kind: Component
            resources:
              - disruption-budget.yaml

            """#
        ),
        (
            "components/high-availability/claim.yaml",
            #"""
            $patch: delete
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata:
              name: gitops-controller

            """#
        ),
        (
            "components/high-availability/deployment.yaml",
            #"""
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: gitops-controller
            spec:
              replicas: 2
              strategy:
                type: RollingUpdate
                rollingUpdate:
                  maxSurge: 1
                  maxUnavailable: 0
              template:
                spec:
                  affinity:
                    podAntiAffinity:
                      preferredDuringSchedulingIgnoredDuringExecution:
                        - weight: 100
                          podAffinityTerm:
                            topologyKey: kubernetes.io/hostname
                            labelSelector:
                              matchLabels:
                                app.kubernetes.io/name: gitops-controller
                  volumes:
                    # No volume of one node for pods of two. What the next replica has to know stands in the status of the Applications.
                    - name: data
                      persistentVolumeClaim: null
                      emptyDir:
                        sizeLimit: 2Gi

            """#
        ),
        (
            "components/high-availability/kustomization.yaml",
            #"""
            # Two replicas that share the applications by Leases: one that dies is taken over by the other.
            apiVersion: kustomize.config.k8s.io/v1alpha1
            kind: Component
            components:
              - ../disruption-budget
            patches:
              - path: deployment.yaml
              - path: claim.yaml
              - target: {kind: Deployment, name: gitops-controller}
                patch: '[{"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "--share"}]'

            """#
        ),
        (
            "crds/kustomization.yaml",
            #"""
            # What `gitopsctl crds` prints; a test holds the two together.
            resources:
              - definitions.yaml

            """#
        ),
        (
            "overlays/cluster-admin/kustomization.yaml",
            #"""
            # For a controller that may deliver everything, anywhere: Projects say what each team's applications may use.
            resources:
              - ../../base
              - role.yaml

            """#
        ),
        (
            "overlays/cluster-admin/role.yaml",
            #"""
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata:
              name: gitops-controller-cluster-admin
            roleRef:
              apiGroup: rbac.authorization.k8s.io
              kind: ClusterRole
              name: cluster-admin
            subjects:
              - kind: ServiceAccount
                name: gitops-controller
                namespace: gitops-system

            """#
        ),
        (
            "overlays/high-availability/kustomization.yaml",
            #"""
            # Two replicas on two nodes, which may deliver everything, anywhere: Projects say what each team's applications may use.
            resources:
              - ../cluster-admin
            components:
              - ../../components/high-availability

            """#
        ),
        (
            "overlays/read-only/kustomization.yaml",
            #"""
            # For a controller that only tells: it compares and reports, and may write nothing but the status of Applications.
            resources:
              - ../../base
              - role.yaml
            patches:
              - target:
                  kind: Deployment
                  name: gitops-controller
                patch: |-
                  - op: add
                    path: /spec/template/spec/containers/0/args/-
                    value: --read-only

            """#
        ),
        (
            "overlays/read-only/role.yaml",
            #"""
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata:
              name: gitops-controller-read-only
            rules:
              - apiGroups: ["*"]
                resources: ["*"]
                verbs: [get, list, watch]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata:
              name: gitops-controller-read-only
            roleRef:
              apiGroup: rbac.authorization.k8s.io
              kind: ClusterRole
              name: gitops-controller-read-only
            subjects:
              - kind: ServiceAccount
                name: gitops-controller
                namespace: gitops-system

            """#
        ),
        (
            "overlays/tenants/kustomization.yaml",
            #"""
            # For a controller of several teams: it delivers nothing under rights of its own. Every application acts as a service account of
            # its namespace, `gitops` where neither it nor its Project names one.
            resources:
              - ../../base
              - role.yaml
            patches:
              - target:
                  kind: Deployment
                  name: gitops-controller
                patch: |-
                  - op: add
                    path: /spec/template/spec/containers/0/args/-
                    value: --default-service-account=gitops

            """#
        ),
        (
            "overlays/tenants/role.yaml",
            #"""
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata:
              name: gitops-controller-tenants
            rules:
              - apiGroups: [""]
                resources: [serviceaccounts]
                verbs: [impersonate]
              # The watches are the controller's own, and show each application its own members alone.
              - apiGroups: ["*"]
                resources: ["*"]
                verbs: [get, list, watch]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata:
              name: gitops-controller-tenants
            roleRef:
              apiGroup: rbac.authorization.k8s.io
              kind: ClusterRole
              name: gitops-controller-tenants
            subjects:
              - kind: ServiceAccount
                name: gitops-controller
                namespace: gitops-system

            """#
        ),
    ]
}
