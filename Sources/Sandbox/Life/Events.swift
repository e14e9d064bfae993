// Events: what controllers say about what they did, counted where they say it again.

import Manifest

extension GroupResource {
    static let events = GroupResource(group: "", resource: "events")
}

extension Life {
    /// Events are kept for an hour.
    func expireEvent(_ event: StoredObject) -> Timestamp? {
        let last =
            event.value["lastTimestamp"]?.string ?? event.value[path: "metadata", "creationTimestamp"]?.string ?? ""
        guard let end = Timestamp(last).map({ $0 + .seconds(3600) }) else { return nil }
        if end > now { return end }
        delete(WorkItem(resource: .events, key: event.key))
        return nil
    }

    /// Records an event about an object. The same said again of the same object counts up.
    func report(
        _ object: StoredObject, _ resource: GroupResource, reason: String, _ message: String, type: String = "Normal",
        from component: String
    ) {
        guard let found = api.catalog.resource(group: resource.group, plural: resource.resource) else { return }
        var hash = ContentHash()
        hash.add("\(object.uid)\(reason)\(message)\(type)")
        let namespace = object.key.namespace.isEmpty ? "default" : object.key.namespace
        let key = ObjectKey(namespace: namespace, name: "\(object.key.name).\(hash.text.lowercased())")
        if api.store.object(.events, key) != nil {
            let now = now
            change(.events, key) { event in
                event["count"] = .int((event["count"]?.int ?? 1) + 1)
                event["lastTimestamp"] = .string(now.text)
            }
            return
        }
        var involved: Object = [
            "kind": .string(found.kind), "apiVersion": .string(found.apiVersion(found.storageVersion)),
            "name": .string(object.key.name), "uid": .string(object.uid),
            "resourceVersion": .string(String(object.revision)),
        ]
        if !object.key.namespace.isEmpty { involved["namespace"] = .string(object.key.namespace) }
        create(
            .events, namespace: namespace,
            [
                "metadata": ["name": .string(key.name)], "involvedObject": .object(involved), "reason": .string(reason),
                "message": .string(message), "type": .string(type), "count": 1, "firstTimestamp": .string(now.text),
                "lastTimestamp": .string(now.text), "source": ["component": .string(component)],
                "reportingComponent": .string(component), "reportingInstance": "",
            ])
    }
}
