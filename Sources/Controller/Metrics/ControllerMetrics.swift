// What a controller counts, by the names of the design.

package import CoreMetrics
import DriftDetector
import Reconciler
import SyncEngine
import SyncHistory

/// The metrics of a controller, on a factory of its own, so that two in one process count for themselves.
package struct ControllerMetrics: Sendable {
    package static let help = [
        "gitops_sync_total": "Syncs that ended, by how.",
        "gitops_sync_duration_seconds": "How long syncs took, the wait for health among it.",
        "gitops_drift_detected_total":
            "Differences that somebody else made in the cluster, by how bad they are and what is done.",
        "gitops_drift_repaired_total": "Objects that were changed back after somebody else had changed them.",
        "gitops_drift_fights_total":
            "Fields that somebody set against Git again and again, and that are left alone since.",
        "gitops_drift_left": "Differences that are in the cluster now and that are not repaired.",
        "gitops_application_info": "1 for each application, with its project and the commit that is in the cluster.",
        "gitops_application_synced":
            "1 where the cluster is what Git says, 0 where it is not, or where that is not known.",
        "gitops_application_healthy": "1 where no object is degraded, 0 where one is.",
        "gitops_application_stalled": "1 where nothing goes on before somebody changes something.",
        "gitops_notifications_total": "Notifications, by what became of them.",
        "gitops_git_fetch_duration_seconds": "How long looks at repositories took, by whether they were answered.",
        "gitops_render_duration_seconds":
            "How long overlays took to render; those that are remembered are not among them.",
        "gitops_kubernetes_requests_total":
            "Requests to API servers, by verb and by the status of the answer; none where there was no answer.",
        "gitops_webhook_total": "Deliveries of webhooks, by what became of them.",
        "gitops_api_requests_total":
            "Requests to the controller's own API, by what they ask to be allowed and by the status of the answer.",
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
        record("gitops_sync_duration_seconds", [], report.finished.since(report.started))
    }

    func repaired(_ application: Application, objects: Int) {
        let name = ("application", "\(application.key)")
        Counter(label: "gitops_drift_repaired_total", dimensions: [name], factory: factory).increment(by: objects)
    }

    /// News of a difference.
    func drifted(_ application: Application, _ notice: DriftWatch.Notice) {
        let name = ("application", "\(application.key)")
        if notice.isFight {
            return Counter(label: "gitops_drift_fights_total", dimensions: [name], factory: factory).increment()
        }
        let policy = notice.drift.policy == .report ? "report" : "repair"
        Counter(
            label: "gitops_drift_detected_total",
            dimensions: [name, ("severity", notice.drift.severity.rawValue), ("policy", policy)], factory: factory
        ).increment()
    }

    func fetched(in duration: Duration, isAnswered: Bool) {
        record("gitops_git_fetch_duration_seconds", [("result", isAnswered ? "succeeded" : "failed")], duration)
    }

    func rendered(in duration: Duration) { record("gitops_render_duration_seconds", [], duration) }

    func requested(_ verb: String, code: String) {
        Counter(
            label: "gitops_kubernetes_requests_total", dimensions: [("verb", verb), ("code", code)], factory: factory
        ).increment()
    }

    private func record(_ label: String, _ dimensions: [(String, String)], _ duration: Duration) {
        Timer(label: label, dimensions: dimensions, factory: factory).recordNanoseconds(
            Int64(duration / .nanoseconds(1)))
    }

    func notified(_ receiver: String, _ result: String) {
        Counter(
            label: "gitops_notifications_total", dimensions: [("receiver", receiver), ("result", result)],
            factory: factory
        ).increment()
    }

    func delivered(_ provider: String, _ answer: String) {
        Counter(
            label: "gitops_webhook_total", dimensions: [("provider", provider), ("answer", answer)], factory: factory
        )
        .increment()
    }

    /// - Parameter verb: as Kubernetes' authorization names it; none where nobody is known to ask.
    func asked(_ verb: String, code: Int) {
        Counter(
            label: "gitops_api_requests_total", dimensions: [("verb", verb), ("code", "\(code)")], factory: factory
        ).increment()
    }

    /// How all applications are, at the moment of a scrape.
    func described(
        _ applications: [(application: Application, facts: ApplicationFacts)], on exporter: PrometheusExporter
    ) {
        func gauges(_ label: String, _ value: (ApplicationFacts) -> Double?) {
            exporter.replaceGauges(
                label,
                applications.compactMap { each in
                    value(each.facts).map { ([("application", "\(each.application.key)")], $0) }
                })
        }
        exporter.replaceGauges(
            "gitops_application_info",
            applications.map { application, facts in
                let dimensions = [
                    ("application", "\(application.key)"), ("project", application.project ?? Project.defaultName),
                    ("revision", facts.commit?.id ?? ""),
                ]
                return (dimensions, 1)
            })
        gauges("gitops_application_synced") { $0.synchrony == .synced ? 1 : 0 }
        gauges("gitops_application_healthy") { facts in
            facts.unhealthy.contains { $0.health.status == .degraded } ? 0 : 1
        }
        gauges("gitops_application_stalled") { $0.stall == nil ? 0 : 1 }
        gauges("gitops_drift_left") { Double($0.drift.count) }
    }

    /// Forgets what was counted of an application.
    func forget(_ key: ApplicationKey, on exporter: PrometheusExporter) {
        exporter.removeSeries(of: "application") { $0 == "\(key)" }
    }

    /// Forgets what was counted of applications other than these: work on one may end after it is gone.
    func keep(_ keys: [ApplicationKey], on exporter: PrometheusExporter) {
        let known = Set(keys.map { "\($0)" })
        exporter.removeSeries(of: "application") { !known.contains($0) }
    }

    func measured(queue: Int, applications: Int, objects: Int) {
        Gauge(label: "gitops_queue_depth", dimensions: [], factory: factory).record(queue)
        Gauge(label: "gitops_applications", dimensions: [], factory: factory).record(applications)
        Gauge(label: "gitops_watched_objects", dimensions: [], factory: factory).record(objects)
    }
}
