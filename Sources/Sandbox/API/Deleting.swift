// Delete: with preconditions, finalizers and the three ways to treat dependents; whole collections too; eviction.

import Manifest

/// What a delete asks for, from the body and the query.
struct DeleteOptions: Sendable {
    enum Propagation: String, Sendable {
        case orphan = "Orphan"
        case background = "Background"
        case foreground = "Foreground"
    }

    var propagation: Propagation?
    var uid: String?
    var resourceVersion: String?
    var gracePeriodSeconds: Int?
    var isDryRun = false

    init() {}

    init(_ request: APIRequest, isDryRun: Bool) throws(StatusError) {
        var body: Value = [:]
        if !request.body.isEmpty { body = try RequestBody.read(request) }
        if let text = body["propagationPolicy"]?.string ?? request.parameter("propagationPolicy") {
            guard let found = Propagation(rawValue: text) else {
                throw .invalid(
                    GroupKind(group: "meta.k8s.io", kind: "DeleteOptions"), "",
                    [.notSupported("propagationPolicy", quoted(text), ["Foreground", "Background", "Orphan", "nil"])])
            }
            propagation = found
            if body["orphanDependents"]?.bool != nil {
                throw .invalid(
                    GroupKind(group: "meta.k8s.io", kind: "DeleteOptions"), "",
                    [
                        .invalid(
                            "propagationPolicy", quoted(text),
                            "orphanDependents and deletionPropagation cannot be both set")
                    ])
            }
        } else if let orphans = body["orphanDependents"]?.bool {
            propagation = orphans ? .orphan : .background
        }
        uid = body[path: "preconditions", "uid"]?.string
        resourceVersion = body[path: "preconditions", "resourceVersion"]?.string
        gracePeriodSeconds =
            body["gracePeriodSeconds"]?.int ?? request.parameter("gracePeriodSeconds").flatMap { Int($0) }
        self.isDryRun = isDryRun || (body["dryRun"]?.array ?? []).contains { $0.string == "All" }
    }
}

extension KubernetesAPIServer {
    func delete(_ call: ResourceRequest) throws(StatusError) -> APIResponse {
        guard call.resource.verbs.contains("delete") else { throw .methodNotAllowed }
        let options = try DeleteOptions(call.request, isDryRun: try call.isDryRun)
        let (object, isGone) = try delete(call, options)
        guard isGone, call.resource.kind != "Pod" else { return try shown(object, call) }
        return .json(success(object, call))
    }

    /// The Status that says what was deleted.
    private func success(_ object: StoredObject, _ call: ResourceRequest) -> Value {
        var details: Object = ["name": .string(object.key.name)]
        if !call.resource.group.isEmpty { details["group"] = .string(call.resource.group) }
        details["kind"] = .string(call.resource.plural)
        details["uid"] = .string(object.uid)
        return [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "details": .object(details),
        ]
    }

    /// Deletes an object, or marks it as being deleted while finalizers hold it.
    @discardableResult
    func delete(
        _ call: ResourceRequest, _ options: DeleteOptions
    ) throws(StatusError) -> (object: StoredObject, isGone: Bool) {
        let resource = call.groupResource
        if call.resource.kind == "Namespace", ["default", "kube-system", "kube-public"].contains(call.key.name) {
            throw .forbidden(resource, call.key.name, "this namespace may not be deleted")
        }
        while true {
            guard let old = store.object(resource, call.key) else { throw .notFound(resource, call.key.name) }
            if let uid = options.uid, uid != old.uid {
                throw .conflict(
                    GroupResource(group: resource.group, resource: call.resource.kind), call.key.name,
                    "the UID in the precondition (\(uid)) does not match the UID in record (\(old.uid)). The object might have been deleted and then recreated"
                )
            }
            if let version = options.resourceVersion, version != String(old.revision) {
                throw .conflict(
                    GroupResource(group: resource.group, resource: call.resource.kind), call.key.name,
                    "the ResourceVersion in the precondition (\(version)) does not match the ResourceVersion in record (\(old.revision)). The object might have been modified"
                )
            }
            var wanted = old.value
            setFinalizers(&wanted, options.propagation, call)
            if resource == Self.customResourceDefinitions, !old.isBeingDeleted {
                wanted.addFinalizer(Self.customResourceCleanup)
            }
            let grace = gracePeriod(of: old.value, options, call.resource)
            let holds =
                grace > 0 || !(wanted[path: "metadata", "finalizers"]?.array?.isEmpty ?? true)
                || (call.resource.kind == "Namespace" && !(wanted[path: "spec", "finalizers"]?.array?.isEmpty ?? true))
            if options.isDryRun { return (old, !holds) }
            if !holds {
                if let removed = store.remove(resource, old) {
                    didWrite(resource)
                    return (removed, true)
                }
                continue
            }
            if !old.isBeingDeleted {
                wanted["metadata"]?["deletionTimestamp"] = .string((ambient.now() + .seconds(grace)).text)
                if resource == Self.customResourceDefinitions {
                    // A definition is marked by a strategy of its own.
                    wanted["status"]?.setCondition(
                        "Terminating", true, reason: "InstanceDeletionPending",
                        message:
                            "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
                        now: ambient.now())
                } else {
                    wanted["metadata"]?["deletionGracePeriodSeconds"] = .int(grace)
                    if let generation = wanted[path: "metadata", "generation"]?.int {
                        wanted["metadata"]?["generation"] = .int(generation + 1)
                    }
                }
                if call.resource.kind == "Namespace", call.resource.custom == nil {
                    wanted["status"]?["phase"] = "Terminating"
                }
            }
            if old.isBeingDeleted, grace == 0, (wanted[path: "metadata", "deletionGracePeriodSeconds"]?.int ?? 0) > 0 {
                wanted["metadata"]?["deletionTimestamp"] = .string(ambient.now().text)
                wanted["metadata"]?["deletionGracePeriodSeconds"] = 0
            }
            if wanted == old.value { return (old, false) }
            if let marked = store.replace(resource, old, with: wanted) {
                didWrite(resource)
                return (marked, false)
            }
        }
    }

