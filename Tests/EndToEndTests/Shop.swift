// The small platform that the tests deliver: a bit of everything that a sync has rules for.

extension Delivery {
    static let secretValue = "tr0ub4dor-and-3"

    /// Every kind that a shop has, for kubectl.
    static let shopKinds = "deployments,services,configmaps,secrets,serviceaccounts"

    /// A namespace, a workload with its service, generated configuration with a hash, and a Secret.
    func writeShop(extraConfigMaps: Int = 0) throws {
        var resources = ["namespace.yaml", "web.yaml", "secret.yaml"]
        for index in 0..<extraConfigMaps {
            resources.append("extra-\(index).yaml")
            try write("app/extra-\(index).yaml", configMap("extra-\(index)"))
        }
        let portProtocol = try cluster.knowsPortDefaults() ? "" : "protocol: TCP"
        try write(
            "app/kustomization.yaml",
            """
            namespace: \(name)
            resources:
            \(resources.map { "- \($0)" }.joined(separator: "\n"))
            images:
            - name: registry.example.com/web
              newTag: 1.0.0
            configMapGenerator:
            - name: settings
              literals:
              - colour=green

            """)
        try write("app/namespace.yaml", "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: \(name)\n")
        try write(
            "app/web.yaml",
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: web
              labels:
                tier: front
            spec:
              replicas: 2
              selector:
                matchLabels: {app: web}
              template:
                metadata:
                  labels: {app: web}
                spec:
                  containers:
                  - name: web
                    image: registry.example.com/web
                    envFrom:
                    - configMapRef: {name: settings}
                    ports:
                    - containerPort: 8080
                      \(portProtocol)
                    resources:
                      requests: {cpu: 1000m, memory: 1024Mi}
            ---
            apiVersion: v1
            kind: Service
            metadata:
              name: web
            spec:
              selector: {app: web}
              ports:
              - name: http
                port: 80
                targetPort: 8080
                \(portProtocol)
            ---
            apiVersion: v1
            kind: ServiceAccount
            metadata:
              name: web

            """)
        try write(
            "app/secret.yaml",
            """
            apiVersion: v1
            kind: Secret
            metadata:
              name: login
            stringData:
              password: \(Self.secretValue)

            """)
    }

    func configMap(_ name: String) -> String {
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: \(name)\ndata:\n  name: \(name)\n"
    }
}
