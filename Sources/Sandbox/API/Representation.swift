// The form that a client asked for by its Accept header: the object itself, a table for people, or its metadata only.

import Manifest

/// How objects are to be written into an answer.
enum Representation: Sendable, Hashable {
    case object
    case table
    case partialMetadata

    /// The first form of the Accept header that is served; 406 when there is none.
    init(accept: String?) throws(StatusError) {
        guard let accept, !accept.isEmpty else {
            self = .object
            return
        }
        for range in accept.split(separator: ",") {
            var parameters: [Substring: Substring] = [:]
            let parts = range.split(separator: ";").map { $0.drop { $0 == " " } }
            for part in parts.dropFirst() {
                let halves = part.split(separator: "=", maxSplits: 1)
                if halves.count == 2 { parameters[halves[0]] = halves[1] }
            }
            guard ["application/json", "*/*", "application/*", "application/yaml"].contains(parts.first) else {
                continue
            }
            switch parameters["as"] {
            case nil:
                self = .object
                return
            case "Table"? where parameters["v"] == "v1":
                self = .table
                return
            case "PartialObjectMetadata"?, "PartialObjectMetadataList"?:
                guard parameters["v"] == "v1" else { continue }
                self = .partialMetadata
                return
            default:
                continue
            }
        }
        throw StatusError(
            code: 406, reason: "NotAcceptable",
            message:
                "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf"
        )
    }

    /// One object as a document.
    func bytes(_ object: StoredObject, _ call: ResourceRequest) -> [UInt8] {
        switch self {
        case .object:
            guard call.version != call.resource.storageVersion else { return object.document }
            return JSON.write(call.resource.converted(object.value, to: call.version))
        case .table:
            return JSON.write(
                TablePrinter(call.resource, call.version, call.request).table(
                    [object], revision: nil, continuation: nil))
        case .partialMetadata:
            return JSON.write(Self.partialMetadata(object.value))
        }
    }

    /// One object as an item of a list, which says for all built-in items what they are.
    static func item(_ object: StoredObject, _ call: ResourceRequest) -> [UInt8] {
        if call.resource.custom != nil { return Representation.object.bytes(object, call) }
        guard call.version != call.resource.storageVersion else { return object.json }
        return JSON.write(item(call.resource.converted(object.value, to: call.version)))
    }

    static func item(_ value: Value) -> Value {
        var item = value.object ?? Object()
        item.entries.removeAll { $0.key == "kind" || $0.key == "apiVersion" }
        return .object(item)
    }

    static func partialMetadata(_ value: Value) -> Value {
        [
            "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
            "metadata": value["metadata"] ?? [:],
        ]
    }

    /// The object of a bookmark.
    func bookmark(_ revision: UInt64, endsInitialEvents: Bool, _ call: ResourceRequest) -> [UInt8] {
        var metadata: Object = ["resourceVersion": .string(String(revision)), "creationTimestamp": .null]
        if endsInitialEvents { metadata["annotations"] = ["k8s.io/initial-events-end": "true"] }
        switch self {
        case .object:
            return JSON.write([
                "kind": .string(call.resource.kind), "apiVersion": .string(call.apiVersion),
                "metadata": .object(metadata),
            ])
        case .partialMetadata:
            return JSON.write([
                "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": .object(metadata),
            ])
        case .table:
            let carrier: Value = [
                "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": .object(metadata),
            ]
            return JSON.write([
                "kind": "Table", "apiVersion": "meta.k8s.io/v1",
                "metadata": ["resourceVersion": .string(String(revision))], "columnDefinitions": [],
                "rows": [["cells": [], "object": carrier]],
            ])
        }
    }
}
