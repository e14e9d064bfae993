// Get, list and watch.

import Manifest

extension KubernetesAPIServer {
    func get(_ call: ResourceRequest) throws(StatusError) -> APIResponse {
        guard call.resource.verbs.contains("get") else { throw .methodNotAllowed }
        let form = try Representation(accept: call.request.header("accept"))
        guard let object = store.object(call.groupResource, call.key) else {
            throw .notFound(call.groupResource, call.key.name)
        }
        if let asked = try revision(call, parameter: "resourceVersion"), asked > store.revision {
            throw .tooLargeResourceVersion(asked, current: store.revision)
        }
        return .json(form.bytes(object, call))
    }

    // MARK: Lists

    func list(_ call: ResourceRequest) throws(StatusError) -> APIResponse {
        guard call.resource.verbs.contains("list") else { throw .methodNotAllowed }
        let form = try Representation(accept: call.request.header("accept"))
        let page = try page(call)
        let metadata = page.metadata
        switch form {
        case .table:
            return .json(
                TablePrinter(call.resource, call.version, call.request).table(
                    page.objects, revision: page.revision, continuation: page.continuation))
        case .partialMetadata:
            return .json([
                "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
                "items": .array(page.objects.map { Representation.partialMetadata($0.value) }),
            ])
        case .object:
            var bytes = Array(
                #"{"kind":"\#(call.resource.listKind)","apiVersion":"\#(call.apiVersion)","metadata":"#.utf8)
            bytes.append(contentsOf: JSON.write(metadata))
            bytes.append(contentsOf: #","items":["#.utf8)
            bytes.reserveCapacity(bytes.count + page.objects.count * 2048)
            for (index, object) in page.objects.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                bytes.append(contentsOf: Representation.item(object, call))
            }
            bytes.append(contentsOf: "]}\n".utf8)
            return .json(bytes)
        }
    }

    /// The objects that a call's selectors choose.
    func selected(_ call: ResourceRequest) throws(StatusError) -> [StoredObject] {
        try page(call).objects
    }

    private struct Page {
        var objects: [StoredObject]
        var revision: UInt64
        var continuation: String?
        var remaining: Int?

        var metadata: Value {
            var metadata: Object = ["resourceVersion": .string(String(revision))]
            if let continuation { metadata["continue"] = .string(continuation) }
            if let remaining { metadata["remainingItemCount"] = .int(remaining) }
            return .object(metadata)
        }
    }

    private func page(_ call: ResourceRequest) throws(StatusError) -> Page {
        let request = call.request
        let filter = try filter(call)
        try checkMatch(call)
        let limit = Int(request.parameter("limit") ?? "") ?? 0
        var (objects, current) = store.objects(call.groupResource, namespace: call.namespace)

        if let token = request.parameter("continue"), !token.isEmpty {
            if let version = request.parameter("resourceVersion"), !version.isEmpty, version != "0" {
                throw .badRequest("specifying resource version is not allowed when using continue")
            }
            let position = try ContinueToken(token)
            guard let past = store.objects(call.groupResource, namespace: call.namespace, at: position.revision) else {
                throw .expired(
                    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter."
                )
            }
            objects = Array(past[past.partitionPoint { $0.key > position.last }...])
            current = position.revision
        } else if let asked = try revision(call, parameter: "resourceVersion"), asked > 0 {
            guard asked <= current else { throw .tooLargeResourceVersion(asked, current: current) }
            if request.parameter("resourceVersionMatch") == "Exact"
                || (limit > 0 && request.parameter("resourceVersionMatch") == nil)
            {
                guard let past = store.objects(call.groupResource, namespace: call.namespace, at: asked) else {
                    throw .expired("The resourceVersion for the provided list is too old.")
                }
                objects = past
                current = asked
            }
        }

        let isFiltered = !filter.labels.isEverything || !filter.fields.isEverything
        var matching = isFiltered ? objects.filter(filter.matches) : objects
        var page = Page(objects: [], revision: current)
        if limit > 0, matching.count > limit {
            // What remains is counted only when nothing is filtered, as the real server counts it.
            if !isFiltered { page.remaining = matching.count - limit }
            matching.removeSubrange(limit...)
            page.continuation = matching.last.map { ContinueToken(revision: current, last: $0.key).text }
        }
        page.objects = matching
        return page
    }

    /// The rules of `resourceVersionMatch` in a list.
    private func checkMatch(_ call: ResourceRequest) throws(StatusError) {
        guard let match = call.request.parameter("resourceVersionMatch"), !match.isEmpty else { return }
        let version = call.request.parameter("resourceVersion") ?? ""
        var errors: [FieldError] = []
        if version.isEmpty {
            errors.append(
                .forbidden(
                    "resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided"))
        }
        if !(call.request.parameter("continue") ?? "").isEmpty {
            errors.append(
                .forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided"))
        }
        if !["Exact", "NotOlderThan"].contains(match) {
            errors.append(.notSupported("resourceVersionMatch", quoted(match), ["Exact", "NotOlderThan", ""]))
        }
        if match == "Exact", version == "0" {
            errors.append(
                .forbidden(
                    "resourceVersionMatch", "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""))
        }
        guard errors.isEmpty else {
            throw .invalid(GroupKind(group: "meta.k8s.io", kind: "ListOptions"), "", errors)
        }
    }

    private func filter(_ call: ResourceRequest) throws(StatusError) -> WatchStream.Filter {
        var filter = WatchStream.Filter(namespace: call.namespace)
        if let text = call.request.parameter("labelSelector"), !text.isEmpty {
            filter.labels = try LabelSelector(parsing: text)
        }
        if let text = call.request.parameter("fieldSelector"), !text.isEmpty {
            filter.fields = try FieldSelector(parsing: text)
            for requirement in filter.fields.requirements
            where !call.resource.selectableFields.contains(requirement.field) {
                let known = call.resource.selectableFields.sorted()
                throw .badRequest(
                    known.count == 2
                        ? "\(quoted(requirement.field)) is not a known field selector: only \(known.map { quoted($0) }.joined(separator: ", "))"
                        : "field label not supported: \(requirement.field)")
            }
        }
        return filter
    }

    private func revision(_ call: ResourceRequest, parameter: String) throws(StatusError) -> UInt64? {
        guard let text = call.request.parameter(parameter), !text.isEmpty else { return nil }
        guard let revision = UInt64(text) else {
            throw StatusError(
                code: 500, reason: "",
                message:
                    "\(parameter): Invalid value: \(quoted(text)): strconv.ParseUint: parsing \(quoted(text)): invalid syntax"
            )
        }
        return revision
    }

    // MARK: Watches

    func watch(_ call: ResourceRequest) throws(StatusError) -> APIResponse {
        guard call.resource.verbs.contains("watch") else { throw .methodNotAllowed }
        let request = call.request
        let form = try Representation(accept: request.header("accept"))
        let filter = try filter(call)
        let asked = try revision(call, parameter: "resourceVersion")
        let seconds = Int(request.parameter("timeoutSeconds") ?? "") ?? 0
        // Without a wish of the client's a watch lives half an hour to an hour, as on the real server.
        let timeout = seconds > 0 ? seconds : 1800 + Int(ambient.random() % 1800)
        let allowsBookmarks = request.flag("allowWatchBookmarks")
        let sendsInitialEvents = request.parameter("sendInitialEvents").map { $0 != "false" && $0 != "0" }
        if let sendsInitialEvents {
            try checkInitialEvents(call, sendsInitialEvents, allowsBookmarks: allowsBookmarks)
        }
        let stream = WatchStream(
            call.groupResource, store: store, filter: filter, timeout: .seconds(timeout),
            allowsBookmarks: allowsBookmarks, represent: { form.bytes($0, call) },
            bookmark: { form.bookmark($0, endsInitialEvents: $1, call) })

        let start: UInt64?
        if let sendsInitialEvents {
            start = sendsInitialEvents ? nil : asked ?? store.revision
        } else {
            start = asked == 0 ? nil : asked
        }
        let begins = store.watch(
            call.groupResource, stream, after: start, endsInitialEvents: sendsInitialEvents == true && allowsBookmarks)
        guard begins else {
            let error = StatusError.expired("too old resource version: \(start ?? 0) (\(store.revision))")
            return APIResponse(
                status: 200, contentType: "application/json", body: .watch(.refused(call.groupResource, error)))
        }
        return APIResponse(status: 200, contentType: "application/json", body: .watch(stream))
    }

    /// The rules of KEP-3157 for streamed lists.
    private func checkInitialEvents(
        _ call: ResourceRequest, _ sends: Bool, allowsBookmarks: Bool
    ) throws(StatusError) {
        let match = call.request.parameter("resourceVersionMatch")
        var errors: [FieldError] = []
        if match != "NotOlderThan" {
            errors.append(
                match == nil
                    ? .forbidden(
                        "resourceVersionMatch",
                        "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
                    : .notSupported("resourceVersionMatch", quoted(match ?? ""), ["NotOlderThan"]))
        }
        if sends, !allowsBookmarks {
            errors.append(
                .forbidden("allowWatchBookmarks", "sendInitialEvents requires setting allowWatchBookmarks to true"))
        }
        guard errors.isEmpty else {
            throw .invalid(GroupKind(group: "meta.k8s.io", kind: "ListOptions"), "", errors)
        }
    }
}

extension Resource {
    /// The fields that a field selector may name.
    var selectableFields: Set<String> {
        var fields: Set<String> = ["metadata.name"]
        if isNamespaced { fields.insert("metadata.namespace") }
        switch kind {
        case "Pod":
            fields.formUnion([
                "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
                "spec.hostNetwork",
                "status.phase", "status.podIP", "status.nominatedNodeName",
            ])
        case "Namespace": fields.insert("status.phase")
        case "Node": fields.insert("spec.unschedulable")
        case "Secret": fields.insert("type")
        case "Service": fields.formUnion(["spec.clusterIP", "spec.type"])
        case "Job": fields.insert("status.successful")
        case "ReplicaSet", "ReplicationController": fields.insert("status.replicas")
        case "CertificateSigningRequest": fields.insert("spec.signerName")
        case "Event":
            fields.formUnion([
                "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
                "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason",
                "reportingComponent", "source", "type",
            ])
        default: break
        }
        return fields.union(custom?.selectableFields ?? [])
    }
}

/// Where the next page of a list begins. Opaque to clients: base64 of JSON, as the real server's is.
struct ContinueToken {
    var revision: UInt64
    var last: ObjectKey

    init(revision: UInt64, last: ObjectKey) {
        self.revision = revision
        self.last = last
    }

    init(_ text: String) throws(StatusError) {
        // The alphabet of URLs, without padding.
        let standard = text.replacing("-", with: "+").replacing("_", with: "/")
        let padded = standard + String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
        guard let bytes = Base64.decode(padded), let value = try? JSON.read(bytes), let version = value["rv"]?.int,
            let namespace = value["ns"]?.string, let name = value["start"]?.string
        else {
            throw .badRequest("invalid continue token: continue key is not valid: the token is malformed")
        }
        revision = UInt64(clamping: version)
        last = ObjectKey(namespace: namespace, name: name)
    }

    var text: String {
        Base64.encodeForURL(
            JSON.write([
                "v": "meta.k8s.io/v1", "rv": .int(Int(clamping: revision)), "ns": .string(last.namespace),
                "start": .string(last.name),
            ])
        )
    }
}
