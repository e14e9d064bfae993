// Create and update.

import Manifest

/// How a write is to be made, whoever asks for it.
struct WriteOptions: Sendable {
    var manager: String
    var isDryRun = false
    var subresource = ""
}

extension KubernetesAPIServer {
    func options(_ call: ResourceRequest) throws(StatusError) -> WriteOptions {
        if let manager = call.request.parameter("fieldManager"), manager.utf8.count > 128 {
            throw .invalid(
                call.optionsKind, "",
                [FieldError(reason: .tooLong, field: "fieldManager", body: "Too long: may not be more than 128 bytes")])
        }
        return WriteOptions(
            manager: call.manager, isDryRun: try call.isDryRun,
            subresource: call.subresource == "finalize" ? "" : call.subresource ?? "")
    }

    /// The answer that shows a written object in the form the client asked for.
    func shown(
        _ object: StoredObject, _ call: ResourceRequest, status: Int = 200, warnings: [String] = []
    ) throws(StatusError) -> APIResponse {
        let form = try Representation(accept: call.request.header("accept"))
        return APIResponse.json(form.bytes(object, call), status: status).warning(warnings)
    }

    // MARK: Create

    func create(_ call: ResourceRequest) throws(StatusError) -> APIResponse {
        guard call.resource.verbs.contains("create") else { throw .methodNotAllowed }
        let decoded = try decodedObject(call)
        let object = try create(decoded.value, call, try options(call))
        return try shown(object, call, status: 201, warnings: decoded.warnings)
    }

    /// Stores a new object of the call's resource and version.
    func create(
        _ value: Value, _ call: ResourceRequest, _ options: WriteOptions, applied: Bool = false
    ) throws(StatusError) -> StoredObject {
        var value = value
        if call.resource.custom?.isTerminating ?? false {
            var error = StatusError.methodNotSupported(call.groupResource, "create")
            error.message = "create not allowed while custom resource definition is terminating"
            throw error
        }
        let generates = try prepareName(&value, call)
        try admitIntoNamespace(call, name: value[path: "metadata", "name"]?.string ?? "")
        prepareNew(&value, call.resource)
        value = defaulted(value, call, old: nil)
        if !applied {
            value = fieldTracking(call).update(value, from: blank(call), by: writer(options))
        }
        Strategy.complete(&value, call.resource)
        value = call.resource.stored(value)
        try assignFromCluster(&value, call.resource)
        try admitLimits(&value, call)
        for _ in 0..<8 {
            let name = value[path: "metadata", "name"]?.string ?? ""
            let errors = ObjectValidation.errors(value, old: nil, call.resource)
            guard errors.isEmpty else { throw .invalid(call.resource.groupKind, name, errors) }
            try checkEscalation(value, nil, call)
            try admitQuota(value, call)
            let key = ObjectKey(namespace: call.namespace ?? "", name: name)
            if options.isDryRun {
                guard store.object(call.groupResource, key) == nil else {
                    throw .alreadyExists(call.groupResource, name)
                }
                return StoredObject(key: key, revision: 0, value: value)
            }
            if let stored = store.insert(call.groupResource, key, value) {
                didWrite(call.groupResource)
                return stored
            }
            guard generates, let prefix = value[path: "metadata", "generateName"]?.string else {
                throw .alreadyExists(call.groupResource, name)
            }
            value["metadata"]?["name"] = .string(prefix + ambient.nameSuffix())
        }
        throw .alreadyExists(call.groupResource, value[path: "metadata", "name"]?.string ?? "")
    }

    /// What the server takes for the state before a create: an object with nothing but the structures that are always
    /// there. They are nobody's, so that the creator owns what is in them and not themselves.
    private func blank(_ call: ResourceRequest) -> Value {
        guard call.resource.custom == nil, let type = Schema.kubernetes.type(of: call.gvk) else { return [:] }
        var reading = TypedReading()
        reading.fillsRequired = true
        return reading.read([:], type)
    }

    /// Sets name and namespace; answers whether the name was generated.
    private func prepareName(_ value: inout Value, _ call: ResourceRequest) throws(StatusError) -> Bool {
        if value["metadata"] == nil { value["metadata"] = [:] }
        try checkNamespace(value, call)
        value["metadata"]?["namespace"] = call.namespace.map { .string($0) }
        if let revision = value[path: "metadata", "resourceVersion"]?.string, !revision.isEmpty {
            throw StatusError(
                code: 500, reason: "", message: "resourceVersion should not be set on objects to be created")
        }
        let name = value[path: "metadata", "name"]?.string ?? ""
        guard name.isEmpty else { return false }
        guard let prefix = value[path: "metadata", "generateName"]?.string, !prefix.isEmpty else {
            throw .invalid(
                call.resource.groupKind, "", [.required("metadata.name", "name or generateName is required")])
        }
        value["metadata"]?["name"] = .string(String(prefix.prefix(58)) + ambient.nameSuffix())
        return true
    }

