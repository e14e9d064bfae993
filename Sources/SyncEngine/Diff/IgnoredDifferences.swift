// Differences that are nobody's business: fields that the user leaves to others, and replica counts under an
// autoscaler.

import Manifest

/// The fields of some objects, left to whoever sets them.
package struct IgnoredDifferences: Sendable, Hashable {
    package struct Rule: Sendable, Hashable {
        /// nil for those of every group; the core group is the empty text.
        package var group: String?
        /// nil for every kind.
        package var kind: String?
        package var namespace: String?
        package var name: String?
        package var fields: [FieldSelector] = []
        /// Managers whose fields are theirs, as `managedFields` names them.
        package var managers: [String] = []

        package init(
            group: String? = nil, kind: String? = nil, namespace: String? = nil, name: String? = nil,
            fields: [FieldSelector] = [], managers: [String] = []
        ) {
            self.group = group
            self.kind = kind
            self.namespace = namespace
            self.name = name
            self.fields = fields
            self.managers = managers
        }

        func applies(to object: ObjectReference) -> Bool {
            (group ?? object.gvk.group) == object.gvk.group && (kind ?? object.gvk.kind) == object.gvk.kind
                && (namespace ?? object.namespace) == object.namespace && (name ?? object.name) == object.name
        }
    }

    package var rules: [Rule]

    package init(_ rules: [Rule] = []) {
        self.rules = rules
    }

    /// A desired object as it is compared with its live one, and applied: with the live value in fields that are left
    /// to others and that we own (to let go of them would reset them), and without those that we do not own.
    func yielded(
        _ desired: Value, live: Value, reference: ObjectReference, type: SchemaType, ownership: Ownership
    ) -> Value {
        let rules = rules.filter { $0.applies(to: reference) }
        if rules.isEmpty { return desired }
        let yielding = YieldedFields(ownership: ownership)
        var result = desired
        for rule in rules {
            for selector in rule.fields {
                result = yielding.yield(result, live, type, selector.steps[...]) ?? result
            }
            for entry in ownership.others where rule.managers.contains(entry.manager) {
                result = yielding.yield(result, live, type, entry.fields) ?? result
            }
        }
        return result
    }
}

extension IgnoredDifferences {
    /// The replica counts of the workloads that an autoscaler among some objects scales.
    init(autoscalersIn objects: some Sequence<Value>) {
        rules = []
        for value in objects {
            let object = KubernetesObject(value)
            let scales =
                object.gvk.group == "autoscaling" && object.kind == "HorizontalPodAutoscaler"
                || object.gvk.group == "keda.sh" && object.kind == "ScaledObject"
            guard scales, let target = value[path: "spec", "scaleTargetRef"], let name = target["name"]?.string else {
                continue
            }
            let gvk = GroupVersionKind(
                apiVersion: target["apiVersion"]?.string ?? "apps/v1", kind: target["kind"]?.string ?? "Deployment")
            rules.append(
                Rule(
                    group: gvk.group, kind: gvk.kind, namespace: object.namespace, name: name,
                    fields: [FieldSelector(steps: [.key("spec"), .key("replicas")])]))
        }
    }
}
