// What a controller does about drift: repairs, reports or waits as the rules say, and fights with nobody.

import Foundation
import Testing

extension RunningController {
    /// Sets the value of the ConfigMap as another manager does.
    func drift(to value: String, of name: String = "settings", as manager: String = "rival") throws {
        let patched = try delivery.kubectl(
            "patch", "configmap", name, "-n", delivery.name, "--field-manager", manager, "-p",
            #"{"data":{"value":"\#(value)"}}"#)
        try #require(patched.status == 0, "\(patched.all)")
    }

    func value(of name: String) throws -> String {
        try delivery.kubectl("get", "configmap", name, "-n", delivery.name, "-o", "jsonpath={.data.value}").output
    }

    /// Reasons and messages of the Events of the Application, a line each.
    func events() throws -> String {
        try delivery.kubectl(
            "get", "events", "-n", "default", "--field-selector",
            "involvedObject.kind=Application,involvedObject.name=\(delivery.name)",
            "-o", #"jsonpath={range .items[*]}{.type} {.reason} {.count} {.message}{"\n"}{end}"#
        ).output
    }

    func begin(_ rules: String, sync: String = "automated: true, selfHeal: true, interval: 1s") throws {
        try commit(
            value: "one", "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\ndata: {value: \"one\"}\n")
        try describe(sync, rules.isEmpty ? "" : "plugins: [{name: drift-detector, config: {rules: [\(rules)]}}]")
        try until("Ready") { try condition("Ready").hasPrefix("True") }
    }
}

@Suite(.ownThread, .serialized) struct ControllerDriftTests {
    @Test(arguments: TestCluster.all)
    func reportsWhatIsOnlyToBeReportedAndRepairsTheRest(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        try controller.begin("{kinds: [ConfigMap], fields: [data.value], managers: [friend], policy: report}")
        try controller.drift(to: "two", as: "friend")
        let words =
            "ConfigMap \(controller.delivery.name)/settings data.value is two and should be one, changed by friend at "
        try controller.until("it is told") { try controller.condition("Synced").hasPrefix("False \(words)") }
        try controller.drift(to: "two", of: "other")
        try controller.until("another's is repaired") { try controller.value(of: "other") == "one" }
        #expect(try controller.value() == "two")

        let status = try controller.delivery.kubectl(
            "get", "application", controller.delivery.name, "-o",
            "jsonpath={.status.drift[*].field} {.status.drift[*].policy}")
        #expect(status.output == "data.value report")
        try controller.until("an Event tells of it") { try controller.events().contains("Warning Drifted 1 \(words)") }
        let history = try controller.delivery.kubectl(
            "get", "application", controller.delivery.name, "-o", "jsonpath={.status.history[*].changed}"
        ).output
        #expect(history.split(separator: " ").contains("0"), "a report is a row of the history: \(history)")

        // What somebody asks for is synced whole.
        _ = try controller.delivery.kubectl(
            "annotate", "application", controller.delivery.name, "gitopsctl.dev/requested-at=now")
        try controller.until("it is repaired on request") { try controller.value() == "one" }
        try controller.until("and told no more") { try controller.condition("Ready").hasPrefix("True") }
    }

    @Test(arguments: TestCluster.all)
    func repairsOnceTheQuietTimeIsOver(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        try controller.begin(
            "{fields: [data.value], policy: repair, quietTime: 3s}", sync: "automated: true, interval: 1m")
        try controller.drift(to: "two")
        try controller.until("it is told first") {
            try controller.condition("Synced").contains("data.value is two and should be one")
        }
        #expect(try controller.value() == "two")
        try controller.until("it is repaired then, though nothing else happens") { try controller.value() == "one" }
        try controller.until("Ready") { try controller.condition("Ready").hasPrefix("True") }
    }

    /// Rules of one's own or none: two controllers never go on for ever.
    @Test(arguments: TestCluster.all, ["", "{fields: [data.value], policy: repair}"])
    func fightsWithNobody(cluster: TestCluster, rules: String) throws {
        let controller = try RunningController(on: cluster)
        try controller.begin(rules)
        for round in 1...3 {
            try controller.drift(to: "theirs")
            try controller.until("repair \(round)") { try controller.value() == "one" }
        }
        try controller.drift(to: "theirs")
        let words =
            "ConfigMap \(controller.delivery.name)/settings data.value was set against Git more than 3 times in 10 minutes by rival"
        try controller.until("the fight is told") { try controller.condition("Synced").hasPrefix("False \(words)") }
        #expect(try controller.value() == "theirs")
        // The rest of the application is looked after as before.
        try controller.drift(to: "theirs", of: "other")
        try controller.until("another object is repaired") { try controller.value(of: "other") == "one" }
        #expect(try controller.value() == "theirs")
        try controller.until("an Event tells of it, once") {
            try controller.events().contains("Warning DriftFought 1 \(words)")
        }
        let metrics = try controller.metrics()
        #expect(
            metrics.contains("gitops_drift_fights_total{application=\"default/\(controller.delivery.name)\"} 1\n"),
            "\(metrics)")
        #expect(
            metrics.contains("gitops_drift_left{application=\"default/\(controller.delivery.name)\"} 1\n"), "\(metrics)"
        )

        // A new commit is nobody's fight.
        try controller.commit(
            value: "new", "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\ndata: {value: \"one\"}\n")
        try controller.until("a commit is synced whole") { try controller.value() == "new" }
    }

    /// Somebody who applies under our own name leaves no trace in the managers of the fields.
    @Test(arguments: TestCluster.all)
    func fightsWithNobodyOfItsOwnName(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        try controller.begin("")
        let delivery = controller.delivery
        let file = delivery.folder + "/rival.yaml"
        func rival() throws {
            let live = try delivery.kubectl("get", "configmap", "settings", "-n", delivery.name, "-o", "json").output
            var object = try #require(try JSONSerialization.jsonObject(with: Data(live.utf8)) as? [String: Any])
            var metadata = try #require(object["metadata"] as? [String: Any])
            for key in ["managedFields", "resourceVersion", "uid", "creationTimestamp"] { metadata[key] = nil }
            // Another gitopsctl says what it applied itself.
            var annotations = try #require(metadata["annotations"] as? [String: Any])
            annotations["gitopsctl.dev/applied-digest"] = "0123456789abcdef0123456789abcdef"
            metadata["annotations"] = annotations
            object["metadata"] = metadata
            object["data"] = ["value": "theirs"]
            try JSONSerialization.data(withJSONObject: object).write(to: URL(filePath: file))
            let applied = try delivery.kubectl(
                "apply", "--server-side", "--force-conflicts", "--field-manager", "gitopsctl", "-f", file)
            try #require(applied.status == 0, "\(applied.all)")
        }
        for round in 1...3 {
            try rival()
            try controller.until("repair \(round)") { try controller.value() == "one" }
        }
        try rival()
        try controller.until("the fight is told") {
            try controller.condition("Synced").contains("was set against Git more than 3 times")
        }
        #expect(try controller.value() == "theirs")
    }

    /// An application that is not synced by itself is told of drift all the same, and a restart repairs nothing that is
    /// only reported.
    @Test(arguments: TestCluster.all)
    func aRestartRepairsNothingThatIsOnlyReported(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        try controller.begin("{policy: report}")
        try controller.drift(to: "two")
        try controller.until("it is told") {
            try controller.condition("Synced").contains("data.value is two and should be one")
        }
        let again = try controller.again()
        defer { again.kill() }
        try controller.until("the next one tells of it") {
            try controller.events().components(separatedBy: "Drifted").count > 2
        }
        #expect(try controller.value() == "two")
    }
}
