// The scopes of a ResourceQuota: which pods it counts. The rules are those of `pkg/quota/v1` and
// `pkg/apis/core/validation`.

import Manifest

/// What a quota asks of an object before it counts it; a quota without scopes counts everything.
struct QuotaScopes: Sendable {
    private struct Requirement: Sendable {
        var scope: String
        var operation: String
        var values: [String]
    }

    private let requirements: [Requirement]

    /// - Parameter spec: of the ResourceQuota.
    init(_ spec: Value?) {
        let plain = (spec?["scopes"]?.array ?? []).compactMap(\.string).map {
            Requirement(scope: $0, operation: "Exists", values: [])
        }
        requirements =
            plain
            + (spec?[path: "scopeSelector", "matchExpressions"]?.array ?? []).map { expression in
                Requirement(
                    scope: expression["scopeName"]?.string ?? "", operation: expression["operator"]?.string ?? "",
                    values: (expression["values"]?.array ?? []).compactMap(\.string))
            }
    }

    /// Whether an object is counted: with scopes, pods alone are, and volume claims by their attributes class.
    func match(_ value: Value, _ resource: GroupResource) -> Bool {
        requirements.allSatisfy { requirement in
            switch (resource.group, resource.resource) {
            case ("", "pods"): matches(requirement, pod: value)
            case ("", "persistentvolumeclaims") where requirement.scope == "VolumeAttributesClass":
                named(requirement, value[path: "spec", "volumeAttributesClassName"]?.string ?? "")
            default: false
            }
        }
    }

    private func matches(_ requirement: Requirement, pod: Value) -> Bool {
        let isTerminating = (pod[path: "spec", "activeDeadlineSeconds"]?.int).map { $0 >= 0 } ?? false
        let isBestEffort = PodDefaults.qualityOfService(pod["spec"] ?? [:]) == "BestEffort"
        return switch requirement.scope {
        case "Terminating": isTerminating
        case "NotTerminating": !isTerminating
        case "BestEffort": isBestEffort
        case "NotBestEffort": !isBestEffort
        case "PriorityClass": named(requirement, pod[path: "spec", "priorityClassName"]?.string ?? "")
        case "CrossNamespacePodAffinity": Self.reachesOtherNamespaces(pod[path: "spec", "affinity"])
        default: false
        }
    }

    private func named(_ requirement: Requirement, _ name: String) -> Bool {
        switch requirement.operation {
        case "Exists": !name.isEmpty
        case "DoesNotExist": name.isEmpty
        case "In": !name.isEmpty && requirement.values.contains(name)
        case "NotIn": !requirement.values.contains(name)
        default: false
        }
    }

    /// Whether a term of a pod's affinities names namespaces or selects them.
    private static func reachesOtherNamespaces(_ affinity: Value?) -> Bool {
        ["podAffinity", "podAntiAffinity"].contains { kind in
            let rules = affinity?[kind]
            let terms =
                (rules?["requiredDuringSchedulingIgnoredDuringExecution"]?.array ?? [])
                + (rules?["preferredDuringSchedulingIgnoredDuringExecution"]?.array ?? []).compactMap {
                    $0["podAffinityTerm"]
                }
            return terms.contains { !($0["namespaces"]?.isEmpty ?? true) || $0["namespaceSelector"] != nil }
        }
    }

    // MARK: What a quota may say

    private static let known = [
        "BestEffort", "CrossNamespacePodAffinity", "NotBestEffort", "NotTerminating", "PriorityClass", "Terminating",
        "VolumeAttributesClass",
    ]
    private static let computed: Set<String> = [
        "cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory",
    ]
    private static let standard: Set<String> = computed.union([
        "pods", "services", "services.loadbalancers", "services.nodeports", "replicationcontrollers", "resourcequotas",
        "secrets", "configmaps", "persistentvolumeclaims", "requests.storage", "requests.ephemeral-storage",
        "limits.ephemeral-storage", "ephemeral-storage",
    ])

    /// The findings for a ResourceQuota.
    static func errors(_ value: Value) -> [FieldError] {
        let spec = value["spec"]
        var errors: [FieldError] = []
        let names = (spec?["hard"]?.object?.entries ?? []).map(\.key)
        for entry in spec?["hard"]?.object?.entries ?? [] {
            let field = "spec.hard[\(entry.key)]"
            if !standard.contains(entry.key), !entry.key.contains("/"), !entry.key.hasPrefix("requests.") {
                errors.append(.invalid(field, quoted(entry.key), "must be a standard resource type or fully qualified"))
                errors.append(.invalid(field, quoted(entry.key), "must be a standard resource for quota"))
            }
            if let amount = entry.value.scalar.flatMap({ Quantity($0) }), amount.nanos < 0 {
                errors.append(
                    .invalid(field, quoted(entry.value.scalar?.text ?? ""), "must be greater than or equal to 0"))
            }
        }
        let scopes = (spec?["scopes"]?.array ?? []).compactMap(\.string)
        errors += scopeErrors(scopes, names, at: "spec.scopes")
        let expressions = spec?[path: "scopeSelector", "matchExpressions"]?.array ?? []
        errors += expressions.flatMap { expressionErrors($0, at: "spec.scopeSelector.matchExpressions") }
        errors += scopeErrors(
            expressions.compactMap { $0["scopeName"]?.string }, names,
            at: "spec.scopeSelector.matchExpressions.scopeName")
        return errors
    }

    private static func scopeErrors(_ scopes: [String], _ names: [String], at field: String) -> [FieldError] {
        let shown = "[]core.ResourceQuotaScope{\(scopes.map { quoted($0) }.joined(separator: ", "))}"
        var errors: [FieldError] = []
        for scope in scopes {
            guard known.contains(scope) else {
                errors.append(.invalid(field, shown, "unsupported scope"))
                continue
            }
            let isApplicable = names.allSatisfy { name in
                guard standard.contains(name) else { return true }
                switch scope {
                case "BestEffort": return name == "pods"
                case "VolumeAttributesClass": return ["persistentvolumeclaims", "requests.storage"].contains(name)
                default: return name == "pods" || computed.contains(name)
                }
            }
            if !isApplicable { errors.append(.invalid(field, shown, "unsupported scope applied to resource")) }
        }
        for pair in [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]]
        where pair.allSatisfy(scopes.contains) {
            errors.append(.invalid(field, shown, "conflicting scopes"))
        }
        return errors
    }

    private static func expressionErrors(_ expression: Value, at field: String) -> [FieldError] {
        let operation = expression["operator"]?.string ?? ""
        let scope = expression["scopeName"]?.string ?? ""
        let values = expression["values"]?.array ?? []
        var errors: [FieldError] = []
        if ["Terminating", "NotTerminating", "BestEffort", "NotBestEffort"].contains(scope), operation != "Exists" {
            return [
                .invalid(
                    "\(field).operator", quoted(operation),
                    "must be 'Exist' only operator when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort and ResourceQuotaScopeNotBestEffort"
                )
            ]
        }
        switch operation {
        case "In", "NotIn":
            if values.isEmpty {
                errors.append(
                    .required(
                        "\(field).values",
                        "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"))
            }
        case "Exists", "DoesNotExist":
            if !values.isEmpty {
                errors.append(
                    .invalid(
                        "\(field).values",
                        "[]string{\(values.compactMap(\.string).map { quoted($0) }.joined(separator: ", "))}",
                        "must be no value when `operator` is 'Exists' or 'DoesNotExist' for scope selector"))
            }
        default:
            errors.append(.invalid("\(field).operator", quoted(operation), "not a valid selector operator"))
        }
        return errors
    }
}
