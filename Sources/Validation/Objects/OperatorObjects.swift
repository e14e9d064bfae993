// What controllers make of other objects: Secrets of sealed and external ones, and the Services, Secrets and pods of
// the operators of databases. A reference to one of those leads somewhere although no manifest holds it.

import Manifest

/// Objects that no manifest holds and that a controller makes all the same.
struct OperatorObjects {
    struct Pods {
        var namespace: String
        var labels: KnownLabels
        /// The names of their ports.
        var ports: Set<String>
    }

    /// Secrets, with their keys; nil where the controller alone knows them.
    private(set) var secrets: [Place: Set<String>?] = [:]
    private(set) var services: [Place: [(name: String, number: Int)]] = [:]
    private(set) var serviceAccounts: Set<Place> = []
    private(set) var pods: [Pods] = []

    init(_ subjects: [Subject]) {
        for subject in subjects { add(subject) }
    }

    private mutating func add(_ subject: Subject) {
        switch (subject.kind.group, subject.kind.kind) {
        case ("bitnami.com", "SealedSecret"): addSealedSecret(subject)
        case ("external-secrets.io", "ExternalSecret"): addExternalSecret(subject)
        case ("cert-manager.io", "Certificate"): addCertificate(subject)
        case ("cert-manager.io", "Issuer"), ("cert-manager.io", "ClusterIssuer"): addIssuer(subject)
        case ("networking.k8s.io", "Ingress"): addIngress(subject)
        case ("postgresql.cnpg.io", "Cluster"): addCloudNativePG(subject)
        case ("postgresql.cnpg.io", "Pooler"): addPooler(subject)
        case ("elasticsearch.k8s.elastic.co", "Elasticsearch"): addElastic(subject, "es", port: 9200)
        case ("kibana.k8s.elastic.co", "Kibana"): addElastic(subject, "kb", port: 5601)
        case ("psmdb.percona.com", "PerconaServerMongoDB"): addPerconaMongoDB(subject)
        case ("databases.spotahome.com", "RedisFailover"): addRedisFailover(subject)
        case ("acid.zalan.do", "postgresql"): addZalando(subject)
        case ("monitoring.coreos.com", "Prometheus"): addMonitoring(subject, "prometheus", port: 9090)
        case ("monitoring.coreos.com", "Alertmanager"): addMonitoring(subject, "alertmanager", port: 9093)
        default: break
        }
    }

    private mutating func secret(_ subject: Subject, _ name: String, keys: Set<String>? = nil) {
        secrets[Place(subject.namespace, name)] = .some(keys)
    }

    private mutating func service(_ subject: Subject, _ name: String, _ ports: [(name: String, number: Int)]) {
        services[Place(subject.namespace, name)] = ports
    }

    private mutating func pods(
        _ subject: Subject, _ labels: [String: String], open: Set<String> = [], ports: Set<String> = []
    ) {
        pods.append(Pods(namespace: subject.namespace, labels: KnownLabels(labels: labels, open: open), ports: ports))
    }

    // MARK: - Secrets

    private mutating func addSealedSecret(_ subject: Subject) {
        let template = subject.root[path: "spec", "template"]
        var keys = Set((subject.root[path: "spec", "encryptedData"]?.members ?? []).map(\.key))
        for part in ["data", "stringData"] { keys.formUnion((template?[part]?.members ?? []).map(\.key)) }
        secret(subject, template?[path: "metadata", "name"]?.string ?? subject.name, keys: keys)
    }

    private mutating func addExternalSecret(_ subject: Subject) {
        let spec = subject.root["spec"]
        var keys: Set<String>? = Set((spec?["data"]?.items ?? []).compactMap { $0["secretKey"]?.string })
        let target = spec?["target"]
        for part in ["data", "stringData"] {
            for (key, _) in target?[path: "template", part]?.members ?? [] { keys?.insert(key) }
        }
        if spec?["dataFrom"] != nil || target?[path: "template", "templateFrom"] != nil { keys = nil }
        secret(subject, target?["name"]?.string ?? subject.name, keys: keys)
    }

    private static let certificateKeys: Set<String> = [
        "tls.crt", "tls.key", "ca.crt", "tls-combined.pem", "key.der", "keystore.jks", "truststore.jks", "keystore.p12",
        "truststore.p12",
    ]

    private mutating func addCertificate(_ subject: Subject) {
        guard let name = subject.root[path: "spec", "secretName"]?.string else { return }
        secret(subject, name, keys: Self.certificateKeys)
        addSolver(subject)
    }

    /// cert-manager starts a pod that answers Let's Encrypt where a certificate is asked for.
    private mutating func addSolver(_ subject: Subject) {
        pods(
            subject, ["acme.cert-manager.io/http01-solver": "true"],
            open: ["acme.cert-manager.io/http-domain", "acme.cert-manager.io/http-token"], ports: ["http"])
    }

