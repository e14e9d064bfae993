// Which rule judges which kind: the Application's own rules first, then those written for a kind, then kstatus for all
// the rest.

package import Manifest

/// The rules by which objects are judged.
package struct HealthRules: Sendable, Hashable {
    /// What the Application says of its own kinds; it goes before what is built in.
    package var custom: [GroupKind: CustomHealth]

    package init(custom: [GroupKind: CustomHealth] = [:]) {
        self.custom = custom
    }

    /// The health of a live object.
    ///
    /// - Parameter companions: the objects that `companions(of:)` names, as far as they are there; nil where nobody has
    ///   looked for them.
    package func health(of live: Value, companions: [Value]? = nil) -> Health {
        if live[path: "metadata", "deletionTimestamp"] != nil {
            let finalizers = live[path: "metadata", "finalizers"]?.array?.compactMap(\.string) ?? []
            return .progressing(
                finalizers.isEmpty ? "being deleted" : "being deleted, waits for \(finalizers.joined(separator: ", "))")
        }
        return work(of: live, companions: companions)
    }

    /// How far an object's work is, even while it is being deleted: a Job that has ended is done, whoever removes it.
    package func work(of live: Value, companions: [Value]? = nil) -> Health {
        if let generation = live[path: "metadata", "generation"]?.int,
            let observed = live[path: "status", "observedGeneration"]?.int, observed < generation
        {
            return .progressing("the change is not observed yet")
        }
        let kind = KubernetesObject(live).gvk.groupKind
        if let rule = custom[kind] { return rule.health(of: live) }
        if kind == Self.redisFailover { return Health.ofRedisFailover(live, companions: companions) }
        var health = Self.rules[kind]?(live) ?? Health.ofAnyKind(live)
        // Nobody has said a word about a custom resource: its operator may not run here at all, as in a sandbox.
        let isSilent = live["status"]?.isEmpty ?? true
        if isSilent, health.status == .progressing, Schema.kubernetes.type(of: KubernetesObject(live).gvk) == nil {
            health.isAwaited = false
        }
        return health
    }

    /// How far a hook is: one that runs has to end, and end well.
    func hookHealth(of live: Value) -> Health {
        let phase = live.statusText("phase")
        switch KubernetesObject(live).gvk.groupKind {
        case GroupKind(group: "", kind: "Pod") where phase == "Running" && PodTrouble.found(in: live) == nil:
            return .progressing("the pod is running")
        case GroupKind(group: "argoproj.io", kind: "Workflow"):
            if phase == "Succeeded" { return .healthy }
            let message = live.statusText("message").map { ": \($0)" } ?? ""
            return ["Failed", "Error"].contains(phase)
                ? .degraded("the workflow ended as \(phase ?? "")\(message)", isFinal: true)
                : .progressing("the workflow is \(phase?.lowercased() ?? "starting")")
        default: return work(of: live)
        }
    }

    /// The objects that have to be read to judge one that says nothing of itself.
    package func companions(of reference: ObjectReference) -> [ObjectReference] {
        let kind = reference.gvk.groupKind
        return kind == Self.redisFailover && custom[kind] == nil ? Health.companions(ofRedisFailover: reference) : []
    }

    private static let redisFailover = GroupKind(group: "databases.spotahome.com", kind: "RedisFailover")

    private typealias Rule = @Sendable (Value) -> Health

    private static let rules: [GroupKind: Rule] = {
        var rules: [GroupKind: Rule] = [:]
        func add(_ group: String, _ kinds: [String: Rule]) {
            for (kind, rule) in kinds { rules[GroupKind(group: group, kind: kind)] = rule }
        }
        add(
            "",
            [
                "Namespace": Health.ofNamespace, "PersistentVolume": Health.ofPersistentVolume,
                "PersistentVolumeClaim": Health.ofPersistentVolumeClaim, "Pod": Health.ofPod,
                "ReplicationController": Health.ofReplicaSet, "Service": Health.ofService,
            ])
        add(
            "apps",
            [
                "DaemonSet": Health.ofDaemonSet, "Deployment": Health.ofDeployment, "ReplicaSet": Health.ofReplicaSet,
                "StatefulSet": Health.ofStatefulSet,
            ])
        add("batch", ["CronJob": Health.ofCronJob, "Job": Health.ofJob])
        add("autoscaling", ["HorizontalPodAutoscaler": Health.ofHorizontalPodAutoscaler])
        add("policy", ["PodDisruptionBudget": Health.ofPodDisruptionBudget])
        add("networking.k8s.io", ["Ingress": Health.ofIngress])
        add("apiextensions.k8s.io", ["CustomResourceDefinition": Health.ofCustomResourceDefinition])
        add("apiregistration.k8s.io", ["APIService": Health.ofAPIService])

        add("acid.zalan.do", ["postgresql": Health.ofZalandoPostgresql])
        add("bitnami.com", ["SealedSecret": Health.ofSealedSecret])
        add(
            "cert-manager.io",
            [
                "Certificate": Health.ofCertificate, "CertificateRequest": Health.ofCertificateRequest,
                "ClusterIssuer": Health.ofIssuer, "Issuer": Health.ofIssuer,
            ])
        add("acme.cert-manager.io", ["Challenge": Health.ofACME, "Order": Health.ofACME])
        add(
            "external-secrets.io",
            [
                "ClusterExternalSecret": Health.ofExternalSecret, "ClusterSecretStore": Health.ofSecretStore,
                "ExternalSecret": Health.ofExternalSecret, "PushSecret": Health.ofExternalSecret,
                "SecretStore": Health.ofSecretStore,
            ])
        add(
            "monitoring.coreos.com",
            [
                "Alertmanager": Health.ofPrometheus, "Prometheus": Health.ofPrometheus,
                "PrometheusAgent": Health.ofPrometheus, "ThanosRuler": Health.ofPrometheus,
                "AlertmanagerConfig": Health.ofMonitoringConfiguration, "PodMonitor": Health.ofMonitoringConfiguration,
                "Probe": Health.ofMonitoringConfiguration, "PrometheusRule": Health.ofMonitoringConfiguration,
                "ScrapeConfig": Health.ofMonitoringConfiguration, "ServiceMonitor": Health.ofMonitoringConfiguration,
            ])
        add(
            "postgresql.cnpg.io",
            [
                "Backup": Health.ofCloudNativePGBackup, "Cluster": Health.ofCloudNativePGCluster,
                "Database": Health.ofCloudNativePGDatabase, "Pooler": Health.ofCloudNativePGPooler,
                "Publication": Health.ofCloudNativePGDatabase, "ScheduledBackup": Health.ofCloudNativePGScheduledBackup,
                "Subscription": Health.ofCloudNativePGDatabase,
            ])
        add(
            "psmdb.percona.com",
            [
                "PerconaServerMongoDB": Health.ofPerconaServerMongoDB,
                "PerconaServerMongoDBBackup": Health.ofPerconaServerMongoDBTask,
                "PerconaServerMongoDBRestore": Health.ofPerconaServerMongoDBTask,
            ])
        add("elasticsearch.k8s.elastic.co", ["Elasticsearch": Health.ofElasticsearch])
        for (group, kind) in [
            ("agent", "Agent"), ("apm", "ApmServer"), ("beat", "Beat"), ("enterprisesearch", "EnterpriseSearch"),
            ("kibana", "Kibana"), ("logstash", "Logstash"), ("maps", "ElasticMapsServer"),
        ] {
            add("\(group).k8s.elastic.co", [kind: Health.ofElasticApplication])
        }
        return rules
    }()
}

extension Health {
    /// The health of a live object by the built-in rules alone.
    package init(of live: Value) { self = HealthRules().health(of: live) }
}
