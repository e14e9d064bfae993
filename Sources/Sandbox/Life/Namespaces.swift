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
        let conflict = nameConflict(definition)
        let storage = (spec["versions"]?.array ?? []).first { $0["storage"]?.bool ?? false }?["name"]
        let isEstablished = (definition.value[path: "status", "conditions"]?.array ?? []).contains {
            $0["type"]?.string == "Established" && $0["status"]?.string == "True"
        }
        let later = isEstablished ? nil : moment("established", definition, takes: min(pace, .milliseconds(100)))
        setStatus(resource, definition.key, as: .apiServer) { status in
            status["acceptedNames"] = conflict == nil ? spec["names"] : ["kind": "", "plural": ""]
            if let storage {
                var stored = status["storedVersions"]?.array ?? []
                if !stored.contains(storage) { stored.append(storage) }
                status["storedVersions"] = .array(stored)
            }
            status.setCondition(
                "NamesAccepted", conflict == nil, reason: conflict == nil ? "NoConflicts" : "PluralConflict",
                message: conflict ?? "no conflicts found", now: now)
            guard later == nil else { return }
            status.setCondition(
                "Established", conflict == nil, reason: conflict == nil ? "InitialNamesAccepted" : "NotAccepted",
                message: conflict == nil ? "the initial names have been accepted" : "not all names are accepted",
                now: now)
        }
        return later
    }

    /// What keeps a definition's names from being accepted: another one's in the same group.
    private func nameConflict(_ definition: StoredObject) -> String? {
        let group = definition.value[path: "spec", "group"]
        let kind = definition.value[path: "spec", "names", "kind"]?.string ?? ""
        for other in objects(KubernetesAPIServer.customResourceDefinitions)
        where other.key != definition.key && other.value[path: "spec", "group"] == group {
            if other.value[path: "status", "acceptedNames", "kind"]?.string == kind {
                return "\"\(kind)\" is already in use"
            }
        }
        return nil
    }
}
