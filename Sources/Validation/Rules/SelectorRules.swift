// Who selects whose pods: workloads that take each other's, Services that mix several workloads, selectors that take
// nothing or not their own.

import Manifest

extension Rule {
    static let mismatchingSelector: Rule = .init(
        "mismatching-selector", .error, "A workload whose selector does not take the pods that it makes",
        cure: "give the template the labels of the selector"
    ) { inventory, report in
        for subject in inventory.subjects where subject.ownsPodsBySelector {
            guard let pod = subject.pod, let (selector, field) = subject.selector else { continue }
            if selector.isEmpty {
                report.add(.mismatchingSelector, "the selector of \(subject.title) is empty", at: field, of: subject)
            } else if !selector.matches(pod.labels) {
                report.add(
                    .mismatchingSelector,
                    "the selector of \(subject.title), \(selector.description), does not take its own pods",
                    at: field, of: subject)
            }
        }
    }

    static let overlappingSelectors: Rule = .init(
        "overlapping-selectors", .error, "Workloads of one namespace that select each other's pods",
        cure: "give each workload a label of its own, in its selector and in its template"
    ) { inventory, report in
        for subject in inventory.subjects where subject.ownsPodsBySelector {
            guard let (selector, field) = subject.selector, !selector.isEmpty else { continue }
            let others = inventory.podMakers(in: subject.namespace).filter { other in
                other.ownsPodsBySelector && other.identity != subject.identity
                    && selector.matches(other.pod?.labels ?? KnownLabels(labels: [:]))
            }
            guard !others.isEmpty else { continue }
            report.add(
                .overlappingSelectors,
                "the selector of \(subject.title), \(selector.description), also takes the pods of \(others.listed)",
                at: field, of: subject)
        }
    }

    static let serviceSelectsSeveral: Rule = .init(
        "service-selects-several", .error, "A Service that sends requests to the pods of several workloads",
        cure: "select by a label that only the pods of one workload have"
    ) { inventory, report in
        for service in inventory.own("", "Service") {
            guard let (selector, field) = service.serviceSelector else { continue }
            let workloads = inventory.podMakers(in: service.namespace).filter {
                $0.pod.map { selector.matches($0.labels) } ?? false
            }
            guard workloads.count > 1 else { continue }
            report.add(
                .serviceSelectsSeveral,
                "\(service.title) selects the pods of several workloads by \(selector.description): \(workloads.listed)",
                at: field,
                of: service)
        }
    }

    static let danglingService: Rule = .init(
        "dangling-service", .warning, "A Service whose selector takes no pods", cure: "select labels that pods have"
    ) { inventory, report in
        guard inventory.isWhole else { return }
        for service in inventory.own("", "Service") {
            guard let (selector, field) = service.serviceSelector, !inventory.hasPods(selector, in: service.namespace)
            else { continue }
            report.add(
                .danglingService, "\(service.title) selects \(selector.description), and no pods have these labels",
                at: field,
                of: service, cure: inventory.nearestPods(service.serviceSelectorTexts, in: service.namespace))
        }
    }

    static let targetPort: Rule = .init(
        "target-port", .error, "A Service's port that its pods do not have", cure: "name a port of the containers"
    ) { inventory, report in
        for service in inventory.own("", "Service") {
            guard let (selector, _) = service.serviceSelector else { continue }
            let pods = inventory.podMakers(in: service.namespace).compactMap(\.pod).filter {
                selector.matches($0.labels)
            }
            let isMade = inventory.made.pods.contains {
                $0.namespace == service.namespace && selector.matches($0.labels)
            }
            guard !pods.isEmpty, !isMade else { continue }
            let ports = pods.flatMap(\.ports)
            for port in service.root[path: "spec", "ports"]?.items ?? [] {
                let target = port["targetPort"] ?? port["port"]
                guard let target else { continue }
                if let name = target.string {
                    guard !ports.contains(where: { $0.name == name }) else { continue }
                    let nearest = NearestName.find(name, among: ports.compactMap(\.name)).map {
                        "did you mean `\($0)`?"
                    }
                    report.add(
                        .targetPort, "no pod that \(service.title) selects has a port named `\(name)`", at: target,
                        of: service, cure: nearest)
                } else if let number = target.int, !ports.isEmpty, !ports.contains(where: { $0.number == number }) {
                    let known = Set(ports.map(\.number)).sorted().map(String.init).joined(separator: ", ")
                    report.add(
                        .targetPort,
                        "the pods that \(service.title) selects declare the ports \(known), and \(number) is not among them",
                        at: target, of: service, severity: .warning)
                }
            }
        }
    }

