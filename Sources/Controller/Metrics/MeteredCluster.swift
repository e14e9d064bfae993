// The cluster, with every request counted by what it was and how it was answered.

import KubernetesClient
import Manifest

struct MeteredCluster: KubernetesAPI {
    let server: any KubernetesAPI
    let metrics: ControllerMetrics

    /// - Parameter verb: as Kubernetes' authorization names it.
    private func counted<Answer>(
        _ verb: String, _ call: () async throws(KubernetesError) -> Answer
    ) async throws(KubernetesError) -> Answer {
        do throws(KubernetesError) {
            let answer = try await call()
            metrics.requested(verb, code: "2xx")
            return answer
        } catch {
            if !error.isCancelled { metrics.requested(verb, code: error.code == 0 ? "none" : "\(error.code)") }
            throw error
        }
    }

    func discovery(refresh: Bool) async throws(KubernetesError) -> Discovery {
        try await server.discovery(refresh: refresh)
    }

    func get(_ reference: ObjectReference) async throws(KubernetesError) -> Value? {
        try await counted("get") { () throws(KubernetesError) in try await server.get(reference) }
    }

    func list(
        _ resource: APIResource, namespace: String?, labelSelector: String?, fieldSelector: String?
    ) async throws(KubernetesError) -> ObjectList {
        try await counted("list") { () throws(KubernetesError) in
            try await server.list(
                resource, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector)
        }
    }

    func log(
        of pod: ObjectReference, container: String, lines: Int, previous: Bool
    ) async throws(KubernetesError) -> String {
        try await counted("get") { () throws(KubernetesError) in
            try await server.log(of: pod, container: container, lines: lines, previous: previous)
        }
    }

    func watch(
        _ resource: APIResource, namespace: String?, labelSelector: String?, fieldSelector: String?,
        from resourceVersion: String?
    ) -> AsyncThrowingStream<WatchEvent, any Error> {
        metrics.requested("watch", code: "2xx")
        return server.watch(
            resource, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector,
            from: resourceVersion)
    }

    func apply(_ object: Value, options: ApplyOptions) async throws(KubernetesError) -> WriteResult {
        try await counted("patch") { () throws(KubernetesError) in try await server.apply(object, options: options) }
    }

    func create(_ object: Value, options: WriteOptions) async throws(KubernetesError) -> WriteResult {
        try await counted("create") { () throws(KubernetesError) in try await server.create(object, options: options) }
    }

    func replace(_ object: Value, options: WriteOptions) async throws(KubernetesError) -> WriteResult {
        try await counted("update") { () throws(KubernetesError) in try await server.replace(object, options: options) }
    }

    func patch(
        _ reference: ObjectReference, type: PatchType, body: Value, options: WriteOptions
    ) async throws(KubernetesError) -> WriteResult {
        try await counted("patch") { () throws(KubernetesError) in
            try await server.patch(reference, type: type, body: body, options: options)
        }
    }

    func delete(_ reference: ObjectReference, options: DeleteOptions) async throws(KubernetesError) -> DeleteResult {
        try await counted("delete") { () throws(KubernetesError) in try await server.delete(reference, options: options)
        }
    }
}
