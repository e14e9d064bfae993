// The least of a cluster that a test of one part of the controller needs.

import KubernetesClient
import Manifest

/// A cluster that has some objects by their names, and takes what is created as it is told to.
struct SmallCluster: KubernetesAPI {
    var objects: [String: Value] = [:]
    /// Why nothing can be read; nil where it can.
    var obstacle: @Sendable () -> KubernetesError? = { nil }
    var creates: @Sendable (Value) async throws(KubernetesError) -> Void = { _ in }
    /// Told what is applied; nil to refuse it.
    var applies: (@Sendable (Value) -> Void)?
    /// What a question that is created is answered.
    var answers: @Sendable (Value) -> Value = { $0 }
    var resources: [APIResource] = []
    var lists: @Sendable (APIResource, String?) -> [Value] = { _, _ in [] }
    var patches: @Sendable (ObjectReference, Value) async throws(KubernetesError) -> Void = { _, _ in }

    private var refusal: KubernetesError {
        KubernetesError(code: 405, reason: "MethodNotAllowed", message: "not here", request: "test")
    }

    func get(_ reference: ObjectReference) async throws(KubernetesError) -> Value? {
        if let error = obstacle() { throw error }
        return objects[reference.name]
    }
    func discovery(refresh: Bool) async throws(KubernetesError) -> Discovery {
        if resources.isEmpty { throw refusal }
        return Discovery(resources: resources)
    }
    func list(
        _ resource: APIResource, namespace: String?, labelSelector: String?, fieldSelector: String?
    ) async throws(KubernetesError) -> ObjectList {
        if resources.isEmpty { throw refusal }
        return ObjectList(items: lists(resource, namespace), resourceVersion: "1")
    }
    func apply(_ object: Value, options: ApplyOptions) async throws(KubernetesError) -> WriteResult {
        guard let applies else { throw refusal }
        applies(object)
        return WriteResult(object: object)
    }
    func create(_ object: Value, options: WriteOptions) async throws(KubernetesError) -> WriteResult {
        try await creates(object)
        return WriteResult(object: answers(object))
    }
    func replace(_ object: Value, options: WriteOptions) async throws(KubernetesError) -> WriteResult { throw refusal }
    func patch(
        _ reference: ObjectReference, type: PatchType, body: Value, options: WriteOptions
    ) async throws(KubernetesError) -> WriteResult {
        try await patches(reference, body)
        return WriteResult(object: body)
    }
    func delete(_ reference: ObjectReference, options: DeleteOptions) async throws(KubernetesError) -> DeleteResult {
        throw refusal
    }
    func log(of pod: ObjectReference, container: String, lines: Int, previous: Bool) async throws(KubernetesError)
        -> String
    { throw refusal }
    func watch(
        _ resource: APIResource, namespace: String?, labelSelector: String?, fieldSelector: String?,
        from resourceVersion: String?
    ) -> AsyncThrowingStream<WatchEvent, any Error> { AsyncThrowingStream { $0.finish() } }
}
