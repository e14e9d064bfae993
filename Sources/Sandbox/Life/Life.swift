// What a cluster does by itself: controllers that look at what is and move it one step towards what is wanted.

import Manifest

/// An object that a controller is to look at.
struct WorkItem: Hashable, Sendable {
    var resource: GroupResource
    var key: ObjectKey
}

/// A change of the store, as controllers hear of it.
struct LifeChange: Sendable {
    var resource: GroupResource
    var event: WatchEvent
}

/// The controllers of a cluster, level-based and without threads: changes go in, `step` looks at everything that is
/// due.
///
/// Time comes in as a parameter, so that a test moves it; what takes a moment in a real cluster takes `pace` here.
struct Life {
    let api: KubernetesAPIServer
    private let usualPace: Duration
    private let controllers: SandboxConfiguration.Controllers
    var owners = OwnerIndex()
    /// When each item is to be looked at.
    private var due = DueQueue()
    /// When something that takes a moment is done, by the object's uid and what it waits for.
    private var moments: [String: [String: Timestamp]] = [:]
    private(set) var now = Timestamp(microseconds: 0)

    init(api: KubernetesAPIServer, pace: Duration, controllers: SandboxConfiguration.Controllers = .all) {
        self.api = api
        usualPace = pace
        self.controllers = controllers
    }

    /// How long what takes a moment takes.
    var pace: Duration { api.rehearsal.pace ?? usualPace }

    /// Takes up everything that is in the store already.
    mutating func begin(now: Timestamp) {
        for resource in api.catalog.resources {
            for object in api.store.objects(resource.groupResource).objects {
                take(
                    LifeChange(
                        resource: resource.groupResource, event: WatchEvent(type: .added, object: object, previous: nil)
                    ),
                    now: now)
            }
        }
    }

    /// Hears of a change: the object is to be looked at, and so is what owns it.
    mutating func take(_ change: LifeChange, now: Timestamp) {
        let object = change.event.object
        let item = WorkItem(resource: change.resource, key: object.key)
        let owners = object.value.ownerReferences
        for owner in owners {
            if let found = self.owners.item(uid: owner.uid) { enqueue(found, now) }
        }
        switch change.event.type {
        case .added, .modified:
            self.owners.note(item, uid: object.uid, owners: owners.map(\.uid))
            enqueue(item, now)
        case .deleted:
            let dependents = self.owners.forget(item, uid: object.uid, owners: owners.map(\.uid))
            moments[object.uid] = nil
            due.remove(item)
            for dependent in dependents { enqueue(dependent, now) }
            afterDeletion(of: object, change.resource, now)
        }
        enqueueObservers(of: change, now)
        // What is in a namespace that is going away holds it up.
        if !object.key.namespace.isEmpty {
            let namespace = ObjectKey(namespace: "", name: object.key.namespace)
            if api.store.object(.namespaces, namespace)?.isBeingDeleted ?? false {
                enqueue(WorkItem(resource: .namespaces, key: namespace), now)
            }
        }
        if change.event.type == .deleted,
            let resource = api.catalog.resource(group: change.resource.group, plural: change.resource.resource),
            resource.custom != nil
        {
            let definition = ObjectKey(namespace: "", name: "\(change.resource)")
            enqueue(WorkItem(resource: KubernetesAPIServer.customResourceDefinitions, key: definition), now)
        }
    }

    /// Budgets count pods, autoscalers read the scale of their targets.
    private mutating func enqueueObservers(of change: LifeChange, _ now: Timestamp) {
        let observers: GroupResource
        let namespace = change.event.object.key.namespace
        if !namespace.isEmpty, change.resource != .quotas, change.resource != .events {
            for quota in objects(.quotas, namespace: namespace) {
                enqueue(WorkItem(resource: .quotas, key: quota.key), now)
            }
        }
        switch (change.resource.group, change.resource.resource) {
        case ("", "pods"):
            observers = .budgets
            enqueueServices(of: change.event.object, now)
            for name in change.event.object.value.claimNames {
                enqueue(
                    WorkItem(
                        resource: .claims, key: ObjectKey(namespace: change.event.object.key.namespace, name: name)),
                    now)
            }
        case ("apps", "deployments"), ("apps", "statefulsets"): observers = .autoscalers
        case ("rbac.authorization.k8s.io", "clusterroles"):
            for role in objects(.clusterRoles) where role.value["aggregationRule"] != nil {
                enqueue(WorkItem(resource: .clusterRoles, key: role.key), now)
            }
            return
        default: return
        }
        for object in objects(observers, namespace: change.event.object.key.namespace) {
            enqueue(WorkItem(resource: observers, key: object.key), now)
        }
    }

    /// The Services that select a pod show it, or no longer.
    private mutating func enqueueServices(of pod: StoredObject, _ now: Timestamp) {
        for service in objects(.services, namespace: pod.key.namespace) {
            guard let selector = service.value[path: "spec", "selector"], !selector.isEmpty else { continue }
            if PodSelector(selector).matches(pod.labels) {
                enqueue(WorkItem(resource: .services, key: service.key), now)
            }
        }
    }

