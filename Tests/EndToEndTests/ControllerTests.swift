// The controller as a program, and Applications as a cluster has them: what it does by itself, and what it leaves
// alone.

import Foundation
import Testing

@Suite(.ownThread, .serialized) struct ControllerTests {
    @Test(arguments: TestCluster.all)
    func keepsAnApplicationAsGitSays(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        let delivery = controller.delivery
        try controller.commit(value: "one")
        try controller.describe()
        try controller.until("the first sync") { try controller.value() == "one" }
        try controller.until("Ready") { try controller.condition("Ready").hasPrefix("True") }

        try controller.commit(value: "two")
        try controller.until("a commit is synced") { try controller.value() == "two" }

        _ = try delivery.kubectl(
            "patch", "configmap", "settings", "-n", delivery.name, "-p", #"{"data":{"value":"drifted"}}"#)
        try controller.until("drift is changed back") { try controller.value() == "two" }
        _ = try delivery.kubectl("delete", "configmap", "settings", "-n", delivery.name)
        try controller.until("what was deleted is back") { try controller.value() == "two" }

        try controller.commit(
            value: "three", "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: broken, label: {}}\n")
        try controller.until("a mistake is told at its place") {
            let told = try controller.condition("Ready")
            return told.hasPrefix("False") && told.contains("app/all.yaml")
        }
        try controller.commit(value: "four")
        try controller.until("and is over with the next commit") {
            try controller.value() == "four" && controller.condition("Ready").hasPrefix("True")
        }

        let history = try delivery.kubectl(
            "get", "application", delivery.name, "-o", "jsonpath={.status.history[*].result}"
        ).output
        #expect(history.split(separator: " ").count >= 5, "\(history)")
        let ended = try controller.end()
        #expect(ended.status == 0, "\(ended.errors)")
    }

    /// A sync that waits may take as long as its timeout: who looks meanwhile is told for what.
    @Test(arguments: TestCluster.all)
    func tellsWhatALongSyncWaitsFor(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        try controller.commit(value: "one")
        try controller.describe(
            "automated: true, interval: 1s", #"health: [{kind: ConfigMap, healthy: "data.value == 'two'"}]"#)
        try controller.until("it is told what is waited for") {
            let told = try controller.condition("Ready")
            return told.hasPrefix("Unknown")
                && told.contains("waits for ConfigMap \(controller.delivery.name)/settings")
        }
        try controller.commit(value: "two")
        try controller.until("a newer commit ends the wait") { try controller.condition("Ready").hasPrefix("True") }
    }

    @Test(arguments: TestCluster.all)
    func writesNothingWhenNothingHappens(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        let delivery = controller.delivery
        try controller.commit(value: "one")
        try controller.describe("automated: true, selfHeal: true, interval: 200ms")
        try controller.until("Ready") { try controller.condition("Ready").hasPrefix("True") }
        func versions() throws -> String {
            try delivery.kubectl("get", "application", delivery.name, "-o", "jsonpath={.metadata.resourceVersion}")
                .output
                + delivery.kubectl(
                    "get", "configmap", "settings", "-n", delivery.name, "-o", "jsonpath={.metadata.resourceVersion}"
                ).output
        }
        let before = try versions()
        // Ten looks at the repository, each of which could do something.
        usleep(2_000_000)
        #expect(try versions() == before, "\(controller.log)")
    }

    @Test(arguments: TestCluster.all)
    func doesNothingByItselfUnlessItIsAllowedTo(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        let delivery = controller.delivery
        try controller.commit(value: "one")
        try controller.describe("interval: 1s")
        try controller.until("it is told to be out of sync") { try controller.condition("Synced").hasPrefix("False") }
        #expect(try controller.value() == "")

        let asked = try delivery.kubectl("annotate", "application", delivery.name, "gitopsctl.dev/requested-at=now")
        #expect(asked.status == 0, "\(asked.all)")
        try controller.until("it is synced on request") { try controller.value() == "one" }
        try controller.until("the request is answered") {
            try delivery.kubectl("get", "application", delivery.name, "-o", "jsonpath={.status.lastHandledRequest}")
                .output == "now"
        }

        _ = try delivery.kubectl(
            "patch", "configmap", "settings", "-n", delivery.name, "-p", #"{"data":{"value":"drifted"}}"#)
        try controller.until("drift is told") { try controller.condition("Synced").contains("settings") }
        #expect(try controller.value() == "drifted")
    }

    @Test(arguments: TestCluster.all)
    func holdsAnApplicationToItsProject(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        let delivery = controller.delivery
        try controller.commit(value: "one")
        try controller.describe("automated: true, interval: 1s", "project: \(delivery.name)")
        try controller.until("a missing Project is told") {
            try controller.condition("Stalled").contains("no project \(delivery.name)")
        }
        #expect(try controller.value() == "")

        defer { controller.removeProject() }
        try controller.describeProject(kinds: "Namespace")
        try controller.until("a kind that is not allowed is told") {
            try controller.condition("Ready").contains("does not allow ConfigMap")
        }
        #expect(try controller.value() == "")
        try controller.describeProject(kinds: "Namespace, ConfigMap")
        try controller.until("what is allowed is synced") { try controller.value() == "one" }
    }

    @Test(arguments: TestCluster.all)
    func deletesAsThePolicySays(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        let delivery = controller.delivery
        try controller.commit(value: "one")
        try controller.describe("automated: true, interval: 1s", "deletionPolicy: Refuse")
        try controller.until("Ready") { try controller.condition("Ready").hasPrefix("True") }
        _ = try delivery.kubectl("delete", "application", delivery.name, "--wait=false")
        try controller.until("the refusal is told") { try controller.condition("Ready").contains("Refuse") }
        #expect(try controller.value() == "one")

        try controller.describe("automated: true, interval: 1s", "deletionPolicy: Delete")
        try controller.until("the objects are gone, and then the Application") {
            try delivery.kubectl("get", "application", delivery.name).status != 0
        }
        #expect(try controller.value() == "")
    }
}
