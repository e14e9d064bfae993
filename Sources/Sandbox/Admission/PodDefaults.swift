// The defaults of pods and of the pod templates that every workload carries.

import Manifest

enum PodDefaults {
    /// A pod of its own, as opposed to a template.
    static func fillPod(_ value: inout Value) {
        value.fill("spec", [:])
        value.change("spec") { spec in
            fill(&spec)
            spec.fill("enableServiceLinks", true)
            for key in ["containers", "initContainers"] { spec.changeItems(key, requestsFromLimits) }
        }
    }

    /// What admission gives to a pod, which nobody owns.
    static func admit(_ value: inout Value) {
        value.change("spec") { spec in
            if spec["serviceAccountName"]?.string ?? "" == "" {
                spec["serviceAccountName"] = "default"
                spec["serviceAccount"] = "default"
            }
            spec.fill("priority", 0)
            spec.fill("preemptionPolicy", "PreemptLowerPriority")
            spec.fill(
                "tolerations",
                .array(
                    ["not-ready", "unreachable"].map { condition in
                        [
                            "key": .string("node.kubernetes.io/\(condition)"), "operator": "Exists",
                            "effect": "NoExecute",
                            "tolerationSeconds": 300,
                        ]
                    }))
        }
        value.fill("status", [:])
        value["status"]?.fill("phase", "Pending")
        let quality = qualityOfService(value["spec"] ?? [:])
        value["status"]?.fill("qosClass", .string(quality))
    }

    static func fill(_ spec: inout Value) {
        spec.fill("restartPolicy", "Always")
        spec.fill("terminationGracePeriodSeconds", 30)
        spec.fill("dnsPolicy", "ClusterFirst")
        spec.fill("securityContext", [:])
        spec.fill("schedulerName", "default-scheduler")
        // The deprecated twin is kept equal.
        if let account = spec["serviceAccountName"] ?? spec["serviceAccount"], account.string != "" {
            spec["serviceAccountName"] = account
            spec["serviceAccount"] = account
        }
        let isOnHostNetwork = spec["hostNetwork"]?.bool ?? false
        for key in ["initContainers", "containers", "ephemeralContainers"] {
            spec.changeItems(key) { container(&$0, isOnHostNetwork) }
        }
        spec.changeItems("volumes", volume)
    }

    private static func container(_ container: inout Value, _ isOnHostNetwork: Bool) {
        container.fill("terminationMessagePath", "/dev/termination-log")
        container.fill("terminationMessagePolicy", "File")
        let image = container["image"]?.string ?? ""
        container.fill("imagePullPolicy", isLatest(image) ? "Always" : "IfNotPresent")
        container.changeItems("ports") { port in
            port.fill("protocol", "TCP")
            if isOnHostNetwork, let number = port["containerPort"] { port.fill("hostPort", number) }
        }
        for key in ["livenessProbe", "readinessProbe", "startupProbe"] { container.change(key, probe) }
        container.change("lifecycle") { lifecycle in
            for key in ["postStart", "preStop"] { lifecycle.change(key) { $0.change("httpGet", httpGet) } }
        }
        container.changeItems("env") { variable in
            variable.change("valueFrom") { $0.change("fieldRef") { $0.fill("apiVersion", "v1") } }
        }
    }

    /// Whether an image has no tag or digest, or the tag `latest`.
    private static func isLatest(_ image: String) -> Bool {
        if image.contains("@") { return false }
        let last = image.split(separator: "/").last ?? ""
        guard let colon = last.lastIndex(of: ":") else { return true }
        return last[last.index(after: colon)...] == "latest"
    }

    private static func probe(_ probe: inout Value) {
        probe.fill("timeoutSeconds", 1)
        probe.fill("periodSeconds", 10)
        probe.fill("successThreshold", 1)
        probe.fill("failureThreshold", 3)
        // Zero stands for the default where Go cannot tell it from absent.
        for (key, value) in [
            ("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3),
        ]
        where probe[key]?.int == 0 {
            probe[key] = .int(value)
        }
        probe.change("httpGet", httpGet)
        probe.change("grpc") { $0.fill("service", "") }
    }

    private static func httpGet(_ action: inout Value) {
        action.fill("path", "/")
        action.fill("scheme", "HTTP")
    }

    private static func volume(_ volume: inout Value) {
        if volume.object?.count == 1, volume["name"] != nil { volume["emptyDir"] = [:] }
        for key in ["secret", "configMap"] { volume.change(key) { $0.fill("defaultMode", 420) } }
        volume.change("downwardAPI") { source in
            source.fill("defaultMode", 420)
            source.changeItems("items") { $0.change("fieldRef") { $0.fill("apiVersion", "v1") } }
        }
        volume.change("projected") { source in
            source.fill("defaultMode", 420)
            source.changeItems("sources") { part in
                part.change("serviceAccountToken") { $0.fill("expirationSeconds", 3600) }
                part.change("downwardAPI") {
                    $0.changeItems("items") { $0.change("fieldRef") { $0.fill("apiVersion", "v1") } }
                }
            }
        }
        volume.change("hostPath") { $0.fill("type", "") }
        volume.change("ephemeral") { source in
            source.change("volumeClaimTemplate") { $0.change("spec") { $0.fill("volumeMode", "Filesystem") } }
        }
    }

    private static func requestsFromLimits(_ container: inout Value) {
        guard let limits = container[path: "resources", "limits"]?.object else { return }
        container["resources"]?.fill("requests", [:])
        for limit in limits.entries { container["resources"]?["requests"]?.fill(limit.key, limit.value) }
    }

    /// Guaranteed, Burstable or BestEffort, by the requests and limits of cpu and memory.
    static func qualityOfService(_ spec: Value) -> String {
        var hasAny = false
        var isGuaranteed = true
        for container in (spec["containers"]?.array ?? []) + (spec["initContainers"]?.array ?? []) {
            for name in ["cpu", "memory"] {
                let request = container[path: "resources", "requests"]?[name]
                let limit = container[path: "resources", "limits"]?[name]
                if request != nil || limit != nil { hasAny = true }
                if limit == nil || request != limit { isGuaranteed = false }
            }
        }
        if !hasAny { return "BestEffort" }
        return isGuaranteed ? "Guaranteed" : "Burstable"
    }
}
