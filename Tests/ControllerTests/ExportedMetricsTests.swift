// What the alerts and the dashboard of deploy/controller ask Prometheus for, held to what the controller exports.

import DriftDetector
import Foundation
import Manifest
import SyncHistory
import Testing

@testable import Controller
@testable import Reconciler
@testable import SyncEngine

@Suite struct ExportedMetricsTests {
    private static let components = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../deploy/controller/components").standardized

    /// A controller's metrics once each of them has happened: names of series with the names of their labels.
    private static let exported: [String: Set<String>] = {
        let exporter = PrometheusExporter(help: ControllerMetrics.help)
        let metrics = ControllerMetrics(exporter)
        guard
            let application = try? Application(
                [
                    "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Application", "metadata": ["name": "shop"],
                    "spec": ["source": ["repository": "https://git.example.com/shop"]],
                ], source: nil)
        else { return [:] }
        let moment = Timestamp(milliseconds: 0)
        metrics.synced(
            application,
            SyncReport(result: .succeeded, counts: SyncCounts(), diagnostics: [], started: moment, finished: moment))
        metrics.repaired(application, objects: 1)
        let drift = Drift(object: application.reference, change: .missing, severity: .critical, policy: .report)
        for isFight in [false, true] { metrics.drifted(application, DriftWatch.Notice(drift: drift, isFight: isFight)) }
        metrics.fetched(in: .zero, isAnswered: true)
        metrics.rendered(in: .zero)
        metrics.requested("get", code: "2xx")
        metrics.notified("slack", "delivered")
        metrics.delivered("github", "202")
        metrics.asked("get", code: 200)
        metrics.measured(queue: 0, applications: 1, objects: 1)
        metrics.described([(application, ApplicationFacts(generation: 1, synchrony: .synced))], on: exporter)
        var series: [String: Set<String>] = [:]
        for line in exporter.text().split(separator: "\n") where !line.hasPrefix("#") {
            let labels = line.matches(of: #/([a-z_]+)="/#).map { String($0.1) }
            series[String(line.prefix { $0 != "{" && $0 != " " }), default: []].formUnion(labels)
        }
        return series
    }()

    @Test func everyMetricIsExplainedAndExplainedOnesExist() {
        let names = Set(Self.exported.keys.map { $0.replacing(#/_(bucket|sum|count)$/#, with: "") })
        #expect(names == Set(ControllerMetrics.help.keys))
    }

    /// Of an application that is gone nothing is left, whatever was counted of it, nor what comes too late.
    @Test func whatIsGoneHasNoSeries() throws {
        let exporter = PrometheusExporter(help: ControllerMetrics.help)
        let metrics = ControllerMetrics(exporter)
        let moment = Timestamp(milliseconds: 0)
        let report = SyncReport(
            result: .succeeded, counts: SyncCounts(), diagnostics: [], started: moment, finished: moment)
        let applications = try ["shop", "shop-2"].map { name in
            try Application(
                [
                    "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Application",
                    "metadata": ["name": .string(name), "namespace": "team"],
                    "spec": ["source": ["repository": "https://git.example.com/shop"]],
                ], source: nil)
        }
        func count(_ application: Application) {
            metrics.synced(application, report)
            metrics.repaired(application, objects: 1)
            let drift = Drift(object: application.reference, change: .missing, severity: .critical, policy: .report)
            for isFight in [false, true] {
                metrics.drifted(application, DriftWatch.Notice(drift: drift, isFight: isFight))
            }
        }
        applications.forEach(count)
        let all = exporter.text()
        metrics.forget(applications[0].key, on: exporter)
        let left = exporter.text()
        #expect(all.contains("\"team/shop\"") && !left.contains("\"team/shop\""))
        #expect(left.contains("gitops_sync_total{application=\"team/shop-2\""))
        #expect(left.contains("gitops_sync_duration_seconds_count 2"))
        count(applications[0])
        metrics.keep([applications[1].key], on: exporter)
        #expect(exporter.text() == left.replacing("_count 2", with: "_count 3").replacing(" 2\n", with: " 3\n"))
    }

    static let queries: [String] = {
        func expressions(_ value: Value) -> [String] {
            switch value {
            case .object(let object):
                object.entries.flatMap { entry in
                    if ["expr", "query"].contains(entry.key), let text = entry.value.string { return [text] }
                    return expressions(entry.value)
                }
            case .array(let items): items.flatMap(expressions)
            case .scalar: []
            }
        }
        return ["monitoring/rules.yaml", "dashboard/gitops-controller.json"].flatMap { file in
            let text = (try? String(contentsOf: components.appending(path: file), encoding: .utf8)) ?? ""
            let documents = (try? YAML.read(Array(text.utf8), file: file)) ?? []
            return documents.flatMap(expressions)
        }
    }()

    @Test func thereAreAlertsAndPanels() { #expect(Self.queries.count > 25) }

    @Test(arguments: queries)
    func aQueryNamesWhatThereIs(query: String) throws {
        for match in query.matches(of: #/(gitops_[a-z_]+)(?:\{([^}]*)\})?/#) {
            let labels = try #require(Self.exported[String(match.1)], "\(match.1) is not exported")
            for label in (match.2 ?? "").matches(of: #/([a-z_]+)(?:=|!)/#) {
                #expect(labels.contains(String(label.1)), "\(match.1) has no label \(label.1)")
            }
        }
        guard let metric = query.firstMatch(of: #/gitops_[a-z_]+/#), let labels = Self.exported[String(metric.0)] else {
            return
        }
        for group in query.matches(of: #/by \(([a-z_, ]+)\)/#) {
            for label in group.1.split(separator: ",") {
                let name = label.trimmingCharacters(in: .whitespaces)
                #expect(labels.contains(name), "\(metric.0) has no label \(name)")
            }
        }
    }

    /// The labels that alerts put into their words.
    @Test func wordsOfAlertsNameLabelsThatSeriesHave() throws {
        let text = try String(contentsOf: Self.components.appending(path: "monitoring/rules.yaml"), encoding: .utf8)
        let all = Self.exported.values.reduce(into: Set<String>()) { $0.formUnion($1) }
        for match in text.matches(of: #/\$labels\.([a-z_]+)/#) { #expect(all.contains(String(match.1))) }
    }
}
