// Get, list and watch.

import HTTPClient
package import Manifest

extension KubernetesClient {
    package func get(_ reference: ObjectReference) async throws(KubernetesError) -> Value? {
        let title = "get \(reference)"
        let resource = try await resource(for: reference.gvk, title)
        do throws(KubernetesError) {
            return try await transport.value(APICall(title, path: path(of: reference, resource)))
        } catch {
            if error.isNotFound { return nil }
            throw error
        }
    }

    package func list(
        _ resource: APIResource, namespace: String?, labelSelector: String?, fieldSelector: String?
    ) async throws(KubernetesError) -> ObjectList {
        var call = APICall("list \(resource.gvk.groupKind)", path: resource.path(namespace: namespace))
        call.add("labelSelector", labelSelector)
        call.add("fieldSelector", fieldSelector)
        do throws(KubernetesError) {
            return try await list(call, resource, pageSize: options.pageSize)
        } catch {
            // The pages' snapshot was compacted away between two of them: once more, in one piece.
            guard error.isGone else { throw error }
            return try await list(call, resource, pageSize: nil)
        }
    }

    private func list(
        _ call: APICall, _ resource: APIResource, pageSize: Int?
    ) async throws(KubernetesError) -> ObjectList {
        var items: [Value] = []
        var next: String?
        while true {
            var call = call
            call.add("limit", pageSize.map { String($0) })
            call.add("continue", next)
            let page = try await transport.value(call)
            let head = ListHead(page, resource)
            for item in page["items"]?.array ?? [] { items.append(head.completed(item)) }
            next = page[path: "metadata", "continue"]?.string
            if next?.isEmpty ?? true {
                return ObjectList(
                    items: items, resourceVersion: page[path: "metadata", "resourceVersion"]?.string ?? "")
            }
        }
    }

    package func log(
        of pod: ObjectReference, container: String, lines: Int, previous: Bool
    ) async throws(KubernetesError) -> String {
        let title = "read the log of \(pod)"
        let resource = try await resource(for: pod.gvk, title)
        var call = APICall(title, path: path(of: pod, resource) + "/log")
        call.accept = "*/*"
        call.add("container", container)
        call.add("tailLines", String(lines))
        call.add("limitBytes", "65536")
        if previous { call.add("previous", "true") }
        return String(decoding: try await transport.send(call).body, as: UTF8.self)
    }

    package func watch(
        _ resource: APIResource, namespace: String?, labelSelector: String?, fieldSelector: String?,
        from resourceVersion: String?
    ) -> AsyncThrowingStream<WatchEvent, any Error> {
        var call = APICall("watch \(resource.gvk.groupKind)", path: resource.path(namespace: namespace))
        call.add("labelSelector", labelSelector)
        call.add("fieldSelector", fieldSelector)
        let session = WatchSession(call: call, transport: transport, options: options, from: resourceVersion) {
            () async throws(KubernetesError) in
            try await self.list(
                resource, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector)
        }
        // Pulled by the reader: nothing is read ahead of them, and nothing is left running behind them.
        return AsyncThrowingStream { try await session.next() }
    }
}

/// A list's own `apiVersion` and `kind`, from which its items take theirs.
private struct ListHead {
    let apiVersion: Value
    let kind: Value

    init(_ list: Value, _ resource: APIResource) {
        apiVersion = .string(list["apiVersion"]?.string ?? resource.groupVersion)
        let name = list["kind"]?.string ?? ""
        kind = .string(name.hasSuffix("List") && name != "List" ? String(name.dropLast(4)) : resource.kind)
    }

    func completed(_ item: Value) -> Value {
        guard case .object(var object) = item, !object.contains("kind") || !object.contains("apiVersion") else {
            return item
        }
        object.removeValue(forKey: "apiVersion")
        object.removeValue(forKey: "kind")
        object.entries.insert(
            contentsOf: [.init(key: "apiVersion", value: apiVersion), .init(key: "kind", value: kind)], at: 0)
        return .object(object)
    }
}
