// A merge as a request: what keeps it from being made is told as a server tells of an apply.

import KubernetesClient
import Manifest

extension ThreeWayMerge {
    /// The body of the patch.
    ///
    /// - Throws: a conflict in the server's words where others own fields that would change and `force` is off.
    func request(_ desired: Value, onto live: Value, force: Bool) throws(KubernetesError) -> Value {
        do throws(ApplyConflictError) {
            return try patch(desired, onto: live, force: force)
        } catch {
            let causes = error.conflicts.flatMap { conflict in
                conflict.fields.leaves.map { path in
                    KubernetesError.Cause(
                        field: ".\(path)",
                        message: "conflict with \"\(conflict.manager.manager)\" using \(conflict.manager.apiVersion)",
                        reason: "FieldManagerConflict")
                }
            }
            throw KubernetesError(
                code: 409, reason: "Conflict", message: "others own fields that the merge would change", causes: causes,
                request: "merge \(KubernetesObject(desired).reference)")
        }
    }
}
