// References from one object to another by name: autoscalers, ingresses, bindings, webhooks, monitors, certificates.

import Manifest

extension Rule {
    static let danglingAutoscaler: Rule = .init(
        "dangling-horizontalpodautoscaler", .error, "An autoscaler for a workload that is not there",
        cure: "name the workload that is meant"
    ) { inventory, report in
        guard inventory.isWhole else { return }
        for scaler in inventory.own("autoscaling", "HorizontalPodAutoscaler") {
            guard let target = scaler.root[path: "spec", "scaleTargetRef"], let name = target["name"],
                let text = name.string,
                let kind = target["kind"]?.string
            else { continue }
            let group = GroupVersionKind(apiVersion: target["apiVersion"]?.string ?? "apps/v1", kind: kind).group
            guard group == "apps" || group.isEmpty, inventory.find(group, kind, Place(scaler.namespace, text)) == nil
            else { continue }
            report.add(
                .danglingAutoscaler, "\(scaler.title) scales the \(kind) \(text), which is not there", at: name,
                of: scaler,
                cure: inventory.nearest(text, group, kind, in: scaler.namespace))
        }
    }

    static let danglingBudget: Rule = .init(
        "dangling-poddisruptionbudget", .warning, "A disruption budget for pods that there are not",
        cure: "select labels that pods have"
    ) { inventory, report in
        guard inventory.isWhole else { return }
        for budget in inventory.own("policy", "PodDisruptionBudget") {
            guard let field = budget.root[path: "spec", "selector"] else { continue }
            let selector = LabelSelector(field)
            guard !selector.isEmpty, !inventory.hasPods(selector, in: budget.namespace) else { continue }
            report.add(
                .danglingBudget, "\(budget.title) is for \(selector.description), and no pods have these labels",
                at: field,
                of: budget, cure: inventory.nearestPods(field["matchLabels"]?.texts ?? [:], in: budget.namespace))
        }
    }

    static let danglingIngress: Rule = .init(
        "dangling-ingress", .error, "An Ingress to a Service, or to a port of one, that is not there",
        cure: "name a Service of the namespace and one of its ports"
    ) { inventory, report in
        guard inventory.isWhole else { return }
        for ingress in inventory.own("networking.k8s.io", "Ingress") {
            let paths = (ingress.root[path: "spec", "rules"]?.items ?? []).flatMap {
                $0[path: "http", "paths"]?.items ?? []
            }
            let backends =
                [ingress.root[path: "spec", "defaultBackend", "service"]] + paths.map { $0[path: "backend", "service"] }
            for service in backends.compactMap(\.self) { inventory.checkBackend(service, of: ingress, &report) }
        }
    }

    static let danglingRole: Rule = .init(
        "dangling-role", .error, "A binding of a Role, or to a ServiceAccount, that is not there",
        cure: "name one that is there"
    ) { inventory, report in
        guard inventory.isWhole else { return }
        let group = "rbac.authorization.k8s.io"
        let clusterRoles = Set(inventory.every(group, "ClusterRole").map(\.name))
        for binding in inventory.own(group, "RoleBinding") + inventory.own(group, "ClusterRoleBinding") {
            guard let field = binding.root[path: "roleRef", "name"], let name = field.string else { continue }
            switch binding.root[path: "roleRef", "kind"]?.string {
            case "Role"
            where inventory.find(group, "Role", Place(binding.namespace, name)) == nil
                && binding.namespace != ClusterFacts.systemNamespace:
                report.add(
                    .danglingRole, "\(binding.title) binds the Role \(name), which is not there", at: field,
                    of: binding,
                    cure: inventory.nearest(name, group, "Role", in: binding.namespace))
            case "ClusterRole"
            where !clusterRoles.isEmpty && !clusterRoles.contains(name) && !ClusterFacts.hasClusterRole(name):
                report.add(
                    .danglingRole,
                    "\(binding.title) binds the ClusterRole \(name), which is none of those that the tree defines",
                    at: field, of: binding,
                    cure: NearestName.find(name, among: clusterRoles.sorted()).map { "did you mean `\($0)`?" })
            default: break
            }
            for subject in binding.root["subjects"]?.items ?? [] where subject["kind"]?.string == "ServiceAccount" {
                let namespace = subject["namespace"]?.string ?? binding.namespace
                // Of a namespace that has no accounts here nobody knows which it has.
                guard let field = subject["name"], let name = field.string, name != "default",
                    !inventory.names("", "ServiceAccount", in: namespace).isEmpty,
                    inventory.find("", "ServiceAccount", Place(namespace, name)) == nil,
                    !inventory.made.serviceAccounts.contains(Place(namespace, name))
                else { continue }
                report.add(
                    .danglingRole, "\(binding.title) is for the ServiceAccount \(name), which is not there", at: field,
                    of: binding,
                    cure: inventory.nearest(name, "", "ServiceAccount", in: namespace))
            }
        }
    }

