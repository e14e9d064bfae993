// The one way in which a stored object changes: read, transform, protect what the server owns, judge, commit against
// what was read.

import Manifest

extension KubernetesAPIServer {
    /// Changes an object.
    ///
    /// - Parameters:
    ///   - recordsOwners: whether the write is recorded in managedFields as an update; an apply has done so itself.
    ///   - transform: the wanted object from the live one, both in the call's version.
    /// - Returns: the object after the change; its last state when the change completed its deletion.
    /// - Throws: 404, 409 when the caller's resourceVersion is not the newest, 422, and what the transform throws.
    func modify(
        _ call: ResourceRequest, _ options: WriteOptions, recordsOwners: Bool = true,
        transform: (Value) throws(StatusError) -> Value
    ) throws(StatusError) -> StoredObject {
        while true {
            guard let old = store.object(call.groupResource, call.key) else {
                throw .notFound(call.groupResource, call.key.name)
            }
            let live = call.resource.converted(old.value, to: call.version)
            var wanted = try transform(live)
            let expected = wanted[path: "metadata", "resourceVersion"]?.string ?? ""
            if !expected.isEmpty, expected != String(old.revision) {
                throw .modified(call.groupResource, call.key.name)
            }
            try protectMetadata(&wanted, live, call)
            isolate(&wanted, live, call)
            if options.subresource.isEmpty { wanted = defaulted(wanted, call, old: live) }
            if recordsOwners {
                wanted = fieldTracking(call).update(wanted, from: live, by: writer(options))
            }
            wanted = call.resource.converted(wanted, to: call.resource.storageVersion)
            if wanted == old.value { return old }
            if call.subresource != "status" { bumpGeneration(&wanted, old.value, call.resource) }
            wanted = call.resource.stored(wanted)
            let errors = ObjectValidation.errors(wanted, old: old.value, call.resource)
            guard errors.isEmpty else { throw .invalid(call.resource.groupKind, call.key.name, errors) }
            try checkEscalation(wanted, old.value, call)
            if options.isDryRun { return StoredObject(key: old.key, revision: old.revision, value: wanted) }
            if isDeletionComplete(wanted) {
                if let removed = store.remove(call.groupResource, old, last: wanted) {
                    didWrite(call.groupResource)
                    return removed
                }
            } else if let stored = store.replace(call.groupResource, old, with: wanted) {
                didWrite(call.groupResource)
                return stored
            }
            // Somebody wrote in between: the change is made anew, and refused then if it named a version.
        }
    }

    func isDeletionComplete(_ value: Value) -> Bool {
        guard value[path: "metadata", "deletionTimestamp"] != nil else { return false }
        let hasSpecFinalizers =
            !(value[path: "spec", "finalizers"]?.array?.isEmpty ?? true) && value["kind"]?.string == "Namespace"
        return value[path: "metadata", "finalizers"]?.array?.isEmpty ?? true && !hasSpecFinalizers
    }

    /// Keeps what only the server writes, and refuses an object that is another one.
    private func protectMetadata(
        _ wanted: inout Value, _ live: Value, _ call: ResourceRequest
    ) throws(StatusError) {
        var metadata = wanted["metadata"]?.object ?? Object()
        let before = live["metadata"]?.object ?? Object()
        if let uid = metadata["uid"]?.string, !uid.isEmpty, uid != before["uid"]?.string {
            throw .conflict(
                call.groupResource, call.key.name,
                "StorageError: invalid object, Code: 4, Key: /registry/\(call.resource.storageKey)/\(call.namespace.map { "\($0)/" } ?? "")\(call.key.name), ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: \(uid), UID in object meta: \(before["uid"]?.string ?? "")"
            )
        }
        if before["deletionTimestamp"] != nil {
            let had = Set((before["finalizers"]?.array ?? []).compactMap(\.string))
            let added = (metadata["finalizers"]?.array ?? []).compactMap(\.string).filter { !had.contains($0) }
            guard added.isEmpty else {
                let list = added.map { quoted($0) }.joined(separator: ", ")
                throw .invalid(
                    call.resource.groupKind, call.key.name,
                    [
                        .forbidden(
                            "metadata.finalizers",
                            "no new finalizers can be added if the object is being deleted, found new finalizers []string{\(list)}"
                        )
                    ])
            }
        }
        for key in [
            "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "selfLink",
            "resourceVersion", "name", "namespace", "generateName",
        ] {
            metadata[key] = before[key]
        }
        wanted["metadata"] = .object(metadata)
        wanted["apiVersion"] = live["apiVersion"]
        wanted["kind"] = live["kind"]
    }

