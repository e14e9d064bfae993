// What keeps a workload running, or keeps others from their work: probes, budgets, autoscalers.

import Manifest

extension Rule {
    static let noLivenessProbe: Rule = .init(
        "no-liveness-probe", .warning, "A container that serves and is never asked whether it still lives",
        cure: "add a livenessProbe that asks the program itself"
    ) { inventory, report in
        inventory.checkProbe("livenessProbe", .noLivenessProbe, "is never restarted when it hangs", &report)
    }

    static let noReadinessProbe: Rule = .init(
        "no-readiness-probe", .warning, "A container that serves and gets requests before it can answer them",
        cure: "add a readinessProbe"
    ) { inventory, report in
        inventory.checkProbe("readinessProbe", .noReadinessProbe, "gets requests before it can answer them", &report)
    }

    static let budgetBlocksDrain: Rule = .init(
        "pdb-blocks-drain", .error, "A disruption budget that never lets a pod go, so that no node can be drained",
        cure: "allow one pod to be away: `maxUnavailable: 1`, or more replicas than `minAvailable`"
    ) { inventory, report in
        for budget in inventory.own("policy", "PodDisruptionBudget") {
            guard let spec = budget.root["spec"], let selectorField = spec["selector"] else { continue }
            if let field = spec["maxUnavailable"], ["0", "0%"].contains(field.value.scalar?.text) {
                report.add(.budgetBlocksDrain, "\(budget.title) allows no pod to be away", at: field, of: budget)
                continue
            }
            guard let field = spec["minAvailable"] else { continue }
            if field.string == "100%" {
                report.add(
                    .budgetBlocksDrain, "\(budget.title) wants every pod to be there always", at: field, of: budget)
                continue
            }
            let selector = LabelSelector(selectorField)
            let workloads = inventory.podMakers(in: budget.namespace).filter {
                $0.pod.map { selector.matches($0.labels) } ?? false
            }
            let counts = workloads.map(inventory.fewestReplicas)
            guard !workloads.isEmpty, !counts.contains(nil) else { continue }
            let replicas = counts.compactMap(\.self).reduce(0, +)
            let wanted =
                field.int
                ?? field.string.flatMap { text in
                    text.hasSuffix("%") ? Int(text.dropLast()).map { (replicas * $0 + 99) / 100 } : nil
                }
            guard let wanted, replicas > 0, wanted >= replicas else { continue }
            let pods = replicas == 1 ? "is 1" : "are \(replicas)"
            report.add(
                .budgetBlocksDrain,
                "\(budget.title) wants \(field.value.scalar?.text ?? "") to be there always, and there \(pods) of \(workloads.listed)",
                at: field, of: budget)
        }
    }

    static let overlappingBudgets: Rule = .init(
        "overlapping-budgets", .error, "Pods with two disruption budgets, which the API server refuses to evict at all",
        cure: "leave one budget for each pod"
    ) { inventory, report in
        let budgets = inventory.own("policy", "PodDisruptionBudget").compactMap { budget in
            budget.root[path: "spec", "selector"].map { (budget, LabelSelector($0), $0) }
        }
        for (index, (budget, selector, field)) in budgets.enumerated() {
            let pods = inventory.podMakers(in: budget.namespace).filter {
                $0.pod.map { selector.matches($0.labels) } ?? false
            }
            for (other, others, _) in budgets[..<index] where other.namespace == budget.namespace {
                guard let both = pods.first(where: { $0.pod.map { others.matches($0.labels) } ?? false }) else {
                    continue
                }
                report.add(
                    .overlappingBudgets, "\(budget.title) and \(other.title) are both for the pods of \(both.title)",
                    at: field, of: budget)
            }
        }
    }

    static let replicasWithAutoscaler: Rule = .init(
        "replicas-with-autoscaler", .warning,
        "`replicas` in Git of a workload that an autoscaler scales: every sync takes the scaling back",
        cure: "remove `replicas`, and let `minReplicas` of the autoscaler say how many there are at least"
    ) { inventory, report in
        for (workload, scaler) in inventory.scaled {
            guard let field = workload.root[path: "spec", "replicas"] else { continue }
            report.add(
                .replicasWithAutoscaler, "`replicas` of \(workload.title) is set here and by \(scaler.title)",
                at: field, of: workload)
        }
    }

