// What workloads are to do instead of becoming ready, and how many replicas autoscalers are to want.

import Synchronization

/// How a workload is broken.
package enum Breakage: String, Sendable, CaseIterable {
    /// Its images cannot be pulled.
    case imagePull = "image-pull"
    /// Its containers end as soon as they are started.
    case crashLoop = "crash-loop"
    /// No node takes its pods.
    case unschedulable
}

/// The wishes of whoever rehearses. Safe to use from any thread.
package final class Rehearsal: Sendable {
    private struct State {
        var breakages: [WorkItem: Breakage] = [:]
        var loads: [ObjectKey: Int] = [:]
        var pace: Duration?
    }

    private let state = Mutex(State())

    init() {}

    func breakage(of item: WorkItem) -> Breakage? { state.withLock { $0.breakages[item] } }
    func setBreakage(_ breakage: Breakage?, of item: WorkItem) { state.withLock { $0.breakages[item] = breakage } }
    var isCalm: Bool { state.withLock { $0.breakages.isEmpty } }
    var breakages: [WorkItem: Breakage] { state.withLock { $0.breakages } }

    /// How many replicas an autoscaler is to want.
    func load(on autoscaler: ObjectKey) -> Int? { state.withLock { $0.loads[autoscaler] } }
    func setLoad(_ replicas: Int?, on autoscaler: ObjectKey) { state.withLock { $0.loads[autoscaler] = replicas } }

    /// How long what takes a moment takes; nil for the pace that the sandbox was started with.
    package var pace: Duration? {
        get { state.withLock { $0.pace } }
        set { state.withLock { $0.pace = newValue } }
    }
}

extension KubernetesAPIServer {
    /// Breaks a workload or a pod, or mends it: its pods are made anew.
    /// - Throws: 404 when there is no such object, 400 when it has no pods.
    package func rehearse(_ breakage: Breakage?, kind: String, namespace: String, name: String) throws(StatusError) {
        let key = ObjectKey(namespace: namespace, name: name)
        guard let resource = catalog.resource(called: kind), store.object(resource.groupResource, key) != nil else {
            throw .notFound(GroupResource(group: "", resource: kind), name)
        }
        guard Self.failing.contains(resource.groupResource.description) else {
            throw .badRequest("\(resource.plural) have no pods that could fail")
        }
        let item = WorkItem(resource: resource.groupResource, key: key)
        rehearsal.setBreakage(breakage, of: item)
        guard item.resource != .pods, let owner = store.object(item.resource, key) else { return touch(item) }
        for pod in store.objects(.pods, namespace: namespace).objects where isOwned(pod, by: owner.uid) {
            var call = ResourceRequest(
                resource: resource, version: resource.storageVersion, namespace: namespace, name: pod.key.name,
                subresource: nil, request: APIRequest(method: "DELETE", uri: "/", user: .controller))
            guard let pods = catalog.resource(group: "", plural: "pods") else { continue }
            call.resource = pods
            call.version = "v1"
            var options = DeleteOptions()
            options.gracePeriodSeconds = 0
            _ = try? delete(call, options)
        }
    }

    /// What runs pods, or is one.
    private static let failing: Set<String> = [
        "pods", "replicationcontrollers", "deployments.apps", "replicasets.apps", "statefulsets.apps",
        "daemonsets.apps", "jobs.batch",
    ]

    /// Whether an object is, at the end of the chain of its owners, that of a uid.
    private func isOwned(_ object: StoredObject, by uid: String) -> Bool {
        object.value.ownerReferences.contains { owner in
            if owner.uid == uid { return true }
            let sets = store.objects(.replicaSets, namespace: object.key.namespace).objects
            return sets.first { $0.uid == owner.uid }.map { isOwned($0, by: uid) } ?? false
        }
    }

    /// Has an autoscaler want so many replicas; nil gives it back to itself.
    /// - Throws: 404 when there is no such autoscaler.
    package func load(_ replicas: Int?, autoscaler name: String, namespace: String) throws(StatusError) {
        let key = ObjectKey(namespace: namespace, name: name)
        guard store.object(.autoscalers, key) != nil else { throw .notFound(.autoscalers, name) }
        rehearsal.setLoad(replicas, on: key)
        touch(WorkItem(resource: .autoscalers, key: key))
    }

    /// Has the controllers look at an object once more.
    private func touch(_ item: WorkItem) { store.nudge(item.resource, item.key) }
}

extension ResourceCatalog {
    /// A resource by what people call it: its plural, its singular, a short name or its kind, with the group behind a
    /// dot where given.
    func resource(called name: String) -> Resource? {
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        let word = (parts.first ?? "").lowercased()
        return resources.first { resource in
            (parts.count < 2 || resource.group == parts[1])
                && (resource.plural == word || resource.singular == word || resource.shortNames.contains(word))
        }
    }
}
