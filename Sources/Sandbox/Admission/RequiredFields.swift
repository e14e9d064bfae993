// What built-in objects cannot do without: the checks of the real server's validation that people meet.

import Manifest

enum RequiredFields {
    static func errors(_ value: Value, _ resource: Resource) -> [FieldError] {
        var errors: [FieldError] = []
        let spec = value["spec"] ?? [:]
        switch (resource.group, resource.kind) {
        case ("", "Pod"): pod(spec, "spec", &errors)
        case ("apps", "Deployment"), ("apps", "DaemonSet"), ("apps", "StatefulSet"), ("apps", "ReplicaSet"):
            workload(spec, &errors, checksMounts: resource.kind != "StatefulSet")
        case ("batch", "Job"): job(spec, "spec", &errors)
        case ("batch", "CronJob"):
            if spec["schedule"]?.string ?? "" == "" { errors.append(.required("spec.schedule")) }
            job(spec[path: "jobTemplate", "spec"] ?? [:], "spec.jobTemplate.spec", &errors)
        case ("", "Service"): service(spec, &errors)
        case ("networking.k8s.io", "Ingress"): ingress(spec, &errors)
        case ("", "PersistentVolumeClaim"):
            if spec["accessModes"]?.isEmpty ?? true {
                errors.append(.required("spec.accessModes", "at least 1 access mode is required"))
            }
            if spec[path: "resources", "requests", "storage"] == nil {
                errors.append(.required("spec.resources[storage]"))
            }
        case ("rbac.authorization.k8s.io", "RoleBinding"), ("rbac.authorization.k8s.io", "ClusterRoleBinding"):
            if value[path: "roleRef", "name"]?.string ?? "" == "" { errors.append(.required("roleRef.name")) }
        case ("", "ResourceQuota"): errors += QuotaScopes.errors(value)
        case ("autoscaling", "HorizontalPodAutoscaler"): autoscaler(spec, &errors)
        case ("storage.k8s.io", "StorageClass"):
            if value["provisioner"]?.string ?? "" == "" { errors.append(.required("provisioner")) }
        case ("", "Secret"):
            data(value, &errors)
            errors += SecretTypes.errors(value)
        case ("", "ConfigMap"): data(value, &errors)
        case ("rbac.authorization.k8s.io", "Role"), ("rbac.authorization.k8s.io", "ClusterRole"):
            errors += RoleRules.errors(value, isNamespaced: resource.isNamespaced)
        case ("apps", "ControllerRevision"):
            if value["data"] == nil { errors.append(.required("data", "data is mandatory")) }
        default: break
        }
        return errors
    }

    private static func workload(_ spec: Value, _ errors: inout [FieldError], checksMounts: Bool) {
        if let replicas = spec["replicas"]?.int, replicas < 0 {
            errors.append(.invalid("spec.replicas", String(replicas), "must be greater than or equal to 0"))
        }
        let selector = PodSelector(spec["selector"])
        if spec["selector"] == nil {
            errors.append(.required("spec.selector"))
            let shown = spec[path: "template", "metadata", "labels"].map {
                String(decoding: JSON.write($0), as: UTF8.self)
            }
            errors.append(
                .invalid(
                    "spec.template.metadata.labels", shown ?? "null", "`selector` does not match template `labels`"))
        } else if selector.isEmpty {
            errors.append(.invalid("spec.selector", "{}", "empty selector is invalid for deployment"))
        }
        let labels = spec[path: "template", "metadata", "labels"]
        if spec["selector"] != nil, !selector.isEmpty, !selector.matches(labels: labels) {
            let shown = String(decoding: JSON.write(labels ?? [:]), as: UTF8.self)
            errors.append(
                .invalid("spec.template.metadata.labels", shown, "`selector` does not match template `labels`"))
        }
        if spec[path: "strategy", "type"]?.string == "Recreate", spec[path: "strategy", "rollingUpdate"] != nil {
            errors.append(
                .forbidden("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'"))
        }
        // The volumes of a StatefulSet's claims are not in its template.
        pod(spec[path: "template", "spec"] ?? [:], "spec.template.spec", &errors, checksMounts: checksMounts)
        if let policy = spec[path: "template", "spec", "restartPolicy"]?.string, policy != "Always" {
            errors.append(.notSupported("spec.template.spec.restartPolicy", quoted(policy), ["Always"]))
        }
    }

