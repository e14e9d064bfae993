// Apply, create, replace, patch and delete.

import HTTPClient
package import Manifest

extension KubernetesClient {
    package func apply(_ object: Value, options: ApplyOptions) async throws(KubernetesError) -> WriteResult {
        var (call, reference, resource) = try await call("apply", object)
        call.path = path(of: reference, resource, subresource: options.subresource)
        call.isUnconditional = object[path: "metadata", "resourceVersion"] == nil
        // Server-side apply reads JSON as well as YAML under this type.
        call.send(object, as: "application/apply-patch+yaml", "PATCH")
        call.add("fieldManager", options.fieldManager)
        call.add("force", options.force ? "true" : nil)
        call.add("dryRun", options.dryRun ? "All" : nil)
        call.add("fieldValidation", options.fieldValidation?.rawValue)
        return try await write(call)
    }

    package func create(_ object: Value, options: WriteOptions) async throws(KubernetesError) -> WriteResult {
        var (call, reference, resource) = try await call("create", object, allowsGeneratedName: true)
        call.path = resource.path(namespace: reference.namespace ?? connection.namespace)
        if let subresource = options.subresource {
            call.path = path(of: reference, resource, subresource: subresource)
        }
        call.isIdempotent = reference.gvk.isReview
        call.send(object, as: "application/json", "POST")
        call.add(options)
        return try await write(call)
    }

    package func replace(_ object: Value, options: WriteOptions) async throws(KubernetesError) -> WriteResult {
        var (call, reference, resource) = try await call("replace", object)
        call.path = path(of: reference, resource, subresource: options.subresource)
        call.send(object, as: "application/json", "PUT")
        call.add(options)
        return try await write(call)
    }

    package func patch(
        _ reference: ObjectReference, type: PatchType, body: Value, options: WriteOptions
    ) async throws(KubernetesError) -> WriteResult {
        let title = "patch \(reference)"
        let resource = try await resource(for: reference.gvk, title)
        var call = APICall(title, path: path(of: reference, resource, subresource: options.subresource))
        call.isIdempotent = type != .json
        call.send(body, as: type.rawValue, "PATCH")
        if reference.gvk.groupKind == GroupKind(group: "", kind: "Secret") { call.secret = body }
        call.add(options)
        return try await write(call)
    }

    package func delete(
        _ reference: ObjectReference, options: DeleteOptions
    ) async throws(KubernetesError) -> DeleteResult {
        let title = "delete \(reference)"
        let resource = try await resource(for: reference.gvk, title)
        var call = APICall(title, path: path(of: reference, resource))
        var body: Value = [
            "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": .string(options.propagation.rawValue),
        ]
        if let period = options.gracePeriod { body["gracePeriodSeconds"] = .int(period) }
        var preconditions = Object()
        if let uid = options.uid { preconditions["uid"] = .string(uid) }
        if let version = options.resourceVersion { preconditions["resourceVersion"] = .string(version) }
        if !preconditions.isEmpty { body["preconditions"] = .object(preconditions) }
        if options.dryRun { body["dryRun"] = ["All"] }
        call.send(body, as: "application/json", "DELETE")
        do throws(KubernetesError) {
            let answer = try await transport.value(call)
            // A Status says that it is done; the object itself, that it has finalizers or a grace period to wait for.
            // Some kinds (custom resources among them) answer the object even when it is gone.
            guard answer["kind"]?.string != "Status", isTerminating(answer) else { return .deleted }
            return .terminating(answer)
        } catch {
            // With its kind an object is gone, too: whoever deletes a definition deletes what it defines.
            if error.code == 404 { return .gone }
            throw error
        }
    }

    private func isTerminating(_ object: Value) -> Bool {
        let metadata = object["metadata"]
        let waits =
            !(metadata?["finalizers"]?.array ?? []).isEmpty || (metadata?["deletionGracePeriodSeconds"]?.int ?? 0) > 0
        return metadata?["deletionTimestamp"]?.string != nil && waits
    }

    /// A call about an object as it stands in a manifest, with its resource; its path is left to the caller.
    private func call(
        _ verb: String, _ object: Value, allowsGeneratedName: Bool = false
    ) async throws(KubernetesError) -> (APICall, ObjectReference, APIResource) {
        let reference = KubernetesObject(object).reference
        let title = "\(verb) \(reference)"
        let hasName =
            !reference.name.isEmpty || reference.gvk.isReview
            || (allowsGeneratedName && object[path: "metadata", "generateName"]?.string != nil)
        guard !reference.gvk.kind.isEmpty, !reference.gvk.version.isEmpty, hasName else {
            throw KubernetesError(
                code: 0, reason: KubernetesError.Reason.invalidObject,
                message: "the object has no apiVersion, kind or name",
                request: title)
        }
        return (APICall(title, path: ""), reference, try await resource(for: reference.gvk, title))
    }

    private func write(_ call: APICall) async throws(KubernetesError) -> WriteResult {
        let response = try await transport.send(call)
        return WriteResult(
            object: try APITransport.value(of: response, call), wasCreated: response.status == 201,
            warnings: warnings(of: response.headers))
    }
}

extension GroupVersionKind {
    /// Whether its objects are questions, which are answered and not kept, and so have no names: TokenReview and its
    /// kin.
    fileprivate var isReview: Bool {
        (group == "authentication.k8s.io" || group == "authorization.k8s.io") && kind.hasSuffix("Review")
    }
}

extension APICall {
    fileprivate mutating func add(_ options: WriteOptions) {
        add("fieldManager", options.fieldManager)
        add("dryRun", options.dryRun ? "All" : nil)
        add("fieldValidation", options.fieldValidation?.rawValue)
    }
}