    static let danglingWebhook: Rule = .init(
        "dangling-webhook", .error, "A webhook or an aggregated API of a Service that is not there",
        cure: "name a Service that is there"
    ) { inventory, report in
        guard inventory.isWhole else { return }
        let group = "admissionregistration.k8s.io"
        let hooks =
            inventory.own(group, "ValidatingWebhookConfiguration")
            + inventory.own(group, "MutatingWebhookConfiguration")
        var services = hooks.flatMap { hook in
            (hook.root["webhooks"]?.items ?? []).compactMap { $0[path: "clientConfig", "service"] }.map { (hook, $0) }
        }
        services += inventory.own("apiregistration.k8s.io", "APIService").compactMap { api in
            api.root[path: "spec", "service"].map { (api, $0) }
        }
        for (subject, service) in services {
            guard let field = service["name"], let name = field.string, let namespace = service["namespace"]?.string,
                !inventory.names("", "Service", in: namespace).isEmpty,
                inventory.find("", "Service", Place(namespace, name)) == nil
            else { continue }
            report.add(
                .danglingWebhook, "\(subject.title) calls the Service \(name), which is not there", at: field,
                of: subject,
                cure: inventory.nearest(name, "", "Service", in: namespace))
        }
    }

    static let danglingGoverningService: Rule = .init(
        "dangling-governing-service", .error,
        "A StatefulSet whose Service is not there, so that its pods have no names in DNS",
        cure: "add the headless Service"
    ) { inventory, report in
        guard inventory.isWhole else { return }
        for set in inventory.own("apps", "StatefulSet") {
            guard let field = set.root[path: "spec", "serviceName"], let name = field.string, !name.isEmpty,
                inventory.find("", "Service", Place(set.namespace, name)) == nil,
                inventory.made.services[Place(set.namespace, name)] == nil
            else { continue }
            report.add(
                .danglingGoverningService, "\(set.title) is governed by the Service \(name), which is not there",
                at: field, of: set,
                cure: inventory.nearest(name, "", "Service", in: set.namespace))
        }
    }

    static let danglingStorageClass: Rule = .init(
        "dangling-storage-class", .warning, "A claim of a StorageClass that is none of those that the tree defines",
        cure: "name one that is defined"
    ) { inventory, report in
        let defined = Set(inventory.every("storage.k8s.io", "StorageClass").map(\.name))
        if defined.isEmpty { return }
        for subject in inventory.subjects {
            let claims: [Field] =
                subject.has("", "PersistentVolumeClaim")
                ? [subject.root] : subject.root[path: "spec", "volumeClaimTemplates"]?.items ?? []
            for claim in claims {
                guard let field = claim[path: "spec", "storageClassName"], let name = field.string, !name.isEmpty,
                    !defined.contains(name),
                    !ClusterFacts.providedStorageClasses.contains(name)
                else { continue }
                report.add(
                    .danglingStorageClass,
                    "\(subject.title) asks for the StorageClass \(name), which the tree does not define", at: field,
                    of: subject, cure: NearestName.find(name, among: defined.sorted()).map { "did you mean `\($0)`?" })
            }
        }
    }

    static let danglingMonitor: Rule = .init(
        "dangling-monitor", .warning,
        "A ServiceMonitor or PodMonitor that finds nothing, or asks a port that is not there",
        cure: "select labels that there are, and name a port"
    ) { inventory, report in
        guard inventory.isWhole else { return }
        for monitor in inventory.own("monitoring.coreos.com", "ServiceMonitor") {
            inventory.checkServiceMonitor(monitor, &report)
        }
        for monitor in inventory.own("monitoring.coreos.com", "PodMonitor") {
            inventory.checkPodMonitor(monitor, &report)
        }
    }