    /// Lets a write reach only what its endpoint is for: the object without its status, or the status.
    private func isolate(_ wanted: inout Value, _ live: Value, _ call: ResourceRequest) {
        switch call.subresource {
        case "status":
            let status = wanted["status"]
            if call.resource.kind == "Deployment" { wanted["metadata"]?["labels"] = live[path: "metadata", "labels"] }
            if call.resource.custom != nil {
                let managed = wanted[path: "metadata", "managedFields"]
                wanted = live
                wanted["metadata"]?["managedFields"] = managed
            } else {
                for entry in wanted.object?.entries ?? [] where !["metadata", "status"].contains(entry.key) {
                    wanted[entry.key] = live[entry.key]
                }
                for entry in live.object?.entries ?? [] where wanted[entry.key] == nil && entry.key != "status" {
                    wanted[entry.key] = entry.value
                }
            }
            wanted["status"] = status
        case "finalize":
            let finalizers = wanted[path: "spec", "finalizers"]
            wanted = live
            if finalizers?.isEmpty ?? true { wanted["spec"] = [:] } else { wanted["spec"]?["finalizers"] = finalizers }
        default:
            if call.resource.subresources(call.version).contains(.status) { wanted["status"] = live["status"] }
            if call.resource.kind == "Namespace", call.resource.custom == nil { wanted["spec"] = live["spec"] }
        }
    }

    private func bumpGeneration(_ wanted: inout Value, _ old: Value, _ resource: Resource) {
        guard resource.hasGeneration else { return }
        let hasStatus = resource.hasStatusSubresource
        let ignored: Set<String> =
            hasStatus ? ["metadata", "status", "apiVersion", "kind"] : ["metadata", "apiVersion", "kind"]
        func content(_ value: Value) -> Object {
            var object = value.object ?? Object()
            object.entries.removeAll { ignored.contains($0.key) }
            return object
        }
        var isChanged = content(wanted) != content(old)
        if resource.kind == "Deployment", resource.custom == nil {
            isChanged = isChanged || wanted[path: "metadata", "annotations"] != old[path: "metadata", "annotations"]
        }
        guard isChanged else { return }
        let generation = old[path: "metadata", "generation"]?.int ?? 0
        wanted["metadata"]?["generation"] = .int(generation + 1)
    }

    // MARK: Owners of fields

    /// Ownership as the call's endpoint tracks it: what it may not write, it does not own.
    func fieldTracking(_ call: ResourceRequest) -> ServerSideApply {
        var reset = FieldSet()
        switch call.subresource {
        case "status":
            reset = [FieldPath(fields: "spec")]
            if call.resource.custom != nil {
                reset = [FieldPath(fields: "spec"), FieldPath(fields: "metadata")]
            }
        default:
            if call.resource.subresources(call.version).contains(.status) { reset = [FieldPath(fields: "status")] }
        }
        return ServerSideApply(type: call.resource.type(call.version), resetFields: reset)
    }

    func writer(_ options: WriteOptions) -> ServerSideApply.Writer {
        ServerSideApply.Writer(
            manager: options.manager, time: ambient.now().text, subresource: options.subresource)
    }

    /// What a write brings about outside the store.
    func didWrite(_ resource: GroupResource) {
        if resource == Self.customResourceDefinitions { refreshCatalog() }
        if resource.group == "rbac.authorization.k8s.io" { forgetAccessPolicy() }
    }
}

extension Resource {
    /// The type that the objects of a version are merged by.
    func type(_ version: String) -> SchemaType {
        if let custom { return custom.versions[version]?.type ?? Schema.deduced }
        return Schema.builtIn(gvk(version))
    }
}