    /// Holds the name and the namespace of an object that is there against those of the path.
    func checkAddress(_ value: Value, _ call: ResourceRequest) throws(StatusError) {
        let name = value[path: "metadata", "name"]?.string ?? ""
        let expected = call.name ?? ""
        guard !name.isEmpty else {
            throw .badRequest(
                "the name of the object (\(expected) based on URL) was undeterminable: name must be provided")
        }
        guard name == expected else {
            throw .badRequest("the name of the object (\(name)) does not match the name on the URL (\(expected))")
        }
        let namespace = value[path: "metadata", "namespace"]?.string ?? ""
        if let expected = call.namespace, !namespace.isEmpty, namespace != expected {
            throw .badRequest(
                "the namespace of the object (\(namespace)) does not match the namespace on the request (\(expected))")
        }
    }

    func checkNamespace(_ value: Value, _ call: ResourceRequest) throws(StatusError) {
        let given = value[path: "metadata", "namespace"]?.string ?? ""
        guard !given.isEmpty else { return }
        // What is cluster-scoped loses it.
        guard let namespace = call.namespace else { return }
        guard given == namespace else {
            throw .badRequest(
                "the namespace of the provided object does not match the namespace sent on the request")
        }
    }

    /// Admission's namespace lifecycle: what is created needs a namespace that is there and stays.
    private func admitIntoNamespace(_ call: ResourceRequest, name: String) throws(StatusError) {
        guard call.resource.isNamespaced, let namespace = call.namespace else { return }
        let namespaces = GroupResource(group: "", resource: "namespaces")
        guard let found = store.object(namespaces, ObjectKey(namespace: "", name: namespace)) else {
            throw .notFound(namespaces, namespace)
        }
        guard !found.isBeingDeleted else {
            var error = StatusError.forbidden(
                call.groupResource, name,
                "unable to create new content in namespace \(namespace) because it is being terminated")
            error.causes = [
                .init(
                    reason: "NamespaceTerminating", message: "namespace \(namespace) is being terminated",
                    field: "metadata.namespace")
            ]
            throw error
        }
    }

    /// The metadata that the server gives to what is new, and a status as if nothing had happened yet.
    private func prepareNew(_ value: inout Value, _ resource: Resource) {
        var metadata = value["metadata"]?.object ?? Object()
        for key in ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion"] {
            metadata[key] = nil
        }
        metadata["uid"] = .string(ambient.uuid())
        metadata["creationTimestamp"] = .string(ambient.now().text)
        if resource.hasGeneration { metadata["generation"] = 1 }
        value["metadata"] = .object(metadata)
        if resource.hasStatusSubresource, resource.custom == nil || value["status"] != nil { value["status"] = nil }
    }

    /// What creates by another verb needs the right to create as well.
    func authorizeCreate(_ call: ResourceRequest) throws(StatusError) {
        let attributes = AccessAttributes(
            user: call.user, verb: "create", group: call.resource.group, resource: call.resource.plural,
            namespace: call.namespace ?? "", name: call.name ?? "")
        // The real server gives no reason here.
        if accessPolicy.reason(toAllow: attributes) == nil { throw .forbidden(call.groupResource, call.key.name, "") }
    }

    // MARK: Update

    func replace(_ call: ResourceRequest) throws(StatusError) -> APIResponse {
        guard call.resource.verbs.contains("update") else { throw .methodNotAllowed }
        let decoded = try decodedObject(call)
        try checkAddress(decoded.value, call)
        if call.resource.custom != nil, store.object(call.groupResource, call.key) != nil,
            (decoded.value[path: "metadata", "resourceVersion"]?.string ?? "").isEmpty
        {
            throw .invalid(
                call.resource.groupKind, call.key.name,
                [.invalid("metadata.resourceVersion", "0", "must be specified for an update")])
        }
        if call.resource.createsOnUpdate, call.subresource == nil, store.object(call.groupResource, call.key) == nil {
            try authorizeCreate(call)
            let object = try create(decoded.value, call, try options(call))
            return try shown(object, call, status: 201, warnings: decoded.warnings)
        }
        let object = try modify(call, try options(call)) { _ throws(StatusError) in decoded.value }
        return try shown(object, call, warnings: decoded.warnings)
    }
}

extension Resource {
    var hasStatusSubresource: Bool {
        if let custom { return custom.versions.values.contains { $0.hasStatus } }
        return subresources.contains(.status)
    }

    /// Kinds whose `metadata.generation` counts the changes of what is wanted.
    var hasGeneration: Bool {
        custom != nil || Self.kindsWithGeneration.contains(kind)
    }

    private static let kindsWithGeneration: Set<String> = [
        "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "ReplicationController", "Pod", "PodTemplate", "Job",
        "CronJob",
        "Ingress", "IngressClass", "NetworkPolicy", "PodDisruptionBudget", "CustomResourceDefinition", "EndpointSlice",
        "FlowSchema", "PriorityLevelConfiguration", "PriorityClass", "MutatingWebhookConfiguration",
        "ValidatingWebhookConfiguration", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
        "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "ResourceSlice", "DeviceClass",
    ]

    /// Kinds that a PUT creates when they are not there (`AllowCreateOnUpdate` of their strategy).
    var createsOnUpdate: Bool {
        [
            "Lease", "Endpoints", "LimitRange", "Event", "PriorityClass", "Role", "RoleBinding", "ClusterRole",
            "ClusterRoleBinding",
            "RuntimeClass", "CSIDriver", "CSINode",
        ].contains(kind) && custom == nil
    }
}