    mutating func enqueue(_ item: WorkItem, _ time: Timestamp) {
        due.add(item, at: time)
    }

    /// Looks at everything that is due. Changes that this makes come back through `take`.
    /// - Returns: when the next item is due; nil when nothing waits.
    mutating func step(now: Timestamp) -> Timestamp? {
        self.now = now
        for item in due.take(until: now) {
            guard let object = api.store.object(item.resource, item.key) else { continue }
            if let again = reconcile(object, item) { enqueue(item, again) }
        }
        return due.next
    }

    /// Whether something that began when it was first asked for is done; if not, when it will be.
    mutating func moment(_ what: String, _ object: StoredObject, takes duration: Duration? = nil) -> Timestamp? {
        let end = moments[object.uid]?[what] ?? now + (duration ?? pace)
        moments[object.uid, default: [:]][what] = end
        return end <= now ? nil : end
    }

    /// One look at one object. The answer is when to look again without any change.
    private mutating func reconcile(_ object: StoredObject, _ item: WorkItem) -> Timestamp? {
        if controllers == .apiServer, item.resource != KubernetesAPIServer.customResourceDefinitions { return nil }
        if collect(object, item) { return nil }
        switch (item.resource.group, item.resource.resource) {
        case ("", "pods"): return reconcilePod(object)
        case ("", "namespaces"): return reconcileNamespace(object)
        case ("", "services"): return reconcileService(object)
        case ("", "resourcequotas"): return reconcileQuota(object)
        case ("", "events"): return expireEvent(object)
        case ("", "persistentvolumeclaims"): return reconcileClaim(object)
        case ("", "persistentvolumes"): return reconcileVolume(object)
        case ("apps", "deployments"): return reconcileDeployment(object)
        case ("apps", "replicasets"): return reconcileReplicaSet(object)
        case ("apps", "statefulsets"): return reconcileStatefulSet(object)
        case ("apps", "daemonsets"): return reconcileDaemonSet(object)
        case ("batch", "jobs"): return reconcileJob(object)
        case ("networking.k8s.io", "ingresses"): return reconcileIngress(object)
        case ("autoscaling", "horizontalpodautoscalers"): return reconcileAutoscaler(object)
        case ("policy", "poddisruptionbudgets"): return reconcileBudget(object)
        case ("rbac.authorization.k8s.io", "clusterroles"): return aggregateRules(object)
        case ("apiextensions.k8s.io", "customresourcedefinitions"): return reconcileDefinition(object)
        default: return nil
        }
    }
}

extension GroupResource {
    static let namespaces = GroupResource(group: "", resource: "namespaces")
    static let pods = GroupResource(group: "", resource: "pods")
    static let replicaSets = GroupResource(group: "apps", resource: "replicasets")
    static let claims = GroupResource(group: "", resource: "persistentvolumeclaims")
    static let volumes = GroupResource(group: "", resource: "persistentvolumes")
}

/// Who owns whom, by uid.
struct OwnerIndex {
    private var items: [String: WorkItem] = [:]
    private var dependents: [String: Set<WorkItem>] = [:]
    private var ownersOf: [WorkItem: [String]] = [:]

    func item(uid: String) -> WorkItem? { items[uid] }
    func dependents(of uid: String) -> Set<WorkItem> { dependents[uid] ?? [] }

    mutating func note(_ item: WorkItem, uid: String, owners: [String]) {
        items[uid] = item
        for owner in ownersOf[item] ?? [] where !owners.contains(owner) { dependents[owner]?.remove(item) }
        ownersOf[item] = owners.isEmpty ? nil : owners
        for owner in owners { dependents[owner, default: []].insert(item) }
    }

    /// Forgets an object; answers those that it owned.
    mutating func forget(_ item: WorkItem, uid: String, owners: [String]) -> Set<WorkItem> {
        items[uid] = nil
        ownersOf[item] = nil
        for owner in owners { dependents[owner]?.remove(item) }
        return dependents.removeValue(forKey: uid) ?? []
    }
}

/// An entry of `metadata.ownerReferences`.
struct OwnerReference: Sendable, Hashable {
    var uid: String
    var isController: Bool
    var kind: String
    var name: String
}

extension Value {
    var ownerReferences: [OwnerReference] {
        (self[path: "metadata", "ownerReferences"]?.array ?? []).map { owner in
            OwnerReference(
                uid: owner["uid"]?.string ?? "", isController: owner["controller"]?.bool ?? false,
                kind: owner["kind"]?.string ?? "", name: owner["name"]?.string ?? "")
        }
    }

    var controllerUID: String? { ownerReferences.first { $0.isController }?.uid }

    /// The reference by which a controller owns what it makes.
    func asController() -> Value {
        [
            "apiVersion": self["apiVersion"] ?? "", "kind": self["kind"] ?? "",
            "name": self[path: "metadata", "name"] ?? "",
            "uid": self[path: "metadata", "uid"] ?? "", "controller": true, "blockOwnerDeletion": true,
        ]
    }
}