    /// How long a pod that runs somewhere has to end, in seconds; nothing else gets any time.
    private func gracePeriod(of value: Value, _ options: DeleteOptions, _ resource: Resource) -> Int {
        guard resource.kind == "Pod", resource.custom == nil, value[path: "spec", "nodeName"]?.string ?? "" != "",
            !["Succeeded", "Failed"].contains(value[path: "status", "phase"]?.string)
        else { return 0 }
        return max(0, options.gracePeriodSeconds ?? value[path: "spec", "terminationGracePeriodSeconds"]?.int ?? 30)
    }

    /// What holds a definition until its objects are gone.
    static let customResourceCleanup = "customresourcecleanup.apiextensions.k8s.io"

    /// The finalizers that stand for a propagation: `foregroundDeletion` and `orphan` are worked off by the garbage
    /// collector.
    private func setFinalizers(_ value: inout Value, _ propagation: DeleteOptions.Propagation?, _ call: ResourceRequest)
    {
        guard let propagation else { return }
        var finalizers = (value[path: "metadata", "finalizers"]?.array ?? []).compactMap(\.string)
        finalizers.removeAll { $0 == "orphan" || $0 == "foregroundDeletion" }
        switch propagation {
        case .background: break
        case .foreground: finalizers.append("foregroundDeletion")
        case .orphan: finalizers.append("orphan")
        }
        value["metadata"]?["finalizers"] = finalizers.isEmpty ? nil : .array(finalizers.map { .string($0) })
    }

    func deleteCollection(_ call: ResourceRequest) throws(StatusError) -> APIResponse {
        guard call.resource.verbs.contains("deletecollection"), !call.resource.isNamespaced || call.namespace != nil
        else { throw .methodNotAllowed }
        let options = try DeleteOptions(call.request, isDryRun: try call.isDryRun)
        let objects = try selected(call)
        var deleted: [Value] = []
        for object in objects {
            var single = call
            single.name = object.key.name
            do throws(StatusError) {
                let result = try delete(single, options)
                let last = call.resource.converted(result.object.value, to: call.version)
                deleted.append(call.resource.custom == nil ? Representation.item(last) : last)
            } catch {
                // Somebody else was faster.
                guard error.code == 404 else { throw error }
            }
        }
        return .json([
            "kind": .string(call.resource.listKind), "apiVersion": .string(call.apiVersion),
            "metadata": ["resourceVersion": .string(String(store.revision))], "items": .array(deleted),
        ])
    }

    /// `pods/eviction`: a delete that disruption budgets could refuse.
    func evict(_ call: ResourceRequest) throws(StatusError) -> APIResponse {
        var pod = call
        pod.subresource = nil
        var options = DeleteOptions()
        options.isDryRun = try call.isDryRun
        try delete(pod, options)
        return .json(
            ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "code": 201], status: 201)
    }

    /// `pods/log`: nothing runs here, and the log says so.
    func podLog(_ call: ResourceRequest) throws(StatusError) -> APIResponse {
        guard store.object(call.groupResource, call.key) != nil else {
            throw .notFound(call.groupResource, call.key.name)
        }
        return .text("This pod of the gitopsctl sandbox is simulated: no container runs, so there is no log.\n")
    }
}

extension Value {
    /// The object's finalizers.
    var finalizers: [String] { (self[path: "metadata", "finalizers"]?.array ?? []).compactMap(\.string) }

    mutating func addFinalizer(_ name: String) {
        let before = finalizers
        guard !before.contains(name) else { return }
        self["metadata"]?["finalizers"] = .array((before + [name]).map { .string($0) })
    }

    mutating func removeFinalizer(_ name: String) {
        let left = finalizers.filter { $0 != name }
        self["metadata"]?["finalizers"] = left.isEmpty ? nil : .array(left.map { .string($0) })
    }
}
