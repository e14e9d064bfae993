// What pods take from ConfigMaps, Secrets, claims and accounts, and whether it is there.

import Manifest

/// A reference from a pod to an object of its namespace.
struct PodReference {
    enum Target { case configMap, secret, claim, serviceAccount, priorityClass }

    var target: Target
    var name: Field
    /// Keys that have to be in it.
    var keys: [Field] = []
}

extension PodTemplate {
    /// Everything that the pods need to be started; what is optional is left out.
    var references: [PodReference] {
        var references: [PodReference] = []
        func add(_ target: PodReference.Target, _ name: Field?, keys: [Field] = []) {
            if let name, name.string?.isEmpty == false {
                references.append(PodReference(target: target, name: name, keys: keys))
            }
        }
        func isOptional(_ field: Field) -> Bool { field["optional"]?.bool ?? false }
        func itemKeys(_ field: Field) -> [Field] { (field["items"]?.items ?? []).compactMap { $0["key"] } }
        for container in allContainers {
            for variable in container["env"]?.items ?? [] {
                if let source = variable[path: "valueFrom", "configMapKeyRef"], !isOptional(source) {
                    add(.configMap, source["name"], keys: [source["key"]].compactMap(\.self))
                }
                if let source = variable[path: "valueFrom", "secretKeyRef"], !isOptional(source) {
                    add(.secret, source["name"], keys: [source["key"]].compactMap(\.self))
                }
            }
            for source in container["envFrom"]?.items ?? [] {
                if let map = source["configMapRef"], !isOptional(map) { add(.configMap, map["name"]) }
                if let secret = source["secretRef"], !isOptional(secret) { add(.secret, secret["name"]) }
            }
        }
        for volume in spec["volumes"]?.items ?? [] {
            if let map = volume["configMap"], !isOptional(map) { add(.configMap, map["name"], keys: itemKeys(map)) }
            if let secret = volume["secret"], !isOptional(secret) {
                add(.secret, secret["secretName"], keys: itemKeys(secret))
            }
            add(.claim, volume[path: "persistentVolumeClaim", "claimName"])
            for source in volume[path: "projected", "sources"]?.items ?? [] {
                if let map = source["configMap"], !isOptional(map) { add(.configMap, map["name"], keys: itemKeys(map)) }
                if let secret = source["secret"], !isOptional(secret) {
                    add(.secret, secret["name"], keys: itemKeys(secret))
                }
            }
        }
        for secret in spec["imagePullSecrets"]?.items ?? [] { add(.secret, secret["name"]) }
        add(.serviceAccount, spec["serviceAccountName"] ?? spec["serviceAccount"])
        add(.priorityClass, spec["priorityClassName"])
        return references
    }
}

extension Rule {
    static let danglingConfigMap: Rule = .init(
        "dangling-configmap", .error, "A pod needs a ConfigMap, or a key of one, that is not there",
        cure: "add it, or mark the reference `optional: true`"
    ) { inventory, report in
        inventory.checkReferences(to: .configMap, .danglingConfigMap, &report) { name, namespace in
            if name == "kube-root-ca.crt" { return .known(["ca.crt"]) }
            return inventory.find("", "ConfigMap", Place(namespace, name)).map {
                .known($0.keys(["data", "binaryData"]))
            } ?? .missing
        }
    }

    static let danglingSecret: Rule = .init(
        "dangling-secret", .warning,
        "A pod or an Ingress needs a Secret, or a key of one, that nothing in the tree makes",
        cure: "add it as a SealedSecret or ExternalSecret, or mark the reference `optional: true`"
    ) { inventory, report in
        inventory.checkReferences(to: .secret, .danglingSecret, &report) { name, namespace in
            inventory.secret(name, namespace)
        }
        guard inventory.isWhole else { return }
        for subject in inventory.subjects {
            for (field, key) in subject.operatorSecrets {
                guard let name = field.string, !name.isEmpty else { continue }
                switch inventory.secret(name, subject.namespace) {
                case .open: continue
                case .missing:
                    report.add(
                        .danglingSecret, "\(subject.title) needs the Secret \(name), which nothing here makes",
                        at: field, of: subject)
                case .known(let keys):
                    guard let key, let wanted = key.string, !keys.contains(wanted) else { continue }
                    report.add(
                        .danglingSecret,
                        "\(subject.title) needs the key \(wanted) of the Secret \(name), which does not have it",
                        at: key,
                        of: subject,
                        cure: NearestName.find(wanted, among: keys.sorted()).map { "did you mean `\($0)`?" })
                }
            }
        }
        for ingress in inventory.own("networking.k8s.io", "Ingress") {
            for tls in ingress.root[path: "spec", "tls"]?.items ?? [] {
                guard let field = tls["secretName"], let name = field.string,
                    case .missing = inventory.secret(name, ingress.namespace)
                else { continue }
                report.add(
                    .danglingSecret, "nothing here makes the Secret \(name), which \(ingress.title) needs", at: field,
                    of: ingress)
            }
        }
    }

