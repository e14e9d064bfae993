// Patches of all four types, and server-side apply's creation of what is not there.

import Manifest

extension KubernetesAPIServer {
    func patch(_ call: ResourceRequest) throws(StatusError) -> APIResponse {
        guard call.resource.verbs.contains("patch") else { throw .methodNotAllowed }
        switch RequestBody.mediaType(call.request) {
        case "application/apply-patch+yaml", "application/apply-patch":
            return try apply(call)
        case "application/json-patch+json":
            let patch = try JSONPatch(RequestBody.readJSON(call.request.body))
            return try self.patch(call) { live throws(StatusError) in try patch.applied(to: live) }
        case "application/merge-patch+json":
            let patch = try patchDocument(call)
            return try self.patch(call) { live throws(StatusError) in MergePatch.applied(patch, to: live) }
        case "application/strategic-merge-patch+json" where call.resource.custom == nil:
            let patch = try patchDocument(call)
            let type = call.resource.type(call.version)
            return try self.patch(call) { live throws(StatusError) in
                try StrategicMergePatch.applied(patch, to: live, type: type)
            }
        default:
            let taken =
                call.resource.custom == nil
                ? "application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml"
                : "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
            throw .unsupportedMediaType(
                "the body of the request was in an unknown format - accepted media types include: \(taken)")
        }
    }

    private func patchDocument(_ call: ResourceRequest) throws(StatusError) -> Value {
        do {
            return try JSON.read(call.request.body)
        } catch {
            throw .badRequest("error decoding patch: \(error)")
        }
    }

    private func patch(
        _ call: ResourceRequest, _ transform: (Value) throws(StatusError) -> Value
    ) throws(StatusError) -> APIResponse {
        if call.request.parameter("force") != nil {
            throw .invalid(
                GroupKind(group: "meta.k8s.io", kind: "PatchOptions"), "",
                [.forbidden("force", "may not be specified for non-apply patch")])
        }
        var warnings: [String] = []
        let object = try modify(call, try options(call)) { live throws(StatusError) in
            let wanted = try transform(live)
            try checkIdentity(wanted, call)
            let decoded: DecodedObject
            do throws(StatusError) {
                decoded = try checkedFields(wanted, call)
            } catch {
                guard error.message.contains("json: cannot unmarshal") else { throw error }
                throw .invalid(
                    GroupKind(group: "", kind: ""), "",
                    [.invalid("patch", quoted(String(decoding: JSON.write(wanted), as: UTF8.self)), error.mismatch)])
            }
            warnings = decoded.warnings
            try checkAddress(decoded.value, call)
            return decoded.value
        }
        return try shown(object, call, warnings: warnings)
    }

    /// A patch leaves a custom resource of its kind and version.
    private func checkIdentity(_ wanted: Value, _ call: ResourceRequest) throws(StatusError) {
        guard call.resource.custom != nil else { return }
        for (key, expected) in [("apiVersion", call.apiVersion), ("kind", call.resource.kind)] {
            let found = wanted[key]?.string ?? ""
            guard found != expected else { continue }
            throw .invalid(
                call.resource.groupKind, call.key.name, [.invalid(key, quoted(found), "must be \(expected)")])
        }
    }

    // MARK: Server-side apply

    private func apply(_ call: ResourceRequest) throws(StatusError) -> APIResponse {
        guard let manager = call.request.parameter("fieldManager"), !manager.isEmpty else {
            throw .invalid(
                GroupKind(group: "meta.k8s.io", kind: "PatchOptions"), "",
                [.required("fieldManager", "is required for apply patch")])
        }
        let config = try configuration(call)
        try checkDecodable(config, call)
        let force = call.request.flag("force")
        let options = try options(call)
        let tracking = fieldTracking(call)
        let writer = writer(options)

        if call.subresource == nil, store.object(call.groupResource, call.key) == nil {
            try authorizeCreate(call)
            if let uid = config[path: "metadata", "uid"]?.string {
                throw .conflict(
                    call.groupResource, call.key.name,
                    "uid mismatch: the provided object specified uid \(uid), and no existing object was found")
            }
            let applied = try resultOfApply(call) { () throws(ApplyConflictError) in
                try tracking.apply(config, to: nil, by: writer, force: force)
            }
            do {
                let object = try create(applied, call, options, applied: true)
                return try shown(object, call, status: 201)
            } catch  where error.reason == "AlreadyExists" {
                // Somebody else created it meanwhile: applied to that one below.
            }
        }
        let object = try modify(call, options, recordsOwners: false) { live throws(StatusError) in
            let applied = try resultOfApply(call) { () throws(ApplyConflictError) in
                try tracking.apply(config, to: live, by: writer, force: force)
            }
            try checkEmptied(applied, live, manager, call)
            return applied
        }
        return try shown(object, call)
    }