    private static func job(_ spec: Value, _ path: String, _ errors: inout [FieldError]) {
        pod(spec[path: "template", "spec"] ?? [:], "\(path).template.spec", &errors)
        if let policy = spec[path: "template", "spec", "restartPolicy"]?.string, policy == "Always" {
            errors.append(
                FieldError(
                    reason: .required, field: "\(path).template.spec.restartPolicy",
                    body: "Required value: valid values: \"OnFailure\", \"Never\""))
        }
    }

    static func pod(_ spec: Value, _ path: String, _ errors: inout [FieldError], checksMounts: Bool = true) {
        let containers = spec["containers"]?.array ?? []
        if containers.isEmpty { errors.append(.required("\(path).containers")) }
        for (index, name) in (spec["volumes"]?.array ?? []).enumerated() where name["name"]?.string ?? "" == "" {
            errors.append(.required("\(path).volumes[\(index)].name"))
        }
        let volumes = Set((spec["volumes"]?.array ?? []).compactMap { $0["name"]?.string })
        var names: Set<String> = []
        for key in ["containers", "initContainers"] {
            for (index, container) in (spec[key]?.array ?? []).enumerated() {
                let place = "\(path).\(key)[\(index)]"
                let name = container["name"]?.string ?? ""
                if name.isEmpty {
                    errors.append(.required("\(place).name"))
                } else if !NameRules.isLabel(name) {
                    errors.append(
                        .invalid(
                            "\(place).name", quoted(name),
                            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
                        ))
                } else if !names.insert(name).inserted {
                    errors.append(.duplicate("\(place).name", quoted(name)))
                }
                if container["image"]?.string ?? "" == "" { errors.append(.required("\(place).image")) }
                for (number, mount) in (container["volumeMounts"]?.array ?? []).enumerated() {
                    let volume = mount["name"]?.string ?? ""
                    if checksMounts, !volumes.contains(volume) {
                        let place = "\(place).volumeMounts[\(number)].name"
                        errors.append(FieldError(reason: .notFound, field: place, body: "Not found: \(quoted(volume))"))
                    }
                }
                resources(container["resources"], "\(place).resources", &errors)
            }
        }
    }

    /// Requests may not exceed limits.
    private static func resources(_ resources: Value?, _ place: String, _ errors: inout [FieldError]) {
        guard let requests = resources?["requests"]?.object, let limits = resources?["limits"]?.object else { return }
        for request in requests.entries {
            guard let limit = limits[request.key]?.scalar?.text, let asked = request.value.scalar?.text,
                let most = Quantity(limit), let wanted = Quantity(asked), most < wanted
            else { continue }
            errors.append(
                .invalid(
                    "\(place).requests", quoted(asked), "must be less than or equal to \(request.key) limit of \(limit)"
                ))
        }
    }