    static let danglingIssuer: Rule = .init(
        "dangling-issuer", .error, "A certificate of an issuer that is not there", cure: "name an issuer that is there"
    ) { inventory, report in
        guard inventory.isWhole else { return }
        let clusterIssuers = Set(inventory.every("cert-manager.io", "ClusterIssuer").map(\.name))
        for certificate in inventory.own("cert-manager.io", "Certificate") {
            guard let field = certificate.root[path: "spec", "issuerRef", "name"], let name = field.string,
                ["cert-manager.io", nil].contains(certificate.root[path: "spec", "issuerRef", "group"]?.string)
            else { continue }
            let isCluster = certificate.root[path: "spec", "issuerRef", "kind"]?.string == "ClusterIssuer"
            let isThere =
                isCluster
                ? clusterIssuers.isEmpty || clusterIssuers.contains(name)
                : inventory.find("cert-manager.io", "Issuer", Place(certificate.namespace, name)) != nil
            if isThere { continue }
            report.add(
                .danglingIssuer,
                "\(certificate.title) is issued by the \(isCluster ? "ClusterIssuer" : "Issuer") \(name), which is not there",
                at: field, of: certificate)
        }
    }

    static let danglingCluster: Rule = .init(
        "dangling-database", .error, "A pooler or backup of a database cluster that is not there",
        cure: "name a cluster that is there"
    ) { inventory, report in
        guard inventory.isWhole else { return }
        for kind in ["Pooler", "ScheduledBackup", "Backup", "Database"] {
            for subject in inventory.own("postgresql.cnpg.io", kind) {
                guard let field = subject.root[path: "spec", "cluster", "name"], let name = field.string,
                    inventory.find("postgresql.cnpg.io", "Cluster", Place(subject.namespace, name)) == nil
                else { continue }
                report.add(
                    .danglingCluster, "\(subject.title) is for the Cluster \(name), which is not there", at: field,
                    of: subject,
                    cure: inventory.nearest(name, "postgresql.cnpg.io", "Cluster", in: subject.namespace))
            }
        }
    }

    static let danglingPort: Rule = .init(
        "dangling-port", .error, "A probe or hook that names a port which its container does not have",
        cure: "name a port of the container, or number it"
    ) { inventory, report in
        for subject in inventory.subjects {
            for container in subject.pod?.allContainers ?? [] {
                let names = (container["ports"]?.items ?? []).compactMap { $0["name"]?.string }
                let handlers =
                    ["livenessProbe", "readinessProbe", "startupProbe"].compactMap { container[$0] }
                    + ["preStop", "postStart"].compactMap { container[path: "lifecycle", $0] }
                for port in handlers.flatMap({ [$0[path: "httpGet", "port"], $0[path: "tcpSocket", "port"]] })
                    .compactMap(\.self)
                {
                    guard let name = port.string, Int(name) == nil, !names.contains(name) else { continue }
                    let container = container["name"]?.string ?? ""
                    report.add(
                        .danglingPort, "the container \(container) of \(subject.title) has no port named `\(name)`",
                        at: port, of: subject,
                        cure: NearestName.find(name, among: names).map { "did you mean `\($0)`?" })
                }
            }
        }
    }
}

extension Inventory {
    fileprivate func checkBackend(_ backend: Field, of ingress: Subject, _ report: inout Report) {
        guard let field = backend["name"], let name = field.string else { return }
        let place = Place(ingress.namespace, name)
        var ports: [(name: String?, number: Int)]
        if let service = find("", "Service", place) {
            if service.root[path: "spec", "type"]?.string == "ExternalName" { return }
            ports = (service.root[path: "spec", "ports"]?.items ?? []).map {
                ($0["name"]?.string, $0["port"]?.int ?? 0)
            }
        } else if let made = made.services[place] {
            if made.isEmpty { return }
            ports = made.map { ($0.name, $0.number) }
        } else {
            return report.add(
                .danglingIngress, "\(ingress.title) leads to the Service \(name), which is not there", at: field,
                of: ingress,
                cure: nearest(name, "", "Service", in: ingress.namespace))
        }
        let wanted = backend[path: "port", "name"] ?? backend[path: "port", "number"]
        guard let wanted else { return }
        let isThere = ports.contains { port in wanted.string.map { $0 == port.name } ?? (wanted.int == port.number) }
        if isThere { return }
        let known = ports.map { port in port.name.map { "\($0) (\(port.number))" } ?? String(port.number) }.joined(
            separator: ", ")
        report.add(
            .danglingIngress, "the Service \(name) has no port \(wanted.value.scalar?.text ?? "")", at: wanted,
            of: ingress,
            cure: "its ports are \(known)")
    }

