// The deletion of one object to its end: asked for, and watched until nothing of it is left.

import KubernetesClient
import Manifest

/// Deletes objects and waits until they are gone.
struct Deletion: Sendable {
    let cluster: any KubernetesAPI
    let clock: any SyncClock

    /// Deletes exactly this object, and waits.
    ///
    /// - Throws: also when it is still there at the end, with what it waits for.
    func delete(
        _ live: Value, propagation: DeleteOptions.Propagation, timeout: Duration
    ) async throws(KubernetesError) {
        let object = KubernetesObject(live)
        let result = try await cluster.delete(
            object.reference, options: DeleteOptions(propagation: propagation, uid: object.uid))
        // One without finalizers may still be there for a moment, and so may its kind's answer say.
        if case .gone = result { return }
        guard let remains = try await awaitEnd(of: live, timeout: timeout) else { return }
        throw KubernetesError(
            code: 409, reason: "Conflict", message: remains.text, request: "delete \(object.reference)")
    }

    /// What keeps an object that was deleted.
    struct Remains: Sendable {
        var finalizers: [String]
        /// What a namespace says of what is left in it.
        var conditions: [String]

        init(_ live: Value) {
            finalizers = live[path: "metadata", "finalizers"]?.array?.compactMap(\.string) ?? []
            conditions = (live[path: "status", "conditions"]?.array ?? []).compactMap { condition in
                guard condition["status"]?.string == "True", let type = condition["type"]?.string,
                    type.hasPrefix("Namespace"), let message = condition["message"]?.string
                else { return nil }
                return message
            }
        }

        var text: String {
            let waiting = finalizers.isEmpty ? "" : ", and waits for \(finalizers.joined(separator: ", "))"
            let said = conditions.isEmpty ? "" : " (\(conditions.joined(separator: "; ")))"
            return "it is still being deleted\(waiting)\(said)"
        }
    }

    /// Waits until a deleted object is gone.
    ///
    /// - Returns: what keeps it, when the time is up.
    func awaitEnd(of live: Value, timeout: Duration) async throws(KubernetesError) -> Remains? {
        let object = KubernetesObject(live)
        let deadline = clock.now() + timeout
        var backoff = Backoff()
        while let now = try await cluster.get(object.reference), KubernetesObject(now).uid == object.uid {
            guard clock.now() < deadline else { return Remains(now) }
            try await clock.pause(for: backoff.next(), before: "delete \(object.reference)")
        }
        return nil
    }
}