    private static func service(_ spec: Value, _ errors: inout [FieldError]) {
        let ports = spec["ports"]?.array ?? []
        let isHeadless = spec["clusterIP"]?.string == "None"
        if ports.isEmpty, !isHeadless, spec["type"]?.string != "ExternalName" { errors.append(.required("spec.ports")) }
        var names: Set<String> = []
        var numbers: Set<String> = []
        for (index, port) in ports.enumerated() {
            let name = port["name"]?.string ?? ""
            if !name.isEmpty, !names.insert(name).inserted {
                errors.append(.duplicate("spec.ports[\(index)].name", quoted(name)))
            }
            let address: Value = ["protocol": port["protocol"] ?? "TCP", "port": port["port"] ?? 0]
            let text = String(decoding: JSON.write(address), as: UTF8.self)
            if !numbers.insert(text).inserted { errors.append(.duplicate("spec.ports[\(index)]", text)) }
            let number = port["port"]?.int ?? 0
            if !(1...65535).contains(number) {
                errors.append(
                    .invalid("spec.ports[\(index)].port", String(number), "must be between 1 and 65535, inclusive"))
            }
            if let target = port["targetPort"]?.int, !(1...65535).contains(target) {
                errors.append(
                    .invalid(
                        "spec.ports[\(index)].targetPort", String(target), "must be between 1 and 65535, inclusive"))
            }
            if ports.count > 1, port["name"]?.string ?? "" == "" {
                errors.append(.required("spec.ports[\(index)].name"))
            }
        }
        if let type = spec["type"]?.string, !["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"].contains(type) {
            errors.append(
                .notSupported("spec.type", quoted(type), ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]))
        }
    }

    private static func ingress(_ spec: Value, _ errors: inout [FieldError]) {
        if spec["rules"]?.isEmpty ?? true, spec["defaultBackend"] == nil {
            errors.append(
                .invalid("spec", "[]", "either `defaultBackend` or `rules` must be specified"))
        }
        for (index, rule) in (spec["rules"]?.array ?? []).enumerated() {
            for (number, path) in (rule[path: "http", "paths"]?.array ?? []).enumerated() {
                let place = "spec.rules[\(index)].http.paths[\(number)]"
                let text = path["path"]?.string ?? ""
                switch path["pathType"]?.string {
                case nil: errors.append(.required("\(place).pathType", "pathType must be specified"))
                case "Exact", "Prefix":
                    if !text.hasPrefix("/") {
                        errors.append(.invalid("\(place).path", quoted(text), "must be an absolute path"))
                    }
                case "ImplementationSpecific": break
                case let other?:
                    errors.append(
                        .notSupported(
                            "\(place).pathType", quoted(other), ["Exact", "ImplementationSpecific", "Prefix"]))
                }
            }
        }
    }

    private static func autoscaler(_ spec: Value, _ errors: inout [FieldError]) {
        let most = spec["maxReplicas"]?.int ?? 0
        if most < 1 { errors.append(.invalid("spec.maxReplicas", String(most), "must be greater than 0")) }
        if let least = spec["minReplicas"]?.int, least > most {
            errors.append(
                .invalid("spec.maxReplicas", String(most), "must be greater than or equal to `minReplicas`"))
        }
        if spec[path: "scaleTargetRef", "name"]?.string ?? "" == "" {
            errors.append(.required("spec.scaleTargetRef.name"))
        }
        if spec[path: "scaleTargetRef", "kind"]?.string ?? "" == "" {
            errors.append(.required("spec.scaleTargetRef.kind"))
        }
    }

    private static func data(_ value: Value, _ errors: inout [FieldError]) {
        var size = 0
        for entry in value["data"]?.object?.entries ?? [] where value["binaryData"]?[entry.key] != nil {
            errors.append(.invalid("data[\(entry.key)]", quoted(entry.key), "duplicate of key present in binaryData"))
        }
        for part in ["data", "binaryData"] {
            for entry in value[part]?.object?.entries ?? [] {
                let isValid =
                    !entry.key.isEmpty && entry.key.utf8.count <= 253
                    && entry.key.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
                if !isValid {
                    errors.append(
                        .invalid(
                            "\(part)[\(entry.key)]", quoted(entry.key),
                            "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
                        ))
                }
                size += entry.value.string?.utf8.count ?? 0
            }
        }
        if size > 1 << 20 {
            errors.append(FieldError(reason: .tooLong, field: "", body: "Too long: may not be more than 1048576 bytes"))
        }
    }
}
