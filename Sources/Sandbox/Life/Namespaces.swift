// Namespaces and definitions: what begins with them, and what ends with them.

import Manifest

extension Life {
    private static let rootCertificates = GroupResource(group: "", resource: "configmaps")
    private static let serviceAccounts = GroupResource(group: "", resource: "serviceaccounts")

    mutating func reconcileNamespace(_ namespace: StoredObject) -> Timestamp? {
        let name = namespace.key.name
        guard namespace.isBeingDeleted else {
            // What a real cluster puts into every namespace.
            if api.store.object(Self.serviceAccounts, ObjectKey(namespace: name, name: "default")) == nil {
                create(Self.serviceAccounts, namespace: name, ["metadata": ["name": "default"]])
            }
            if api.store.object(Self.rootCertificates, ObjectKey(namespace: name, name: "kube-root-ca.crt")) == nil {
                create(
                    Self.rootCertificates, namespace: name,
                    [
                        "metadata": [
                            "name": "kube-root-ca.crt",
                            "annotations": [
                                "kubernetes.io/description":
                                    "Contains a CA bundle that can be used to verify the kube-apiserver."
                            ],
                        ], "data": ["ca.crt": .string(api.rootCertificate)],
                    ])
            }
            return nil
        }
        if let later = moment("empty", namespace) { return later }
        var isEmpty = true
        for resource in api.catalog.resources where resource.isNamespaced && resource.verbs.contains("delete") {
            for object in objects(resource.groupResource, namespace: name) {
                isEmpty = false
                let item = WorkItem(resource: resource.groupResource, key: object.key)
                if !object.isBeingDeleted { delete(item) }
            }
        }
        let now = now
        guard isEmpty else {
            setStatus(.namespaces, namespace.key) { status in
                status.setCondition(
                    "NamespaceContentRemaining", true, reason: "SomeResourcesRemain", message: "Some resources remain",
                    now: now)
            }
            return now + pace
        }
        change(.namespaces, namespace.key, subresource: "finalize") { $0["spec"]?["finalizers"] = nil }
        return nil
    }

    // MARK: CustomResourceDefinitions

    mutating func reconcileDefinition(_ definition: StoredObject) -> Timestamp? {
        let resource = KubernetesAPIServer.customResourceDefinitions
        let spec = definition.value["spec"] ?? [:]
        let now = now
        if definition.isBeingDeleted {
            guard definition.value.finalizers.contains(KubernetesAPIServer.customResourceCleanup) else { return nil }
            let instances = GroupResource(
                group: spec["group"]?.string ?? "", resource: spec[path: "names", "plural"]?.string ?? "")
            let left = objects(instances)
            guard left.isEmpty else {
                for object in left where !object.isBeingDeleted {
                    delete(WorkItem(resource: instances, key: object.key))
                }
                return nil
            }
            change(resource, definition.key) { $0.removeFinalizer(KubernetesAPIServer.customResourceCleanup) }
            return nil
        }
        let (accepted, conflict) = names(of: definition)
        let storage = (spec["versions"]?.array ?? []).first { $0["storage"]?.bool ?? false }?["name"]
        let isEstablished = (definition.value[path: "status", "conditions"]?.array ?? []).contains {
            $0["type"]?.string == "Established" && $0["status"]?.string == "True"
        }
        let later =
            isEstablished || conflict != nil
            ? nil : moment("established", definition, takes: min(pace, .milliseconds(100)))
        setStatus(resource, definition.key, as: .apiServer) { status in
            status["acceptedNames"] = .object(accepted)
            if let storage {
                var stored = status["storedVersions"]?.array ?? []
                if !stored.contains(storage) { stored.append(storage) }
                status["storedVersions"] = .array(stored)
            }
            status.setCondition(
                "NamesAccepted", conflict == nil, reason: conflict?.reason ?? "NoConflicts",
                message: conflict?.message ?? "no conflicts found", now: now)
            // Names that are lost later do not end what is served.
            guard !isEstablished else { return }
            let isReady = later == nil && conflict == nil
            let reason = conflict != nil ? "NotAccepted" : isReady ? "InitialNamesAccepted" : "Installing"
            status.setCondition(
                "Established", isReady, reason: reason,
                message: conflict == nil ? "the initial names have been accepted" : "not all names are accepted",
                now: now)
        }
        return later
    }

    /// The names that a definition may have beside the others of its group, and what keeps it from the rest: the last
    /// one that is taken is named.
    private func names(of definition: StoredObject) -> (accepted: Object, conflict: (reason: String, message: String)?)
    {
        let group = definition.value[path: "spec", "group"]
        var (words, kinds): (Set<String>, Set<String>) = ([], [])
        for other in objects(KubernetesAPIServer.customResourceDefinitions)
        where other.key != definition.key && other.value[path: "spec", "group"] == group {
            let names = other.value[path: "status", "acceptedNames"] ?? [:]
            words.formUnion(["plural", "singular"].compactMap { names[$0]?.string })
            words.formUnion((names["shortNames"]?.array ?? []).compactMap(\.string))
            kinds.formUnion(["kind", "listKind"].compactMap { names[$0]?.string })
        }
        let wanted = definition.value[path: "spec", "names"]?.object ?? Object()
        var accepted: Object = ["plural": "", "kind": ""]
        var conflict: (reason: String, message: String)?
        func take(_ key: String, _ reason: String, _ taken: Set<String>) {
            guard let name = wanted[key] else { return }
            let texts = name.array?.compactMap(\.string) ?? [name.string ?? ""]
            if let lost = texts.first(where: { taken.contains($0) }) {
                conflict = (reason, "\"\(lost)\" is already in use")
            } else {
                accepted[key] = name
            }
        }
        take("plural", "PluralConflict", words)
        take("singular", "SingularConflict", words)
        take("shortNames", "ShortNamesConflict", words)
        take("kind", "KindConflict", kinds)
        take("listKind", "ListKindConflict", kinds)
        if let categories = wanted["categories"] { accepted["categories"] = categories }
        return (accepted, conflict)
    }
}
