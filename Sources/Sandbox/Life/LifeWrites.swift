// How controllers read and write: through the API's own functions, under the names of the components that do so in a
// real cluster.

import Manifest

extension Life {
    /// The component that a write is recorded under in managedFields.
    enum Component: String {
        case controllerManager = "kube-controller-manager"
        case scheduler = "kube-scheduler"
        case kubelet
        case apiServer = "kube-apiserver"
    }

    func objects(_ resource: GroupResource, namespace: String? = nil) -> [StoredObject] {
        api.store.objects(resource, namespace: namespace).objects
    }

    func object(_ item: WorkItem) -> StoredObject? { api.store.object(item.resource, item.key) }

    /// The objects of a resource that an object controls.
    func controlled(_ resource: GroupResource, by owner: StoredObject) -> [StoredObject] {
        owners.dependents(of: owner.uid).filter { $0.resource == resource }.compactMap { object($0) }
            .filter { $0.value.controllerUID == owner.uid }.sorted { $0.key < $1.key }
    }

    private func call(_ resource: GroupResource, _ key: ObjectKey, subresource: String? = nil) -> ResourceRequest? {
        guard let found = api.catalog.resource(group: resource.group, plural: resource.resource) else { return nil }
        return ResourceRequest(
            resource: found, version: found.storageVersion, namespace: found.isNamespaced ? key.namespace : nil,
            name: key.name.isEmpty ? nil : key.name, subresource: subresource,
            request: APIRequest(method: "", uri: "/", user: .controller))
    }

    /// Creates an object. One that is there already, or that is refused, is left to the next look.
    @discardableResult
    func create(
        _ resource: GroupResource, namespace: String, _ value: Value, as component: Component = .controllerManager
    ) -> StoredObject? {
        guard let call = call(resource, ObjectKey(namespace: namespace, name: "")) else { return nil }
        var value = value
        value["apiVersion"] = .string(call.apiVersion)
        value["kind"] = .string(call.resource.kind)
        return try? api.create(value, call, WriteOptions(manager: component.rawValue))
    }

    /// Changes an object, or a subresource of it. Who was faster wins; the next look sees it.
    @discardableResult
    func change(
        _ resource: GroupResource, _ key: ObjectKey, subresource: String? = nil,
        as component: Component = .controllerManager,
        _ body: (inout Value) -> Void
    ) -> StoredObject? {
        guard let call = call(resource, key, subresource: subresource) else { return nil }
        let options = WriteOptions(manager: component.rawValue, subresource: subresource ?? "")
        return try? api.modify(call, options) { live throws(StatusError) in
            var value = live
            value["metadata"]?["resourceVersion"] = nil
            body(&value)
            return value
        }
    }

    @discardableResult
    func setStatus(
        _ resource: GroupResource, _ key: ObjectKey, as component: Component = .controllerManager,
        _ body: (inout Value) -> Void
    ) -> StoredObject? {
        change(resource, key, subresource: "status", as: component) { value in
            var status = value["status"] ?? [:]
            body(&status)
            value["status"] = status
        }
    }

    func delete(_ item: WorkItem, _ propagation: DeleteOptions.Propagation? = .background, grace: Int? = nil) {
        guard let call = call(item.resource, item.key) else { return }
        var options = DeleteOptions()
        options.propagation = propagation
        options.gracePeriodSeconds = grace
        _ = try? api.delete(call, options)
    }
}

extension Value {
    /// Sets a condition; its transition time moves only with its status.
    mutating func setCondition(
        _ type: String, _ status: Bool, reason: String? = nil, message: String? = nil, now: Timestamp,
        extra: [(String, Value)] = []
    ) {
        var conditions = self["conditions"]?.array ?? []
        let text = status ? "True" : "False"
        let index = conditions.firstIndex { $0["type"]?.string == type }
        let before = index.map { conditions[$0] }
        var condition: Object = ["type": .string(type), "status": .string(text)]
        let moved = before?["status"]?.string != text
        condition["lastTransitionTime"] = moved ? .string(now.text) : before?["lastTransitionTime"] ?? .string(now.text)
        if let reason { condition["reason"] = .string(reason) }
        if let message { condition["message"] = .string(message) }
        for (key, value) in extra { condition[key] = before.map { moved ? value : $0[key] ?? value } ?? value }
        if let index { conditions[index] = .object(condition) } else { conditions.append(.object(condition)) }
        self["conditions"] = .array(conditions)
    }
}
