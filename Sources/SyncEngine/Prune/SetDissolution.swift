// What is left to do when an application goes: members that stay are nobody's from then on, and hooks leave nothing
// behind.

import KubernetesClient
import Manifest

struct SetDissolution: Sendable {
    let cluster: any KubernetesAPI
    let applySet: ApplySet
    let options: SyncOptions

    /// Takes the marks of the set off some members, each as far as it still is one.
    ///
    /// - Returns: why one keeps them, in their order.
    func release(_ members: [PlannedChange]) async -> [KubernetesError?] {
        await concurrently(members, limit: options.concurrency) { change async throws(Never) -> KubernetesError? in
            do throws(KubernetesError) {
                try await release(change.reference)
                return nil
            } catch {
                return error
            }
        }
    }

    private func release(_ reference: ObjectReference) async throws(KubernetesError) {
        guard let seen = try await member(reference) else { return }
        try await writeAgain(seen) { (seen) async throws(KubernetesError) in
            let patch: Value = [
                "metadata": [
                    "resourceVersion": seen[path: "metadata", "resourceVersion"] ?? .null,
                    "labels": [Vocabulary.partOf: .null],
                    "annotations": [
                        Vocabulary.appliedIdentity: .null, Vocabulary.appliedDigest: .null,
                        Vocabulary.appliedFields: .null,
                    ],
                ]
            ]
            _ = try await cluster.patch(
                reference, type: .merge, body: patch, options: WriteOptions(fieldManager: options.fieldManager))
        } look: { () async throws(KubernetesError) in
            if let now = try await member(reference) { return .again(now) }
            return .done(())
        }
    }

    /// An object as it stands; nil where it is gone, or another application has taken it since the plan.
    private func member(_ reference: ObjectReference) async throws(KubernetesError) -> Value? {
        guard let now = try await cluster.get(reference), KubernetesObject(now).label(Vocabulary.partOf) == applySet.id
        else { return nil }
        return now
    }

    /// Deletes what hooks of some kinds have left: there is no sync any more that would.
    ///
    /// - Returns: what could not be put away.
    func removeHooks(_ kinds: Set<GroupVersionKind>) async -> [Diagnostic] {
        var findings: [Diagnostic] = []
        for kind in kinds.sorted(by: { "\($0)" < "\($1)" }) {
            do throws(KubernetesError) {
                guard let resource = try await cluster.discovery(refresh: false).resource(for: kind) else { continue }
                let left = try await cluster.list(resource, labelSelector: "\(Vocabulary.hookOf)=\(applySet.id)")
                for hook in left.items.map({ KubernetesObject($0) }) {
                    _ = try await cluster.delete(hook.reference, options: DeleteOptions(uid: hook.uid))
                }
            } catch {
                findings.append(.warning("the hooks of kind \(kind.kind) could not be put away: \(error.message)"))
            }
        }
        return findings
    }
}