    static let danglingNetworkPolicy: Rule = .init(
        "dangling-networkpolicy", .warning, "A NetworkPolicy that names pods which there are not",
        cure: "select labels that pods have"
    ) { inventory, report in
        guard inventory.isWhole else { return }
        for policy in inventory.own("networking.k8s.io", "NetworkPolicy") {
            if let field = policy.root[path: "spec", "podSelector"] {
                let selector = LabelSelector(field)
                if !selector.isEmpty, !inventory.hasPods(selector, in: policy.namespace) {
                    report.add(
                        .danglingNetworkPolicy,
                        "\(policy.title) is for \(selector.description), and no pods have these labels",
                        at: field, of: policy,
                        cure: inventory.nearestPods(field["matchLabels"]?.texts ?? [:], in: policy.namespace))
                }
            }
            for (direction, side) in [("ingress", "from"), ("egress", "to")] {
                for rule in policy.root[path: "spec", direction]?.items ?? [] {
                    for peer in rule[side]?.items ?? [] { inventory.checkPeer(peer, of: policy, &report) }
                }
            }
        }
    }
}

extension Inventory {
    /// A peer's pods are known where its namespace is: the policy's own, or one of the tree that it names.
    fileprivate func checkPeer(_ peer: Field, of policy: Subject, _ report: inout Report) {
        guard let field = peer["podSelector"] else { return }
        let selector = LabelSelector(field)
        if selector.isEmpty { return }
        var namespaces = [policy.namespace]
        if let namespaceSelector = peer["namespaceSelector"] {
            let labels = LabelSelector(namespaceSelector)
            // Other namespaces of the cluster may have these labels, unless it is the name, which is unique.
            guard namespaceSelector.value[path: "matchLabels", "kubernetes.io/metadata.name"] != nil else { return }
            namespaces = every("", "Namespace").filter { namespace in
                var known = namespace.root[path: "metadata", "labels"]?.texts ?? [:]
                known["kubernetes.io/metadata.name"] = namespace.name
                return labels.matches(KnownLabels(labels: known))
            }.map(\.name).filter { !podMakers(in: $0).isEmpty }
            if namespaces.isEmpty { return }
        }
        if namespaces.contains(where: { hasPods(selector, in: $0) }) { return }
        report.add(
            .danglingNetworkPolicy, "\(policy.title) names \(selector.description), and no pods have these labels",
            at: field, of: policy,
            cure: nearestPods(field["matchLabels"]?.texts ?? [:], in: namespaces[0]))
    }

    /// `the pods of Deployment web have app=shop`: the labels of what the selector nearly takes.
    func nearestPods(_ labels: [String: String], in namespace: String) -> String? {
        let candidates = podMakers(in: namespace).compactMap { subject in
            subject.pod.map { (subject, $0.labels.labels) }
        }
        let scored = candidates.map { subject, known in
            (subject, known, labels.count { known[$0.key] == $0.value } * 2 + labels.count { known[$0.key] != nil })
        }
        guard let best = scored.max(by: { $0.2 < $1.2 }), best.2 > 0 else { return nil }
        let wrong = labels.filter { best.1[$0.key] != $0.value }.sorted { $0.key < $1.key }
        let words = wrong.map { key, _ in best.1[key].map { "\(key)=\($0)" } ?? "no label \(key)" }.joined(
            separator: ", ")
        return "the pods of \(best.0.title) have \(words)"
    }
}

extension Subject {
    var identity: ObjectIdentity {
        ObjectIdentity(group: kind.group, kind: kind.kind, namespace: namespace, name: name)
    }

    /// How a workload finds its pods.
    var selector: (LabelSelector, Field)? {
        guard let field = root[path: "spec", "selector"] else { return nil }
        return (kind.kind == "ReplicationController" ? LabelSelector(labels: field) : LabelSelector(field), field)
    }

    /// How a Service finds its pods; nil for one that does not.
    var serviceSelector: (LabelSelector, Field)? {
        guard root[path: "spec", "type"]?.string != "ExternalName", let field = root[path: "spec", "selector"] else {
            return nil
        }
        let selector = LabelSelector(labels: field)
        return selector.isEmpty ? nil : (selector, field)
    }

    var serviceSelectorTexts: [String: String] { root[path: "spec", "selector"]?.texts ?? [:] }
}

extension [Subject] {
    /// `Deployment a, Deployment b and 3 more`.
    var listed: String {
        if count <= 4 {
            guard count > 1, let last else { return first?.title ?? "" }
            return dropLast().map(\.title).joined(separator: ", ") + " and " + last.title
        }
        return prefix(3).map(\.title).joined(separator: ", ") + " and \(count - 3) more"
    }
}
