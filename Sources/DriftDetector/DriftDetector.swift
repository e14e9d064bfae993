// Finds the drift of an application: its desired and its live objects side by side, differences out.

package import Manifest

/// Compares an application's objects by some rules.
package struct DriftDetector: Sendable {
    private let rules: DriftRules
    private let comparison = DriftComparison()

    package init(rules: DriftRules = DriftRules()) {
        self.rules = rules
    }

    /// The differences of severity minor and above, the worst first.
    ///
    /// - Parameters:
    ///   - desired: as it is to be applied.
    ///   - live: with `managedFields`; values of Secrets may be masked, where equal ones are masked alike.
    package func drift(desired: [Value], live: [Value]) -> [Drift] {
        differences(desired: desired, live: live).filter { $0.severity > .none }
    }

    /// The same with the differences that are as they should be: no repair may touch them, either.
    package func differences(desired: [Value], live: [Value]) -> [Drift] {
        let wanted = Dictionary(desired.map { (KubernetesObject($0).identity, $0) }) { first, _ in first }
        let found = Dictionary(live.map { (KubernetesObject($0).identity, $0) }) { first, _ in first }
        let scaled = Autoscaling(in: live + desired)
        var drift: [Drift] = []
        for (identity, value) in wanted {
            let reference = KubernetesObject(value).reference
            guard let live = found[identity] else {
                drift.append(self.drift(reference, .missing, nil))
                continue
            }
            for difference in comparison.differences(desired: value, live: live) {
                var found = self.drift(
                    reference, .field(difference.path, expected: difference.expected, actual: difference.actual),
                    difference.owner)
                if scaled.explains(difference, of: identity) { found.severity = .none }
                drift.append(found)
            }
        }
        for (identity, value) in found
        where wanted[identity] == nil && KubernetesObject(value).label(DriftComparison.partOfLabel) != nil {
            // What we applied ourselves is here because Git does not ask for it any more; anything else somebody made.
            let managed = ManagedFields(of: value)
            let isOurs = managed.applied(by: comparison.fieldManager) != nil
            let maker = isOurs ? nil : managed.entries.min { ($0.time ?? "~") < ($1.time ?? "~") }
            drift.append(self.drift(KubernetesObject(value).reference, .unexpected, maker))
        }
        return drift.sorted { left, right in
            left.severity != right.severity
                ? left.severity > right.severity
                : ("\(left.object)", left.path?.description ?? "") < ("\(right.object)", right.path?.description ?? "")
        }
    }

    private func drift(_ object: ObjectReference, _ change: Drift.Change, _ owner: ManagedFieldsEntry?) -> Drift {
        var drift = Drift(
            object: object, change: change, manager: owner?.manager, time: owner?.time, severity: .major,
            policy: .report)
        (drift.severity, drift.policy) = rules.judge(object, drift.path, manager: owner?.manager)
        return drift
    }
}

/// Which objects' replicas an autoscaler sets.
private struct Autoscaling {
    private var targets: Set<String> = []

    init(in objects: [Value]) {
        for value in objects where ["HorizontalPodAutoscaler", "ScaledObject"].contains(KubernetesObject(value).kind) {
            guard let target = value[path: "spec", "scaleTargetRef"], let name = target["name"]?.string else {
                continue
            }
            targets.insert(
                "\(target["kind"]?.string ?? "Deployment") \(KubernetesObject(value).namespace ?? "")/\(name)")
        }
    }

    func explains(_ difference: DriftComparison.Difference, of identity: ObjectIdentity) -> Bool {
        guard difference.path == FieldPath(fields: "spec", "replicas") else { return false }
        // An autoscaler that is not the application's own still shows in who wrote the field, and through what.
        let isController =
            difference.owner?.subresource == "scale" && difference.owner?.manager == "kube-controller-manager"
        return isController || targets.contains("\(identity.kind) \(identity.namespace ?? "")/\(identity.name)")
    }
}

/// The plugin: a KRM function that answers with what drifted.
package enum DriftDetectorFunction {
    /// The annotation that tells the two sides of an object apart: `desired` or `live`.
    static let stateAnnotation = "gitopsctl.dev/state"

    /// - Parameter list: desired and live objects, each with the annotation; the rules in `functionConfig.spec.rules`.
    package static func observe(_ list: ResourceList) -> ResourceList {
        var output = list
        do throws(DiagnosticsError) {
            let detector = DriftDetector(rules: try DriftRules(configuration: list.functionConfig))
            var sides: [String: [Value]] = [:]
            for item in list.items {
                guard let state = KubernetesObject(item).annotation(stateAnnotation) else { continue }
                sides[state, default: []].append(unmarked(item))
            }
            output.results = detector.drift(desired: sides["desired"] ?? [], live: sides["live"] ?? []).map(\.result)
        } catch {
            output.results = error.diagnostics.map { diagnostic in
                FunctionResult(
                    diagnostic.message, severity: .error,
                    tags: diagnostic.cure.map { [("gitopsctl.dev/cure", $0)] } ?? [])
            }
        }
        return output
    }

    private static func unmarked(_ item: Value) -> Value {
        guard var annotations = item[path: "metadata", "annotations"]?.object else { return item }
        annotations[stateAnnotation] = nil
        var item = item
        item["metadata"]?["annotations"] = annotations.isEmpty ? nil : .object(annotations)
        return item
    }
}