    /// The namespaces that a monitor looks into; nil for all of the cluster.
    private func namespaces(of monitor: Subject) -> [String]? {
        let selector = monitor.root[path: "spec", "namespaceSelector"]
        if selector?["any"]?.bool == true { return nil }
        return selector?["matchNames"]?.items.compactMap(\.string) ?? [monitor.namespace]
    }

    fileprivate func checkServiceMonitor(_ monitor: Subject, _ report: inout Report) {
        guard let field = monitor.root[path: "spec", "selector"], let namespaces = namespaces(of: monitor) else {
            return
        }
        let selector = LabelSelector(field)
        let candidates = namespaces.flatMap { namespace in every("", "Service").filter { $0.namespace == namespace } }
        // In a namespace without any Service here, they are another tree's.
        if candidates.isEmpty { return }
        let services = candidates.filter {
            selector.matches(KnownLabels(labels: $0.root[path: "metadata", "labels"]?.texts ?? [:]))
        }
        guard !services.isEmpty else {
            if made.services.keys.contains(where: { namespaces.contains($0.namespace) }) { return }
            return report.add(
                .danglingMonitor,
                "\(monitor.title) looks for Services with \(selector.description), and there are none", at: field,
                of: monitor)
        }
        let names = Set(
            services.flatMap { ($0.root[path: "spec", "ports"]?.items ?? []).compactMap { $0["name"]?.string } })
        for port in (monitor.root[path: "spec", "endpoints"]?.items ?? []).compactMap({ $0["port"] }) {
            guard let name = port.string, !names.contains(name) else { continue }
            report.add(
                .danglingMonitor, "no Service that \(monitor.title) finds has a port named `\(name)`", at: port,
                of: monitor,
                cure: names.isEmpty ? nil : "their ports are \(names.sorted().joined(separator: ", "))")
        }
    }

    fileprivate func checkPodMonitor(_ monitor: Subject, _ report: inout Report) {
        guard let field = monitor.root[path: "spec", "selector"], let namespaces = namespaces(of: monitor) else {
            return
        }
        let selector = LabelSelector(field)
        let makers = namespaces.flatMap { podMakers(in: $0) }
        let operators = made.pods.filter { namespaces.contains($0.namespace) }
        if makers.isEmpty, operators.isEmpty { return }
        let pods = makers.compactMap(\.pod).filter { selector.matches($0.labels) }
        let theirs = operators.filter { selector.matches($0.labels) }
        guard !pods.isEmpty || !theirs.isEmpty else {
            return report.add(
                .danglingMonitor, "\(monitor.title) looks for pods with \(selector.description), and there are none",
                at: field, of: monitor)
        }
        let names = Set(pods.flatMap(\.ports).compactMap(\.name)).union(theirs.flatMap(\.ports))
        if theirs.contains(where: { $0.ports.isEmpty }) { return }
        for port in (monitor.root[path: "spec", "podMetricsEndpoints"]?.items ?? []).compactMap({ $0["port"] }) {
            guard let name = port.string, !names.contains(name) else { continue }
            report.add(
                .danglingMonitor, "no pod that \(monitor.title) finds has a port named `\(name)`", at: port,
                of: monitor,
                cure: names.isEmpty ? nil : "their ports are \(names.sorted().joined(separator: ", "))")
        }
    }
}

/// What every cluster has.
enum ClusterFacts {
    /// Where a cluster keeps Roles and accounts of its own.
    static let systemNamespace = "kube-system"

    /// What the usual clusters bring along.
    static let providedStorageClasses: Set<String> = [
        "standard", "default", "gp2", "gp3", "standard-rwo", "premium-rwo", "managed", "managed-csi",
        "managed-csi-premium",
        "hostpath", "local-path", "microk8s-hostpath", "do-block-storage",
    ]

    static func hasClusterRole(_ name: String) -> Bool {
        name.hasPrefix("system:") || ["cluster-admin", "admin", "edit", "view"].contains(name)
    }
}