    static let overlappingAutoscalers: Rule = .init(
        "overlapping-autoscalers", .error, "Two autoscalers of one workload", cure: "join them"
    ) { inventory, report in
        var first: [ObjectIdentity: Subject] = [:]
        for (workload, scaler) in inventory.scaled {
            if let other = first[workload.identity] {
                report.add(
                    .overlappingAutoscalers, "\(scaler.title) and \(other.title) both scale \(workload.title)",
                    of: scaler)
            } else {
                first[workload.identity] = scaler
            }
        }
    }

    static let autoscalerBounds: Rule = .init(
        "autoscaler-bounds", .error, "An autoscaler whose least number of pods is above its most",
        cure: "exchange the two"
    ) { inventory, report in
        for scaler in inventory.own("autoscaling", "HorizontalPodAutoscaler") {
            guard let least = scaler.root[path: "spec", "minReplicas"], let low = least.int,
                let high = scaler.root[path: "spec", "maxReplicas"]?.int, low > high
            else { continue }
            report.add(
                .autoscalerBounds, "\(scaler.title) wants at least \(low) pods and at most \(high)", at: least,
                of: scaler)
        }
    }

    static let autoscalerWithoutRequests: Rule = .init(
        "autoscaler-without-requests", .warning,
        "An autoscaler by utilisation of pods that request nothing: it has no percentage to go by",
        cure: "add the request to every container"
    ) { inventory, report in
        for (workload, scaler) in inventory.scaled {
            for metric in scaler.root[path: "spec", "metrics"]?.items ?? [] {
                guard let resource = metric[path: "resource", "name"], let name = resource.string,
                    metric[path: "resource", "target", "type"]?.string == "Utilization"
                else { continue }
                let lacking = (workload.pod?.lastingContainers ?? []).first { container in
                    container[path: "resources", "requests", name] == nil
                        && container[path: "resources", "limits", name] == nil
                        && !inventory.hasDefault(name, in: workload.namespace)
                }
                guard let container = lacking?["name"]?.string else { continue }
                report.add(
                    .autoscalerWithoutRequests,
                    "\(scaler.title) goes by the use of \(name), and the container \(container) of \(workload.title) requests none",
                    at: resource, of: scaler)
            }
        }
    }
}

extension Inventory {
    /// Workloads with the autoscalers that scale them.
    fileprivate var scaled: [(workload: Subject, scaler: Subject)] {
        own("autoscaling", "HorizontalPodAutoscaler").compactMap { scaler in
            let target = scaler.root[path: "spec", "scaleTargetRef"]
            guard let name = target?["name"]?.string, let kind = target?["kind"]?.string else { return nil }
            let group = GroupVersionKind(apiVersion: target?["apiVersion"]?.string ?? "apps/v1", kind: kind).group
            return find(group, kind, Place(scaler.namespace, name)).map { ($0, scaler) }
        }
    }

    /// How many pods a workload has when it has fewest; nil where that is not said in a number.
    fileprivate func fewestReplicas(_ workload: Subject) -> Int? {
        let scaler = every("autoscaling", "HorizontalPodAutoscaler").first { scaler in
            let target = scaler.root[path: "spec", "scaleTargetRef"]
            return scaler.namespace == workload.namespace && target?["name"]?.string == workload.name
                && target?["kind"]?.string == workload.kind.kind
        }
        if let scaler { return scaler.root[path: "spec", "minReplicas"]?.int ?? 1 }
        return workload.replicas
    }

    /// Workloads that go on running and are asked for something: those with a port.
    fileprivate func checkProbe(_ probe: String, _ rule: Rule, _ consequence: String, _ report: inout Report) {
        for subject in subjects where subject.ownsPodsBySelector {
            guard let pod = subject.pod, !pod.endsByItself else { continue }
            for container in pod.containers where container[probe] == nil && container["ports"]?.items.isEmpty == false
            {
                let name = container["name"]?.string ?? ""
                report.add(
                    rule, "the container \(name) of \(subject.title) has no \(probe): it \(consequence)", at: container,
                    of: subject)
            }
        }
    }
}
