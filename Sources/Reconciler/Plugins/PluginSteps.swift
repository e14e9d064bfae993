// The plugins' places in the pipeline: what they make of a rendering before the plan, and what they say of the plan.

import Manifest
import PluginHost
import SyncEngine

/// An application's plugins at work.
struct PluginSteps: Sendable {
    let host: PluginHost?
    let application: Application

    private var context: PluginContext {
        PluginContext(application: application.name, namespace: application.destination.namespace)
    }

    private func plugins() throws(DiagnosticsError) -> PluginHost? {
        if application.plugins.isEmpty { return nil }
        guard let host else {
            throw DiagnosticsError(
                "the application uses plugins, and none are run here", at: application.plugins.first?.origin, cure: nil)
        }
        return host
    }

    /// The objects that are planned with: transformed, and found valid. The rendering itself stays as it is, and with
    /// it what the history keeps: sealed secrets are never there in the open.
    func desired(_ rendering: Rendering) async throws(DiagnosticsError) -> (
        objects: [KubernetesObject], diagnostics: [Diagnostic]
    ) {
        guard let host = try plugins() else { return (rendering.objects, []) }
        var context = context
        context.files = rendering.files
        var (objects, diagnostics) = try await host.transform(rendering.objects, application.plugins, context)
        diagnostics += try await host.validate(objects, application.plugins, context)
        return (objects, diagnostics)
    }

    /// What observers say of desired and live objects. Values of Secrets are masked.
    func observe(_ plan: Plan, deleted: Set<ObjectIdentity>) async -> [Diagnostic] {
        guard let host = try? plugins() else { return [] }
        return await host.observe(plan.sides(deleted: deleted), application.plugins, context).map { finding in
            // Worse than a warning nothing is that the sync goes on with.
            Diagnostic(min(finding.severity, .warning), finding.message, at: finding.location, cure: finding.cure)
        }
    }
}
