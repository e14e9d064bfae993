// The scale subresource: how many replicas, through one small object whatever the kind.

import Manifest

/// Where a kind keeps its replicas.
struct ScalePaths: Sendable, Hashable {
    var specReplicas: [String]
    var statusReplicas: [String]
    /// Where the label selector stands as a string; nil when it is to be written from `spec.selector`.
    var labelSelector: [String]?

    static let workload = ScalePaths(specReplicas: ["spec", "replicas"], statusReplicas: ["status", "replicas"])
}

extension KubernetesAPIServer {
    func getScale(_ call: ResourceRequest) throws(StatusError) -> APIResponse {
        guard let object = store.object(call.groupResource, call.key) else {
            throw .notFound(
                GroupResource(group: call.resource.group, resource: "\(call.resource.plural)/scale"), call.key.name)
        }
        try checkScalable(object.value, call)
        return .json(scale(of: object, call))
    }

    /// A custom resource has a scale where it says how many replicas it wants.
    private func checkScalable(_ value: Value, _ call: ResourceRequest) throws(StatusError) {
        guard let paths = call.resource.custom?.versions[call.version]?.scale,
            value.value(at: paths.specReplicas[...])?.int == nil
        else { return }
        throw .internalError(
            "the spec replicas field \(quoted("." + paths.specReplicas.joined(separator: "."))) does not exist")
    }

    func replaceScale(_ call: ResourceRequest) throws(StatusError) -> APIResponse {
        let wanted = try RequestBody.read(call.request)
        if let kind = wanted["kind"]?.string, kind != "Scale" {
            throw .badRequest("expected kind Scale, but got \(kind)")
        }
        try checkAddress(wanted, call)
        return try writeScale(call) { _ throws(StatusError) in wanted }
    }

    func patchScale(_ call: ResourceRequest) throws(StatusError) -> APIResponse {
        let patch = try RequestBody.readYAML(call.request.body)
        switch RequestBody.mediaType(call.request) {
        case "application/json-patch+json":
            let operations = try JSONPatch(patch)
            return try writeScale(call) { live throws(StatusError) in try operations.applied(to: live) }
        default:
            return try writeScale(call) { live throws(StatusError) in MergePatch.applied(patch, to: live) }
        }
    }

    private func writeScale(
        _ call: ResourceRequest, _ transform: (Value) throws(StatusError) -> Value
    ) throws(StatusError) -> APIResponse {
        let paths = call.resource.scalePaths(call.version)
        var whole = call
        whole.subresource = nil
        var options = try options(call)
        options.subresource = "scale"
        let object = try modify(whole, options) { live throws(StatusError) in
            let before = scale(of: StoredObject(key: call.key, revision: 0, value: live), call)
            let wanted = try transform(before)
            let replicas = wanted[path: "spec", "replicas"]?.int ?? 0
            guard replicas >= 0 else {
                if call.resource.custom != nil {
                    let field = "." + paths.specReplicas.joined(separator: ".")
                    throw .invalid(
                        call.resource.groupKind, call.key.name,
                        [.invalid(field, String(replicas), "should be a non-negative integer")])
                }
                throw .invalid(
                    GroupKind(group: "autoscaling", kind: "Scale"), call.key.name,
                    [.invalid("spec.replicas", String(replicas), "must be greater than or equal to 0")])
            }
            var changed = live
            if let version = wanted[path: "metadata", "resourceVersion"] {
                changed["metadata"]?["resourceVersion"] = version
            }
            changed.set(.int(replicas), at: paths.specReplicas[...])
            return changed
        }
        return .json(scale(of: object, call))
    }

    private func scale(of object: StoredObject, _ call: ResourceRequest) -> Value {
        let paths = call.resource.scalePaths(call.version)
        let source = object.value["metadata"]
        var metadata = Object()
        for key in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] { metadata[key] = source?[key] }
        var status: Object = ["replicas": object.value.value(at: paths.statusReplicas[...]) ?? 0]
        let selector =
            paths.labelSelector.map { object.value.value(at: $0[...])?.string ?? "" }
            ?? PodSelector(object.value[path: "spec", "selector"]).text
        if !selector.isEmpty { status["selector"] = .string(selector) }
        return [
            "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": .object(metadata),
            "spec": ["replicas": object.value.value(at: paths.specReplicas[...]) ?? 0], "status": .object(status),
        ]
    }
}

extension Resource {
    func scalePaths(_ version: String) -> ScalePaths { custom?.versions[version]?.scale ?? .workload }
}

extension Value {
    func value(at path: ArraySlice<String>) -> Value? {
        guard let first = path.first else { return self }
        return self[first]?.value(at: path.dropFirst())
    }

    mutating func set(_ value: Value, at path: ArraySlice<String>) {
        guard let first = path.first else {
            self = value
            return
        }
        var below = self[first] ?? [:]
        below.set(value, at: path.dropFirst())
        self[first] = below
    }
}
