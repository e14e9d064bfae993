// What the rest of the house may ask of a cluster. `KubernetesClient` answers it over HTTP; tests answer it from
// memory.

package import Manifest

/// A Kubernetes API server.
///
/// Objects go in and out as `Value`s with `apiVersion` and `kind`. Where an object or a reference of a namespaced kind
/// says no namespace, the connection's default namespace is meant; where one of a cluster-scoped kind says one, it is
/// ignored.
package protocol KubernetesAPI: Sendable {
    /// The kinds that the server serves. Remembered; `refresh` asks again.
    func discovery(refresh: Bool) async throws(KubernetesError) -> Discovery

    /// An object, nil where the server has none of that name. A kind that is not served is an error (`isUnknownKind`).
    func get(_ reference: ObjectReference) async throws(KubernetesError) -> Value?

    /// All objects of a kind, in every namespace or one, page by page. Selectors are in Kubernetes' own syntax.
    func list(
        _ resource: APIResource, namespace: String?, labelSelector: String?, fieldSelector: String?
    ) async throws(KubernetesError) -> ObjectList

    /// Server-side apply.
    func apply(_ object: Value, options: ApplyOptions) async throws(KubernetesError) -> WriteResult

    func create(_ object: Value, options: WriteOptions) async throws(KubernetesError) -> WriteResult

    /// Replaces the whole object. With `metadata.resourceVersion`, only if it is still that version.
    func replace(_ object: Value, options: WriteOptions) async throws(KubernetesError) -> WriteResult

    func patch(
        _ reference: ObjectReference, type: PatchType, body: Value, options: WriteOptions
    ) async throws(KubernetesError) -> WriteResult

    /// Deletes an object. One that is not there is no error: see `DeleteResult.gone`.
    func delete(_ reference: ObjectReference, options: DeleteOptions) async throws(KubernetesError) -> DeleteResult

    /// The end of what a container of a pod has written, as text.
    ///
    /// - Parameters:
    ///   - lines: how many lines at most.
    ///   - previous: whether the container's run before the current one is meant: that of a crash.
    func log(
        of pod: ObjectReference, container: String, lines: Int, previous: Bool
    ) async throws(KubernetesError) -> String

    /// The changes of a kind from a resourceVersion on, nil for "what is there now, as added objects, and then the
    /// changes".
    ///
    /// Goes on by itself after every interruption, from the last version it saw. Ends with `.tooOld` when the server no
    /// longer knows that version: the caller lists again. Throws `KubernetesError` where trying again is no use
    /// (forbidden, unknown kind). Ending the iteration ends the watch.
    func watch(
        _ resource: APIResource, namespace: String?, labelSelector: String?, fieldSelector: String?,
        from resourceVersion: String?
    ) -> AsyncThrowingStream<WatchEvent, any Error>
}

extension KubernetesAPI {
    package func discovery() async throws(KubernetesError) -> Discovery { try await discovery(refresh: false) }

    package func list(
        _ resource: APIResource, namespace: String? = nil, labelSelector: String? = nil
    ) async throws(KubernetesError) -> ObjectList {
        try await list(resource, namespace: namespace, labelSelector: labelSelector, fieldSelector: nil)
    }

    package func delete(_ reference: ObjectReference) async throws(KubernetesError) -> DeleteResult {
        try await delete(reference, options: DeleteOptions())
    }
}
