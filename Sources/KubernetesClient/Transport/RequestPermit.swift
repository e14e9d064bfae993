// Whether a write may still go out: asked right before each try of it, however long it has waited for the one before.

/// A permit to write, in force for a task and its children.
///
/// An object, as a task-local closure crashes what the optimiser of Swift 6.3 makes of it
/// (`swift_task_localValuePush`).
package final class RequestPermit: Sendable {
    @TaskLocal package static var current: RequestPermit?

    /// Why nothing may be written any more; nil as long as it may.
    package let refusal: @Sendable () -> String?

    package init(refusal: @escaping @Sendable () -> String?) {
        self.refusal = refusal
    }
}