    /// The key of an ACME account is made where it is missing.
    private mutating func addIssuer(_ subject: Subject) {
        guard let name = subject.root[path: "spec", "acme", "privateKeySecretRef", "name"]?.string else { return }
        secret(subject, name)
    }

    /// cert-manager's ingress shim makes the certificates that an annotated Ingress names.
    private mutating func addIngress(_ subject: Subject) {
        let isIssued = ["cert-manager.io/issuer", "cert-manager.io/cluster-issuer", "kubernetes.io/tls-acme"]
            .contains { subject.object.annotation($0) != nil }
        guard isIssued else { return }
        addSolver(subject)
        for tls in subject.root[path: "spec", "tls"]?.items ?? [] {
            if let name = tls["secretName"]?.string { secret(subject, name, keys: Self.certificateKeys) }
        }
    }

    // MARK: - Databases

    /// CloudNativePG: the `-app`, `-superuser`, `-ca`, `-server` and `-replication` Secrets, three Services, labelled
    /// pods.
    private mutating func addCloudNativePG(_ subject: Subject) {
        for suffix in ["app", "superuser", "ca", "server", "replication"] {
            secret(subject, "\(subject.name)-\(suffix)")
        }
        for suffix in ["rw", "ro", "r"] { service(subject, "\(subject.name)-\(suffix)", [("postgres", 5432)]) }
        for added in subject.root[path: "spec", "managed", "services", "additional"]?.items ?? [] {
            if let name = added[path: "serviceTemplate", "metadata", "name"]?.string {
                service(subject, name, [("postgres", 5432)])
            }
        }
        serviceAccounts.insert(Place(subject.namespace, subject.name))
        pods(
            subject, ["cnpg.io/cluster": subject.name, "cnpg.io/podRole": "instance", "postgresql": subject.name],
            open: ["role", "cnpg.io/instanceRole", "cnpg.io/instanceName", "cnpg.io/jobRole"],
            ports: ["postgresql", "metrics", "status"])
    }

    private mutating func addPooler(_ subject: Subject) {
        service(subject, subject.name, [("pgbouncer", 5432)])
        var labels = ["cnpg.io/poolerName": subject.name, "cnpg.io/podRole": "pooler"]
        labels["cnpg.io/cluster"] = subject.root[path: "spec", "cluster", "name"]?.string
        labels.merge(subject.root[path: "spec", "template", "metadata", "labels"]?.texts ?? [:]) { $1 }
        pods(subject, labels, ports: ["pgbouncer", "metrics"])
    }

    /// Elastic's operator: `NAME-es-http` and its certificates, the user `elastic`, pods by cluster.
    private mutating func addElastic(_ subject: Subject, _ short: String, port: Int) {
        service(subject, "\(subject.name)-\(short)-http", [("https", port), ("http", port)])
        for suffix in ["transport", "internal-http"] { service(subject, "\(subject.name)-\(short)-\(suffix)", []) }
        let sets = subject.root[path: "spec", "nodeSets"]?.items ?? []
        for set in sets { service(subject, "\(subject.name)-\(short)-\(set["name"]?.string ?? "")", []) }
        for suffix in [
            "elastic-user", "http-certs-public", "http-certs-internal", "http-ca-internal", "transport-certs-public",
            "internal-users",
        ] {
            secret(subject, "\(subject.name)-\(short)-\(suffix)")
        }
        let type = subject.kind.kind.lowercased()
        for template in sets.isEmpty ? [subject.root] : sets {
            var labels = ["common.k8s.elastic.co/type": type, "\(type).k8s.elastic.co/cluster-name": subject.name]
            if type != "elasticsearch" {
                labels = ["common.k8s.elastic.co/type": type, "\(type).k8s.elastic.co/name": subject.name]
            }
            let own = template["podTemplate"] ?? template[path: "spec", "podTemplate"]
            labels.merge(own?[path: "metadata", "labels"]?.texts ?? [:]) { $1 }
            pods(
                subject, labels, open: ["\(type).k8s.elastic.co/statefulset-name"],
                ports: ["https", "http", "transport"])
        }
    }

