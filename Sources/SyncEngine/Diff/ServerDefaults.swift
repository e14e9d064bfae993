// What the API server fills in by itself: why a value may be there that nobody asked for, and why one may come back
// that is given up.

import Manifest

enum ServerDefaults {
    /// Whether a default explains a live value inside an atomic list or map, where no managedFields entry tells it from
    /// a change.
    static func explains(_ key: String, _ value: Value, in type: SchemaType) -> Bool {
        switch (key, value.scalar?.text) {
        case ("status", nil): return true
        case ("protocol", "TCP"), ("apiVersion", "v1"), ("kind", "PersistentVolumeClaim"), ("volumeMode", "Filesystem"),
            ("divisor", "0"), ("defaultMode", "420"), ("scope", "*"), ("apiGroup", "rbac.authorization.k8s.io"),
            ("apiGroup", ""), ("expirationSeconds", "3600"), ("weight", "1"):
            return true
        default:
            // An empty structure may say something: a selector of everything, a sort of solver.
            guard value.object != nil else { return value.isEmpty }
            return value.isEmpty && type.structure?.field(key)?.defaultValue == [:]
        }
    }

    /// What becomes of a field whose last owner gives it up.
    enum Fate {
        case gone
        /// The schema's default is what it is already.
        case same
        /// Only the server knows whether it puts it back.
        case unknown
    }

    /// - Parameters:
    ///   - element: the last of the field's path.
    ///   - parent: the type of what the field is in.
    static func fate(of value: Value, at element: PathElement, in parent: SchemaType) -> Fate {
        guard case .field(let key) = element else { return .gone }
        let field = parent.structure?.field(key)
        if let standard = field?.defaultValue {
            if value == standard { return .same }
            if let left = value.scalar, let right = standard.scalar, left.means(right, as: nil) { return .same }
        }
        if value.object != nil || value.array != nil {
            return value.isEmpty || mayComeBack(value, parent.memberOrAny(key)) ? .unknown : .gone
        }
        // Of a custom resource without its definition nothing is known; of the built-in ones these are.
        if parent.memberOrAny(key).isAny { return .unknown }
        guard field != nil, let text = value.scalar?.text else { return .gone }
        return kept.contains(key) || standards[key]?.contains(text) ?? false ? .unknown : .gone
    }

    /// Whether all that is in an object is such that the server may have filled it in, as it does `rollingUpdate`.
    private static func mayComeBack(_ value: Value, _ type: SchemaType) -> Bool {
        guard let entries = value.object?.entries, type.structure?.isAtomic == false else { return false }
        return entries.allSatisfy { fate(of: $0.value, at: .field($0.key), in: type) != .gone }
    }

    /// Fields that the server keeps as they are, or chooses anew, when nobody asks for a value.
    private static let kept: Set<String> = [
        "clusterIP", "healthCheckNodePort", "nodePort", "storageClassName", "targetPort", "volumeName",
    ]

    /// The defaults of the built-in kinds that their schema does not name, as text.
    private static let standards: [String: Set<String>] = [
        "allocateLoadBalancerNodePorts": ["true"], "backoffLimit": ["6"], "completionMode": ["NonIndexed"],
        "completions": ["1"], "concurrencyPolicy": ["Allow"], "defaultMode": ["420"], "dnsPolicy": ["ClusterFirst"],
        "enableServiceLinks": ["true"], "expirationSeconds": ["3600"], "externalTrafficPolicy": ["Cluster"],
        "failedJobsHistoryLimit": ["1"], "failurePolicy": ["Fail"], "failureThreshold": ["3"],
        "imagePullPolicy": ["Always", "IfNotPresent"], "internalTrafficPolicy": ["Cluster"],
        "ipFamilyPolicy": ["SingleStack"], "matchPolicy": ["Equivalent"], "maxSurge": ["25%", "0"],
        "maxUnavailable": ["25%", "1"], "minReplicas": ["1"], "parallelism": ["1"], "partition": ["0"],
        "periodSeconds": ["10"], "persistentVolumeReclaimPolicy": ["Retain"], "podManagementPolicy": ["OrderedReady"],
        "preemptionPolicy": ["PreemptLowerPriority"], "progressDeadlineSeconds": ["600"], "reclaimPolicy": ["Delete"],
        "reinvocationPolicy": ["Never"], "replicas": ["1"], "restartPolicy": ["Always"], "revisionHistoryLimit": ["10"],
        "schedulerName": ["default-scheduler"], "scheme": ["HTTP"], "scope": ["*"], "selectPolicy": ["Max"],
        "sessionAffinity": ["None"], "strategy": ["None"], "successThreshold": ["1"],
        "successfulJobsHistoryLimit": ["3"], "suspend": ["false"], "terminationGracePeriodSeconds": ["30"],
        "terminationMessagePath": ["/dev/termination-log"], "terminationMessagePolicy": ["File"],
        "timeoutSeconds": ["1", "10"], "type": ["ClusterIP", "Opaque", "RollingUpdate"],
        "volumeBindingMode": ["Immediate"], "volumeMode": ["Filesystem"], "whenDeleted": ["Retain"],
        "whenScaled": ["Retain"],
    ]
}
