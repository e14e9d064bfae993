// What an update may not change, kind by kind.

import Manifest

enum ImmutableFields {
    private static let message = "field is immutable"

    static func errors(_ value: Value, _ old: Value, _ resource: Resource) -> [FieldError] {
        switch (resource.group, resource.kind) {
        case ("apps", "Deployment"), ("apps", "DaemonSet"), ("apps", "ReplicaSet"):
            return unchanged(value, old, ["spec", "selector"])
        case ("apps", "StatefulSet"): return statefulSet(value, old)
        case ("batch", "Job"):
            return unchanged(value, old, ["spec", "selector"]) + unchanged(value, old, ["spec", "template"])
                + unchanged(value, old, ["spec", "completionMode"])
        case ("", "Pod"): return pod(value, old)
        case ("", "PersistentVolumeClaim"): return claim(value, old)
        case ("", "Service"): return service(value, old)
        case ("", "Secret"):
            return unchanged(value, old, ["type"]) + frozen(value, old, "secret")
        case ("", "ConfigMap"): return frozen(value, old, "configmap")
        case ("rbac.authorization.k8s.io", "RoleBinding"), ("rbac.authorization.k8s.io", "ClusterRoleBinding"):
            guard value["roleRef"] != old["roleRef"] else { return [] }
            return [.invalid("roleRef", shown(value["roleRef"]), "cannot change roleRef")]
        case ("storage.k8s.io", "StorageClass"):
            return ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"].flatMap { key in
                value[key] == old[key] ? [] : [.forbidden(key, "updates to \(key) are forbidden.")]
            }
        case ("scheduling.k8s.io", "PriorityClass"):
            return value["value"] == old["value"] ? [] : [.forbidden("Value", "may not be changed in an update.")]
        default: return []
        }
    }

    private static func unchanged(_ value: Value, _ old: Value, _ path: [String]) -> [FieldError] {
        let new = value.value(at: path[...])
        guard new != old.value(at: path[...]) else { return [] }
        return [.invalid(path.joined(separator: "."), shown(new), message)]
    }

    private static func shown(_ value: Value?) -> String {
        value.map { String(decoding: JSON.write($0), as: UTF8.self) } ?? "null"
    }

    private static func statefulSet(_ value: Value, _ old: Value) -> [FieldError] {
        let changeable: Set<String> = [
            "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
            "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
        ]
        func fixed(_ value: Value) -> Object {
            var spec = value["spec"]?.object ?? Object()
            spec.entries.removeAll { changeable.contains($0.key) }
            return spec
        }
        guard fixed(value) != fixed(old) else { return [] }
        return [
            .forbidden(
                "spec",
                "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
            )
        ]
    }

    private static func pod(_ value: Value, _ old: Value) -> [FieldError] {
        func fixed(_ value: Value) -> Value {
            var spec = value["spec"] ?? [:]
            for key in [
                "activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "nodeName",
                "ephemeralContainers",
                "schedulingGates", "nodeSelector", "affinity",
            ] {
                spec[key] = nil
            }
            for key in ["containers", "initContainers"] {
                spec.changeItems(key) {
                    $0["image"] = nil
                    $0["imagePullPolicy"] = nil
                }
            }
            return spec
        }
        guard fixed(value) != fixed(old) else { return [] }
        return [
            .forbidden(
                "spec",
                "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
            )
        ]
    }

    private static func claim(_ value: Value, _ old: Value) -> [FieldError] {
        func fixed(_ value: Value) -> Value {
            var spec = value["spec"] ?? [:]
            spec["resources"] = nil
            spec["volumeName"] = nil
            spec["volumeAttributesClassName"] = nil
            return spec
        }
        var errors: [FieldError] = []
        if fixed(value) != fixed(old) {
            errors.append(
                .forbidden(
                    "spec",
                    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
                ))
        }
        let path = ["spec", "resources", "requests", "storage"]
        if let new = value.value(at: path[...])?.scalar.flatMap({ Quantity($0.text) }),
            let before = old.value(at: path[...])?.scalar.flatMap({ Quantity($0.text) }), new < before
        {
            errors.append(.forbidden("spec.resources.requests.storage", "field can not be less than status.capacity"))
        }
        return errors
    }

    private static func service(_ value: Value, _ old: Value) -> [FieldError] {
        let before = old[path: "spec", "clusterIP"]?.string ?? ""
        let after = value[path: "spec", "clusterIP"]?.string ?? ""
        guard !before.isEmpty, before != after, value[path: "spec", "type"]?.string != "ExternalName",
            old[path: "spec", "type"]?.string != "ExternalName"
        else { return [] }
        return [
            .invalid("spec.clusterIPs[0]", "[\(quoted(after))]", "may not change once set")
        ]
    }

    private static func frozen(_ value: Value, _ old: Value, _ kind: String) -> [FieldError] {
        guard old["immutable"]?.bool ?? false else { return [] }
        var errors: [FieldError] = []
        if value["immutable"]?.bool != true {
            errors.append(.forbidden("immutable", "field is immutable when `immutable` is set"))
        }
        for part in ["data", "binaryData"] where value[part] != old[part] {
            errors.append(.forbidden(part, "field is immutable when `immutable` is set"))
        }
        return errors
    }
}