    /// Percona's operator for MongoDB: a Service for each replica set, users and certificates, pods by component.
    private mutating func addPerconaMongoDB(_ subject: Subject) {
        let sets = (subject.root[path: "spec", "replsets"]?.items ?? []).compactMap { $0["name"]?.string }
        let ports = [("mongodb", 27017)]
        for set in sets + ["mongos", "cfg"] { service(subject, "\(subject.name)-\(set)", ports) }
        let secrets = subject.root[path: "spec", "secrets"]
        for (_, name) in secrets?.members ?? [] { if let name = name.string { secret(subject, name) } }
        for suffix in ["secrets", "ssl", "ssl-internal", "mongodb-encryption-key", "mongodb-keyfile", "users"] {
            secret(subject, "\(subject.name)-\(suffix)")
        }
        secret(subject, "internal-\(subject.name)-users")
        let operatorLabels = [
            "app.kubernetes.io/managed-by": "percona-server-mongodb-operator",
            "app.kubernetes.io/name": "percona-server-mongodb", "app.kubernetes.io/part-of": "percona-server-mongodb",
            "app.kubernetes.io/instance": subject.name,
        ]
        for set in subject.root[path: "spec", "replsets"]?.items ?? [] {
            var labels = operatorLabels
            labels.merge(set["labels"]?.texts ?? [:]) { $1 }
            labels["app.kubernetes.io/replset"] = set["name"]?.string
            let sidecars = (set["sidecars"]?.items ?? []).flatMap { $0["ports"]?.items ?? [] }.compactMap {
                $0["name"]?.string
            }
            pods(subject, labels, open: ["app.kubernetes.io/component"], ports: Set(sidecars + ["mongodb"]))
        }
        for component in ["mongos", "cfg"] {
            pods(
                subject, operatorLabels, open: ["app.kubernetes.io/component", "app.kubernetes.io/replset"],
                ports: ["mongodb", component])
        }
    }

    /// Spotahome's operator: `rfs-` for the sentinels, `rfr-` for the servers, pods by component.
    private mutating func addRedisFailover(_ subject: Subject) {
        service(subject, "rfs-\(subject.name)", [("sentinel", 26379)])
        for prefix in ["rfr", "rfrm", "rfrs"] {
            service(subject, "\(prefix)-\(subject.name)", [("redis", 6379), ("http-metrics", 9121)])
        }
        for component in ["redis", "sentinel"] {
            pods(
                subject,
                [
                    "app.kubernetes.io/name": subject.name, "app.kubernetes.io/component": component,
                    "app.kubernetes.io/part-of": "redis-failover", "app.kubernetes.io/managed-by": "redis-operator",
                    "redisfailovers.databases.spotahome.com/name": subject.name,
                ], open: ["redisfailovers-role"],
                ports: component == "redis" ? ["redis", "metrics", "http-metrics"] : ["sentinel", "metrics"])
        }
    }

    /// Zalando's operator for PostgreSQL: a Secret for each user, Services for the primary, the replicas and the
    /// pooler.
    private mutating func addZalando(_ subject: Subject) {
        for suffix in ["", "-repl", "-pooler", "-pooler-repl", "-config"] {
            service(subject, subject.name + suffix, [("postgresql", 5432)])
        }
        let spec = subject.root["spec"]
        var users = ["postgres", "standby", "pooler"] + (spec?["users"]?.members ?? []).map(\.key)
        users += (spec?["preparedDatabases"]?.members ?? []).flatMap {
            ["\($0.key)_owner", "\($0.key)_owner_user", "\($0.key)_reader_user", "\($0.key)_writer_user"]
        }
        for user in users {
            let name = String(user.map { $0 == "_" ? "-" : $0 })
            secret(
                subject, "\(name).\(subject.name).credentials.postgresql.acid.zalan.do", keys: ["username", "password"])
        }
        serviceAccounts.insert(Place(subject.namespace, "postgres-pod"))
        let sidecars = (spec?["sidecars"]?.items ?? []).flatMap { $0["ports"]?.items ?? [] }.compactMap {
            $0["name"]?.string
        }
        var labels = ["application": "spilo", "cluster-name": subject.name]
        labels["team"] = spec?["teamId"]?.string
        // Which labels of the resource pods inherit is the operator's configuration.
        labels.merge(subject.root[path: "metadata", "labels"]?.texts ?? [:]) { own, _ in own }
        pods(subject, labels, open: ["spilo-role"], ports: Set(sidecars + ["postgresql", "patroni"]))
        pods(
            subject, ["application": "db-connection-pooler", "cluster-name": subject.name], open: ["connection-pooler"])
    }

    private mutating func addMonitoring(_ subject: Subject, _ component: String, port: Int) {
        service(subject, "\(component)-operated", [("web", port), ("http-web", port)])
        var labels = [
            "app.kubernetes.io/name": component, "app.kubernetes.io/instance": subject.name,
            "app.kubernetes.io/managed-by": "prometheus-operator", component: subject.name,
        ]
        labels.merge(subject.root[path: "spec", "podMetadata", "labels"]?.texts ?? [:]) { $1 }
        pods(
            subject, labels, open: ["operator.prometheus.io/name", "operator.prometheus.io/shard"],
            ports: ["web", "http-web"])
    }
}
