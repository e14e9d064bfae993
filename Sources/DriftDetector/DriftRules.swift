// How bad a difference is and what is done about it, by rules: the first one that fits counts, those of the
// configuration before ours.

package import Manifest

/// What is done about a difference.
package enum DriftPolicy: Sendable, Hashable, CustomStringConvertible {
    case report
    case repair
    /// Once it has stayed for so many seconds.
    case repairAfter(seconds: Int)

    package var description: String {
        switch self {
        case .report: "report"
        case .repair: "repair"
        case .repairAfter(let seconds): "repair after \(seconds) s"
        }
    }
}

/// A rule: conditions that all must hold, and what follows.
package struct DriftRule: Sendable, Hashable {
    /// `Deployment` or `Deployment.apps`; any of them.
    package var kinds: [String] = []
    /// Patterns of field names: `spec.replicas`, `**.image`, `spec.*.name`. Items of lists count as the list.
    package var fields: [String] = []
    /// Who changed it.
    package var managers: [String] = []
    /// nil leaves it to the rules that follow.
    package var severity: DriftSeverity?
    package var policy: DriftPolicy?

    package init(
        kinds: [String] = [], fields: [String] = [], managers: [String] = [], severity: DriftSeverity? = nil,
        policy: DriftPolicy? = nil
    ) {
        self.kinds = kinds
        self.fields = fields
        self.managers = managers
        self.severity = severity
        self.policy = policy
    }

    func fits(_ object: ObjectReference, _ path: FieldPath?, manager: String?) -> Bool {
        let kind = object.gvk.groupKind
        return (kinds.isEmpty || kinds.contains { $0 == kind.kind || $0 == kind.description })
            && (fields.isEmpty || path.map { path in fields.contains { Self.matches($0, path) } } ?? false)
            && (managers.isEmpty || manager.map(managers.contains) ?? false)
    }

    /// Whether a path, or one that it lies below, is what a pattern says.
    static func matches(_ pattern: String, _ path: FieldPath) -> Bool {
        matches(pattern.split(separator: ".")[...], path.elements.compactMap(\.fieldName)[...])
    }

    private static func matches(_ pattern: ArraySlice<Substring>, _ names: ArraySlice<String>) -> Bool {
        guard let first = pattern.first else { return true }
        if first == "**" {
            return matches(pattern.dropFirst(), names) || !names.isEmpty && matches(pattern, names.dropFirst())
        }
        guard let name = names.first, first == "*" || first == name else { return false }
        return matches(pattern.dropFirst(), names.dropFirst())
    }
}

/// All rules of an application.
package struct DriftRules: Sendable, Hashable {
    package var rules: [DriftRule]
    /// What is done where no rule says anything.
    package var standardPolicy = DriftPolicy.report

    package init(_ rules: [DriftRule] = []) {
        self.rules = rules
    }

    /// What holds where the configuration says nothing: what may let somebody in or run what nobody reviewed is
    /// critical, labels and annotations are minor, everything is reported.
    static let standard: [DriftRule] = [
        DriftRule(
            kinds: [
                "Secret", "Role.rbac.authorization.k8s.io", "ClusterRole.rbac.authorization.k8s.io",
                "RoleBinding.rbac.authorization.k8s.io", "ClusterRoleBinding.rbac.authorization.k8s.io",
                "NetworkPolicy.networking.k8s.io", "ValidatingWebhookConfiguration.admissionregistration.k8s.io",
                "MutatingWebhookConfiguration.admissionregistration.k8s.io",
            ], severity: .critical),
        DriftRule(
            fields: [
                "**.image", "**.securityContext", "**.serviceAccountName", "**.hostNetwork", "**.hostPID", "**.hostIPC",
                "**.hostPath",
                "**.command", "**.args", "**.automountServiceAccountToken",
            ], severity: .critical),
        DriftRule(fields: ["metadata.labels", "metadata.annotations"], severity: .minor),
        DriftRule(severity: .major),
    ]

    /// Severity and policy of a difference.
    package func judge(_ object: ObjectReference, _ path: FieldPath?, manager: String?) -> (
        severity: DriftSeverity, policy: DriftPolicy
    ) {
        let fitting = (rules + Self.standard).filter { $0.fits(object, path, manager: manager) }
        return (
            fitting.lazy.compactMap(\.severity).first ?? .major,
            fitting.lazy.compactMap(\.policy).first ?? standardPolicy
        )
    }
}

extension DriftRules {
    /// Reads `spec.rules` of a plugin's configuration.
    ///
    /// - Throws: every mistake in them.
    package init(configuration: Value?) throws(DiagnosticsError) {
        var problems: [Diagnostic] = []
        rules = []
        for (index, item) in (configuration?[path: "spec", "rules"]?.array ?? []).enumerated() {
            func texts(_ key: String) -> [String] { (item[key]?.array ?? []).compactMap { $0.scalar?.text } }
            var rule = DriftRule(kinds: texts("kinds"), fields: texts("fields"), managers: texts("managers"))
            for entry in item.object?.entries ?? []
            where !["kinds", "fields", "managers", "severity", "policy", "quietTime"].contains(entry.key) {
                problems.append(.error("rules[\(index)].\(entry.key) is not a field of a drift rule"))
            }
            if let text = item["severity"]?.scalar?.text {
                rule.severity = DriftSeverity(rawValue: text)
                if rule.severity == nil {
                    problems.append(
                        .error("\(text) is no severity", cure: "Severities are none, minor, major and critical"))
                }
            }
            switch item["policy"]?.scalar?.text {
            case nil: break
            case "report"?: rule.policy = .report
            case "repair"?:
                let quiet = item["quietTime"]?.scalar.map { Self.seconds($0.text) }
                if case .some(nil) = quiet {
                    problems.append(.error("quietTime must be a duration", cure: "Write it like 90s or 10m"))
                }
                rule.policy = quiet.flatMap(\.self).map { .repairAfter(seconds: $0) } ?? .repair
            case let text?:
                problems.append(
                    .error(
                        "\(text) is no policy",
                        cure: "Policies are report and repair, the latter with a quietTime if wanted"))
            }
            rules.append(rule)
        }
        if !problems.isEmpty { throw DiagnosticsError(problems) }
    }

    private static func seconds(_ text: String) -> Int? {
        guard let unit = text.last, let number = Int(text.dropLast()), number >= 0 else { return nil }
        switch unit {
        case "s": return number
        case "m": return number * 60
        case "h": return number * 3600
        default: return nil
        }
    }
}
