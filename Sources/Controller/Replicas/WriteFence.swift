// What stands between a replica and every write for an application: it is asked at each of them whether the application
// is still this replica's.

import KubernetesClient

struct WriteFence: Sendable {
    /// Why nothing may be written, in the user's words; nil where it may.
    let closed: @Sendable () -> String?

    /// For a controller that is alone.
    static let open = WriteFence { nil }

    /// - Throws: where the application is another replica's.
    func require(_ request: @autoclosure () -> String) throws(KubernetesError) {
        guard let reason = closed() else { return }
        throw KubernetesError(code: 0, reason: KubernetesError.Reason.cancelled, message: reason, request: request())
    }
}
