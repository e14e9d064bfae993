// What an object says after the server has filled in what its writer left out, kind by kind. The values are those of
// the real server's defaults.go files and of its mutating strategies; those that the schema names are filled in while
// reading.

import Manifest

extension Value {
    /// Gives a key a value where it has none.
    mutating func fill(_ key: String, _ value: Value) {
        guard self[key] == nil else { return }
        self[key] = value
    }

    /// Changes the value of a key where it has one.
    mutating func change(_ key: String, _ body: (inout Value) -> Void) {
        guard var value = self[key] else { return }
        self[key] = .null
        body(&value)
        self[key] = value
    }

    /// Changes every item of a list.
    mutating func changeItems(_ key: String, _ body: (inout Value) -> Void) {
        guard case .array(var items)? = self[key] else { return }
        self[key] = .null
        for index in items.indices { body(&items[index]) }
        self[key] = .array(items)
    }
}

extension KubernetesAPIServer {
    /// An object in the call's version with all defaults.
    func defaulted(_ value: Value, _ call: ResourceRequest, old: Value?) -> Value {
        if let served = call.resource.custom?.versions[call.version] { return served.structural.defaulted(value) }
        var value = value
        if call.version == call.resource.storageVersion {
            Defaults.fill(&value, kind: call.resource.kind, group: call.resource.group, old: old)
        } else if call.resource.kind == "HorizontalPodAutoscaler" {
            value["spec"]?.fill("minReplicas", 1)
        }
        // What the schema always holds, for objects that were not decoded by it, as after an apply.
        if let type = Schema.kubernetes.type(of: call.gvk) {
            var reading = TypedReading()
            value = reading.read(value, type)
        }
        return value
    }
}

enum Defaults {
    static func fill(_ value: inout Value, kind: String, group: String, old: Value?) {
        switch (group, kind) {
        case ("", "Pod"): PodDefaults.fillPod(&value)
        case ("", "PodTemplate"): value.change("template") { $0.change("spec", PodDefaults.fill) }
        case ("", "Service"): service(&value, old: old)
        case ("", "Secret"): secret(&value)
        case ("", "Namespace"): namespace(&value)
        case ("", "PersistentVolumeClaim"): claim(&value)
        case ("", "PersistentVolume"): volume(&value)
        case ("", "ReplicationController"): replicationController(&value)
        case ("apps", "Deployment"): deployment(&value)
        case ("apps", "StatefulSet"): statefulSet(&value)
        case ("apps", "DaemonSet"): daemonSet(&value, old: old)
        case ("apps", "ReplicaSet"):
            value.change("spec") { spec in
                spec.fill("replicas", 1)
                spec.change("template") { $0.change("spec", PodDefaults.fill) }
            }
            if value["status"]?["replicas"] == nil { value["status"]?["replicas"] = 0 }
        case ("batch", "Job"): job(&value)
        case ("batch", "CronJob"): cronJob(&value)
        default: PolicyDefaults.fill(&value, kind: kind, group: group)
        }
    }

    private static func template(_ spec: inout Value) {
        spec.change("template") { template in
            template.fill("spec", [:])
            template.change("spec", PodDefaults.fill)
        }
    }

    private static func deployment(_ value: inout Value) {
        value.change("spec") { spec in
            spec.fill("replicas", 1)
            template(&spec)
            spec.fill("strategy", [:])
            spec.change("strategy") { strategy in
                if strategy["type"]?.string ?? "" == "" { strategy["type"] = "RollingUpdate" }
                if strategy["type"]?.string == "RollingUpdate" {
                    strategy.fill("rollingUpdate", [:])
                    strategy.change("rollingUpdate") {
                        $0.fill("maxUnavailable", "25%")
                        $0.fill("maxSurge", "25%")
                    }
                }
            }
            spec.fill("revisionHistoryLimit", 10)
            spec.fill("progressDeadlineSeconds", 600)
        }
    }

    private static func statefulSet(_ value: inout Value) {
        value.change("spec") { spec in
            spec.fill("podManagementPolicy", "OrderedReady")
            spec.fill("updateStrategy", [:])
            spec.change("updateStrategy") { strategy in
                if strategy["type"]?.string ?? "" == "" { strategy["type"] = "RollingUpdate" }
                if strategy["type"]?.string == "RollingUpdate" {
                    strategy.fill("rollingUpdate", [:])
                    strategy.change("rollingUpdate") { $0.fill("partition", 0) }
                }
            }
            spec.fill("persistentVolumeClaimRetentionPolicy", [:])
            spec.change("persistentVolumeClaimRetentionPolicy") {
                $0.fill("whenDeleted", "Retain")
                $0.fill("whenScaled", "Retain")
            }
            spec.fill("replicas", 1)
            spec.fill("revisionHistoryLimit", 10)
            template(&spec)
            spec.changeItems("volumeClaimTemplates") { claim in
                claim["apiVersion"] = "v1"
                claim["kind"] = "PersistentVolumeClaim"
                self.claim(&claim)
            }
        }
        if value["status"] != nil {
            value["status"]?.fill("replicas", 0)
            value["status"]?.fill("availableReplicas", 0)
        }
    }

    private static func daemonSet(_ value: inout Value, old: Value?) {
        value.change("spec") { spec in
            spec.fill("updateStrategy", [:])
            spec.change("updateStrategy") { strategy in
                if strategy["type"]?.string ?? "" == "" { strategy["type"] = "RollingUpdate" }
                if strategy["type"]?.string == "RollingUpdate" {
                    strategy.fill("rollingUpdate", [:])
                    strategy.change("rollingUpdate") {
                        $0.fill("maxUnavailable", 1)
                        $0.fill("maxSurge", 0)
                    }
                }
            }
            spec.fill("revisionHistoryLimit", 10)
            template(&spec)
        }
        templateGeneration(&value, old: old)
    }