    private func checkEmptied(
        _ applied: Value, _ live: Value, _ manager: String, _ call: ResourceRequest
    ) throws(StatusError) {
        guard let schema = call.resource.custom?.versions[call.version]?.structural.declared,
            let last = ManagedFields(of: live).entries.first(where: {
                $0.manager == manager && $0.operation == .apply && $0.subresource == call.subresource ?? ""
            })
        else { return }
        let errors = EmptiedFields.errors(applied, live: live, last: last.fields, schema: schema)
        guard errors.isEmpty else { throw .invalid(call.resource.groupKind, call.key.name, errors) }
    }

    private func resultOfApply(
        _ call: ResourceRequest, _ body: () throws(ApplyConflictError) -> Value
    ) throws(StatusError) -> Value {
        do {
            return try body()
        } catch {
            let conflicts = error.conflicts.map { (manager: $0.manager.shown, fields: $0.fields) }
                .sorted { $0.manager < $1.manager }
            throw .applyConflict(
                conflicts.flatMap { conflict in conflict.fields.paths.map { (conflict.manager, $0.typedText) } })
        }
    }

    /// The applied configuration: of the path's kind and name, every field declared in the schema.
    private func configuration(_ call: ResourceRequest) throws(StatusError) -> Value {
        var config = try RequestBody.readYAML(call.request.body)
        guard case .object = config else { throw .badRequest("error decoding YAML: the configuration is no object") }
        if config[path: "metadata", "managedFields"].map({ !$0.isEmpty }) ?? false {
            throw .badRequest("metadata.managedFields must be nil")
        }
        guard config["apiVersion"]?.string == call.apiVersion else {
            throw .badRequest(
                "Incorrect version specified in apply patch. Specified patch version: \(config["apiVersion"]?.string ?? ""), expected: \(call.apiVersion)"
            )
        }
        guard config["kind"]?.string == call.resource.kind else {
            throw .badRequest(
                "\(config["kind"]?.string ?? "") in version \(quoted(call.version)) cannot be handled as a \(call.resource.kind)"
            )
        }
        try checkAddress(config, call)
        config["metadata"]?["namespace"] = call.namespace.map { .string($0) }

        var check = DeclaredFields()
        check.check(config, call.resource.type(call.version))
        guard check.errors.isEmpty else {
            let place = "\(call.namespace.map { "\($0)/" } ?? "/")\(call.name ?? "")"
            throw StatusError(
                code: 500, reason: "",
                message:
                    "failed to create typed patch object (\(place); \(call.gvk.group)/\(call.version), Kind=\(call.resource.kind)): \(check.message)"
            )
        }
        return withoutNulls(config)
    }

    private func withoutNulls(_ value: Value) -> Value {
        switch value {
        case .scalar: value
        case .array(let items): .array(items.map(withoutNulls))
        case .object(let object):
            .object(
                Object(
                    entries: object.entries.filter { !$0.value.isNull }.map {
                        Object.Entry(key: $0.key, value: withoutNulls($0.value))
                    }))
        }
    }
}

extension ManagedFieldsEntry {
    /// The manager as conflicts name it: with its subresource, and the version of an update.
    fileprivate var shown: String {
        var text = quoted(manager)
        if !subresource.isEmpty { text += " with subresource \(quoted(subresource))" }
        if operation == .update { text += " using \(apiVersion)" }
        return text
    }
}

extension FieldPath {
    /// The path as structured-merge-diff prints it: `.spec.template.spec.containers[name="web"].image`.
    var typedText: String {
        elements.map { element in
            switch element {
            case .field(let name): ".\(name)"
            case .item(let keys): "[\(keys.map { "\($0.name)=\($0.value.typedText)" }.joined(separator: ","))]"
            case .value(let value): "[=\(value.typedText)]"
            case .index(let index): "[\(index)]"
            }
        }.joined()
    }
}

extension Scalar {
    fileprivate var typedText: String { kind == .string ? quoted(text) : text }
}