    static let danglingClaim: Rule = .init(
        "dangling-pvc", .error, "A pod mounts a PersistentVolumeClaim that is not there",
        cure: "add the claim, or name the one that is meant"
    ) { inventory, report in
        inventory.checkReferences(to: .claim, .danglingClaim, &report) { name, namespace in
            inventory.find("", "PersistentVolumeClaim", Place(namespace, name)) == nil ? .missing : .open
        }
    }

    static let nonExistentServiceAccount: Rule = .init(
        "non-existent-service-account", .error, "A pod runs as a ServiceAccount that is not there",
        cure: "add the ServiceAccount, or name the one that is meant"
    ) { inventory, report in
        inventory.checkReferences(to: .serviceAccount, .nonExistentServiceAccount, &report) { name, namespace in
            let place = Place(namespace, name)
            let isThere =
                name == "default" || inventory.made.serviceAccounts.contains(place)
                || inventory.find("", "ServiceAccount", place) != nil
            return isThere ? .open : .missing
        }
    }

    static let danglingPriorityClass: Rule = .init(
        "dangling-priority-class", .error, "A pod has a PriorityClass that is none of those that the tree defines",
        cure: "add the PriorityClass, or name the one that is meant"
    ) { inventory, report in
        let defined = Set(inventory.every("scheduling.k8s.io", "PriorityClass").map(\.name))
        if defined.isEmpty { return }
        inventory.checkReferences(to: .priorityClass, .danglingPriorityClass, &report) { name, _ in
            defined.contains(name) || name.hasPrefix("system-") ? .open : .missing
        }
    }

    static let danglingVolumeMount: Rule = .init(
        "dangling-volume-mount", .error, "A container mounts a volume that the pod does not have",
        cure: "add the volume, or name the one that is meant"
    ) { inventory, report in
        for subject in inventory.subjects {
            guard let pod = subject.pod else { continue }
            let claims = subject.root[path: "spec", "volumeClaimTemplates"]?.items ?? []
            let volumes =
                (pod.spec["volumes"]?.items ?? []).compactMap { $0["name"]?.string }
                + claims.compactMap { $0[path: "metadata", "name"]?.string }
            for mount in pod.allContainers.flatMap({
                ($0["volumeMounts"]?.items ?? []) + ($0["volumeDevices"]?.items ?? [])
            }) {
                guard let field = mount["name"], let name = field.string, !volumes.contains(name) else { continue }
                let nearest = NearestName.find(name, among: volumes).map { "did you mean `\($0)`?" }
                report.add(
                    .danglingVolumeMount, "\(subject.title) has no volume \(name)", at: field, of: subject,
                    cure: nearest)
            }
        }
    }
}

/// What is known of an object that is referred to.
enum Knowledge {
    case missing
    /// It is there, with these keys.
    case known(Set<String>)
    /// It is there, with keys that nobody knows here.
    case open
}

extension Subject {
    /// The keys of a ConfigMap or Secret.
    fileprivate func keys(_ parts: [String]) -> Set<String> {
        Set(parts.flatMap { (root[$0]?.members ?? []).map(\.key) })
    }
}

extension Inventory {
    func secret(_ name: String, _ namespace: String) -> Knowledge {
        let place = Place(namespace, name)
        if let secret = find("", "Secret", place) {
            let isToken = secret.root["type"]?.string == "kubernetes.io/service-account-token"
            return isToken ? .open : .known(secret.keys(["data", "stringData"]))
        }
        guard let made = made.secrets[place] else { return .missing }
        return made.map { .known($0) } ?? .open
    }

    fileprivate func checkReferences(
        to target: PodReference.Target, _ rule: Rule, _ report: inout Report, _ look: (String, String) -> Knowledge
    ) {
        guard isWhole else { return }
        let (kind, group): (String, String) =
            switch target {
            case .configMap: ("ConfigMap", "")
            case .secret: ("Secret", "")
            case .claim: ("PersistentVolumeClaim", "")
            case .serviceAccount: ("ServiceAccount", "")
            case .priorityClass: ("PriorityClass", "scheduling.k8s.io")
            }
        for subject in subjects {
            var told: Set<String> = []
            for reference in subject.pod?.references ?? [] where reference.target == target {
                guard let name = reference.name.string else { continue }
                switch look(name, subject.namespace) {
                case .open: continue
                case .missing:
                    guard told.insert(name).inserted else { continue }
                    let elsewhere = every(group, kind).first { $0.name == name }
                    let cure =
                        elsewhere.map { "it is in the namespace \($0.namespace): pods see none but their own" }
                        ?? nearest(name, group, kind, in: subject.namespace)
                    report.add(
                        rule, "\(subject.title) needs the \(kind) \(name), which nothing here makes",
                        at: reference.name, of: subject, cure: cure)
                case .known(let keys):
                    for field in reference.keys {
                        guard let key = field.string, !keys.contains(key), told.insert("\(name)/\(key)").inserted else {
                            continue
                        }
                        let cure = NearestName.find(key, among: keys.sorted()).map { "did you mean `\($0)`?" }
                        report.add(
                            rule,
                            "\(subject.title) needs the key \(key) of the \(kind) \(name), which does not have it",
                            at: field,
                            of: subject, cure: cure)
                    }
                }
            }
        }
    }
}