    /// The number of the template, which daemon sets keep as an annotation since it left the API.
    private static func templateGeneration(_ value: inout Value, old: Value?) {
        let name = "deprecated.daemonset.template.generation"
        let before = old?[path: "metadata", "annotations"]?[name]?.string.flatMap { Int($0) } ?? 0
        let isChanged = old?[path: "spec", "template"] != value[path: "spec", "template"]
        value["metadata"]?.fill("annotations", [:])
        value["metadata"]?["annotations"]?[name] = .string(String(max(1, isChanged ? before + 1 : before)))
    }

    private static func replicationController(_ value: inout Value) {
        let labels = value[path: "spec", "template", "metadata", "labels"]
        value.change("spec") { spec in
            spec.fill("replicas", 1)
            if let labels { spec.fill("selector", labels) }
            template(&spec)
        }
    }

    private static func job(_ value: inout Value) {
        value.change("spec") { spec in
            if spec["completions"] == nil, spec["parallelism"] == nil {
                spec["completions"] = 1
                spec["parallelism"] = 1
            }
            spec.fill("parallelism", 1)
            spec.fill("backoffLimit", 6)
            spec.fill("completionMode", "NonIndexed")
            spec.fill("suspend", false)
            spec.fill("manualSelector", false)
            if spec["podFailurePolicy"] != nil {
                spec.fill("podReplacementPolicy", "Failed")
            } else {
                spec.fill("podReplacementPolicy", "TerminatingOrFailed")
            }
            if spec["manualSelector"]?.bool == false { spec["manualSelector"] = nil }
            template(&spec)
        }
    }

    private static func cronJob(_ value: inout Value) {
        value.change("spec") { spec in
            spec.fill("concurrencyPolicy", "Allow")
            spec.fill("suspend", false)
            spec.fill("successfulJobsHistoryLimit", 3)
            spec.fill("failedJobsHistoryLimit", 1)
            spec.change("jobTemplate") { $0.change("spec", template) }
        }
    }

    private static func service(_ value: inout Value, old: Value?) {
        value.fill("spec", [:])
        value.change("spec") { spec in
            spec.fill("type", "ClusterIP")
            spec.fill("sessionAffinity", "None")
            if spec["sessionAffinity"]?.string == "ClientIP" {
                spec.fill("sessionAffinityConfig", ["clientIP": ["timeoutSeconds": 10800]])
            } else {
                spec["sessionAffinityConfig"] = nil
            }
            spec.changeItems("ports") { port in
                port.fill("protocol", "TCP")
                if let number = port["port"] { port.fill("targetPort", number) }
                if port[path: "targetPort"]?.scalar.map({ $0.text == "0" || $0.text.isEmpty }) ?? false {
                    port["targetPort"] = port["port"]
                }
            }
            let type = spec["type"]?.string
            if type != "ExternalName" { spec.fill("internalTrafficPolicy", "Cluster") }
            if type == "NodePort" || type == "LoadBalancer" { spec.fill("externalTrafficPolicy", "Cluster") }
            if type == "LoadBalancer" { spec.fill("allocateLoadBalancerNodePorts", true) }
            // An update that says nothing of the addresses keeps them.
            if let before = old?["spec"], type != "ExternalName", before["type"]?.string != "ExternalName" {
                for key in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]
                where spec[key]?.isEmpty ?? true || spec[key]?.string == "" {
                    spec[key] = before[key]
                }
                keepNodePorts(&spec, before)
            }
        }
    }

    private static func keepNodePorts(_ spec: inout Value, _ before: Value) {
        guard ["NodePort", "LoadBalancer"].contains(spec["type"]?.string) else { return }
        let known = before["ports"]?.array ?? []
        spec.changeItems("ports") { port in
            guard port["nodePort"]?.int ?? 0 == 0 else { return }
            let twin = known.first { $0["port"] == port["port"] && $0["protocol"] == port["protocol"] }
            if let number = twin?["nodePort"] { port["nodePort"] = number }
        }
    }

    private static func secret(_ value: inout Value) {
        value.fill("type", "Opaque")
        guard let texts = value["stringData"]?.object else { return }
        value.fill("data", [:])
        for entry in texts.entries {
            value["data"]?[entry.key] = .string(Base64.encode(Array((entry.value.string ?? "").utf8)))
        }
        value["stringData"] = nil
    }

    private static func namespace(_ value: inout Value) {
        value.fill("metadata", [:])
        value.fill("spec", [:])
        if let name = value[path: "metadata", "name"] {
            value["metadata"]?.fill("labels", [:])
            value["metadata"]?["labels"]?["kubernetes.io/metadata.name"] = name
        }
        value.fill("status", [:])
        value["status"]?.fill("phase", "Active")
    }

    static func claim(_ value: inout Value) {
        value.fill("spec", [:])
        value["spec"]?.fill("volumeMode", "Filesystem")
        value.fill("status", [:])
        value["status"]?.fill("phase", "Pending")
    }

    private static func volume(_ value: inout Value) {
        value.change("spec") { spec in
            spec.fill("persistentVolumeReclaimPolicy", "Retain")
            spec.fill("volumeMode", "Filesystem")
            spec.change("hostPath") { $0.fill("type", "") }
        }
        value.fill("status", [:])
        value["status"]?.fill("phase", "Pending")
    }
}
