// Whether a write may still go out: asked right before each try of it, however long it has waited for the one before.

/// A permit to write, in force for a task and its children.
package enum RequestPermit {
    /// Why nothing may be written any more; nil as long as it may.
    @TaskLocal package static var refusal: (@Sendable () -> String?)?
}
