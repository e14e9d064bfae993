// The form in which a hook is applied: like any manifest, but marked as a hook and not as a member, and, where it is a
// Job, not gone before somebody has seen how it ended.

import Manifest

extension DesiredForm {
    /// The hook to apply, with its digest.
    static func hook(_ manifest: Value, reference: ObjectReference, applySet: ApplySet) -> Value {
        var value = prepared(manifest, reference: reference, applySet: applySet)
        value["metadata"]?["labels"]?[Vocabulary.partOf] = nil
        value["metadata"]?["labels"]?[Vocabulary.hookOf] = .string(applySet.id)
        value["metadata"]?["annotations"]?[Vocabulary.appliedIdentity] = nil
        if !reference.gvk.groupKind.isSecret {
            let digest = value.digest
            value["metadata"]?["annotations"]?[Vocabulary.hookDigest] = .string(digest)
        }
        return value
    }
}

/// A Job's `ttlSecondsAfterFinished` while a sync watches the Job.
struct HookLifetime: Sendable, Hashable {
    /// What the manifest says; nil for what says nothing.
    var declared: Int?
    /// What is applied: enough for the sync to see how the Job ended.
    var applied: Int?

    init(of hook: Hook, timeout: Duration) {
        guard hook.reference.gvk.groupKind == GroupKind(group: "batch", kind: "Job"),
            let seconds = hook.desired[path: "spec", "ttlSecondsAfterFinished"]?.int
        else { return }
        declared = seconds
        applied = max(seconds, Int(timeout.components.seconds) + 600)
    }

    /// Whether the declared time has to be given back once the Job has been seen to end.
    var isProlonged: Bool { declared != applied }
}
