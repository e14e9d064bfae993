// What a controller counts, by the names of the design.

package import CoreMetrics
import Reconciler
import SyncHistory

/// The metrics of a controller, on a factory of its own, so that two in one process count for themselves.
package struct ControllerMetrics: Sendable {
    package static let help = [
        "gitops_sync_total": "Syncs that ended, by how.",
        "gitops_sync_duration_seconds": "How long syncs took, the wait for health among it.",
        "gitops_drift_detected_total": "Objects that were changed back after somebody else had changed them.",
        "gitops_webhook_total": "Deliveries of webhooks, by what became of them.",
        "gitops_queue_depth": "Applications that wait for work.",
        "gitops_applications": "Applications that are known.",
        "gitops_watched_objects": "Objects of applications that are watched.",
    ]

    private let factory: any MetricsFactory

    package init(_ factory: any MetricsFactory) {
        self.factory = factory
    }

    func synced(_ application: Application, _ report: SyncReport) {
        let name = ("application", "\(application.key)")
        Counter(label: "gitops_sync_total", dimensions: [name, ("result", report.result.rawValue)], factory: factory)
            .increment()
        let duration = report.finished.since(report.started) / .nanoseconds(1)
        Timer(label: "gitops_sync_duration_seconds", dimensions: [], factory: factory).recordNanoseconds(Int64(duration))
    }

    func repaired(_ application: Application, objects: Int) {
        let name = ("application", "\(application.key)")
        Counter(label: "gitops_drift_detected_total", dimensions: [name], factory: factory).increment(by: objects)
    }

    func delivered(_ provider: String, _ answer: String) {
        Counter(label: "gitops_webhook_total", dimensions: [("provider", provider), ("answer", answer)], factory: factory)
            .increment()
    }

    func measured(queue: Int, applications: Int, objects: Int) {
        Gauge(label: "gitops_queue_depth", dimensions: [], factory: factory).record(queue)
        Gauge(label: "gitops_applications", dimensions: [], factory: factory).record(applications)
        Gauge(label: "gitops_watched_objects", dimensions: [], factory: factory).record(objects)
    }
}
