// All that a sandbox holds as one document, and back.

package import Manifest

extension KubernetesAPIServer {
    /// Every object, by resource, as it is stored.
    /// - Parameter withSecrets: whether the values of Secrets come along; they are blank otherwise.
    package func snapshot(withSecrets: Bool = false) -> Value {
        let (tables, revision) = store.everything()
        var objects: [Value] = []
        for (resource, table) in tables.sorted(by: { $0.key.description < $1.key.description }) {
            for object in table {
                objects.append([
                    "group": .string(resource.group), "resource": .string(resource.resource),
                    "object": withSecrets ? object.value : SecretValues.blanked(object.value),
                ])
            }
        }
        return [
            "kind": "SandboxSnapshot", "version": 1, "secrets": withSecrets ? "kept" : "blank",
            "revision": .int(Int(clamping: revision)),
            "objects": .array(objects),
        ]
    }

    /// Takes the place of everything that is there. Watches are told that their version is too old, and begin anew.
    /// - Throws: 400 for a document that is no snapshot; then nothing is changed.
    package func restore(_ snapshot: Value) throws(StatusError) {
        guard snapshot["kind"]?.string == "SandboxSnapshot", let entries = snapshot["objects"]?.array else {
            throw .badRequest("this is no snapshot of a sandbox")
        }
        var objects: [(GroupResource, ObjectKey, Value)] = []
        for entry in entries {
            guard let group = entry["group"]?.string, let resource = entry["resource"]?.string,
                let object = entry["object"], let name = object[path: "metadata", "name"]?.string
            else { throw .badRequest("an entry of the snapshot names no object") }
            let namespace = object[path: "metadata", "namespace"]?.string ?? ""
            objects.append(
                (GroupResource(group: group, resource: resource), ObjectKey(namespace: namespace, name: name), object))
        }
        store.replaceAll(objects)
        begin()
    }

    /// Adds objects as they are, with their owners and managed fields; those of the same name are replaced. Namespaces
    /// that are missing are made, definitions are served at once.
    /// - Returns: how many were taken.
    /// - Throws: 400 for a kind that is not served.
    package func importObjects(_ list: Value) throws(StatusError) -> Int {
        var count = 0
        let items = list["items"]?.array ?? []
        let definitions = items.filter { $0["kind"]?.string == "CustomResourceDefinition" }
        for item in definitions + items.filter({ $0["kind"]?.string != "CustomResourceDefinition" }) {
            let gvk = GroupVersionKind(
                apiVersion: item["apiVersion"]?.string ?? "", kind: item["kind"]?.string ?? "")
            guard let resource = catalog.resource(GroupKind(group: gvk.group, kind: gvk.kind)) else {
                throw .badRequest("no resource is served for \(gvk.kind) of \(gvk.apiVersion)")
            }
            let name = item[path: "metadata", "name"]?.string ?? ""
            let namespace = resource.isNamespaced ? item[path: "metadata", "namespace"]?.string ?? "default" : ""
            if resource.isNamespaced { ensureNamespace(namespace) }
            var value = resource.converted(item, to: resource.storageVersion)
            if resource.isNamespaced { value["metadata"]?["namespace"] = .string(namespace) }
            if value[path: "metadata", "uid"] == nil { value["metadata"]?["uid"] = .string(ambient.uuid()) }
            if value[path: "metadata", "creationTimestamp"] == nil {
                value["metadata"]?["creationTimestamp"] = .string(ambient.now().text)
            }
            let key = ObjectKey(namespace: namespace, name: name)
            if let old = store.object(resource.groupResource, key) {
                _ = store.replace(resource.groupResource, old, with: value)
            } else {
                _ = store.insert(resource.groupResource, key, value)
            }
            didWrite(resource.groupResource)
            count += 1
        }
        noteAllocations()
        return count
    }

    private func ensureNamespace(_ name: String) {
        guard store.object(.namespaces, ObjectKey(namespace: "", name: name)) == nil,
            let resource = catalog.resource(GroupKind(group: "", kind: "Namespace"))
        else { return }
        let call = ResourceRequest(
            resource: resource, version: "v1", namespace: nil, name: name, subresource: nil,
            request: APIRequest(method: "POST", uri: "/", user: .controller))
        _ = try? create(
            ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name)]], call,
            WriteOptions(manager: "kube-apiserver"))
    }
}

/// What of an object nobody but the cluster is to see.
package enum SecretValues {
    /// The object without what a Secret holds, and without copies of that in annotations: its keys stay, with nothing
    /// behind them.
    package static func blanked(_ object: Value) -> Value {
        guard object["kind"]?.string == "Secret", object["apiVersion"]?.string == "v1" else { return object }
        var blank = object
        for part in ["data", "stringData"] {
            guard let entries = object[part]?.object?.entries else { continue }
            blank[part] = .object(Object(entries: entries.map { .init(key: $0.key, value: "") }))
        }
        blank["metadata"]?["annotations"]?["kubectl.kubernetes.io/last-applied-configuration"] = nil
        return blank
    }
}
