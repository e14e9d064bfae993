// What the well-known types of Secrets must hold.

import Manifest

enum SecretTypes {
    static func errors(_ secret: Value) -> [FieldError] {
        let data = secret["data"]
        func missing(_ keys: String...) -> [FieldError] {
            keys.filter { data?[$0] == nil }.map { .required("data[\($0)]") }
        }
        switch secret["type"]?.string {
        case "kubernetes.io/tls": return missing("tls.crt", "tls.key")
        case "kubernetes.io/dockerconfigjson": return missing(".dockerconfigjson")
        case "kubernetes.io/dockercfg": return missing(".dockercfg")
        case "kubernetes.io/ssh-auth": return missing("ssh-privatekey")
        case "kubernetes.io/basic-auth":
            if data?["username"] != nil || data?["password"] != nil { return [] }
            return missing("username", "password")
        case "kubernetes.io/service-account-token":
            if let account = secret[path: "metadata", "annotations"]?["kubernetes.io/service-account.name"]?.string,
                !account.isEmpty
            {
                return []
            }
            return [.required("metadata.annotations[kubernetes.io/service-account.name]")]
        default: return []
        }
    }
}

/// The rules of Roles and ClusterRoles.
enum RoleRules {
    static func errors(_ role: Value, isNamespaced: Bool) -> [FieldError] {
        var errors: [FieldError] = []
        for (index, rule) in (role["rules"]?.array ?? []).enumerated() {
            func isEmpty(_ key: String) -> Bool { rule[key]?.isEmpty ?? true }
            if isEmpty("verbs") {
                errors.append(.required("rules[\(index)].verbs", "verbs must contain at least one value"))
            }
            if !isEmpty("nonResourceURLs") {
                let shown = String(decoding: JSON.write(rule["nonResourceURLs"] ?? []), as: UTF8.self)
                if isNamespaced {
                    errors.append(
                        .invalid(
                            "rules[\(index)].nonResourceURLs", shown,
                            "namespaced rules cannot apply to non-resource URLs"))
                } else if !isEmpty("apiGroups") || !isEmpty("resources") || !isEmpty("resourceNames") {
                    errors.append(
                        .invalid(
                            "rules[\(index)].nonResourceURLs", shown,
                            "rules cannot apply to both regular resources and non-resource URLs"))
                }
                continue
            }
            if isEmpty("apiGroups") {
                errors.append(
                    .required("rules[\(index)].apiGroups", "resource rules must supply at least one api group"))
            }
            if isEmpty("resources") {
                errors.append(
                    .required("rules[\(index)].resources", "resource rules must supply at least one resource"))
            }
        }
        return errors
    }
}
