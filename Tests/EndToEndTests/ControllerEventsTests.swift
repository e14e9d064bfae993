// What a controller tells of its applications by Events, as people read them: kubectl describe, kubectl get events.

import Foundation
import Testing

@Suite(.ownThread, .serialized) struct ControllerEventsTests {
    @Test(arguments: TestCluster.all)
    func tellsOfSyncsFailuresPrunesAndTheEnd(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        let delivery = controller.delivery
        try controller.commit(value: "one")
        try controller.describe("automated: true, selfHeal: true, interval: 1s", "deletionPolicy: Refuse")
        let first = try delivery.head().prefix(7)
        try controller.until("the first sync is told") {
            try controller.events().contains("Normal Synced 1 main@\(first): 2 created\n")
        }

        let broken = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: broken, label: {}}\ndata: {}\n"
        try controller.commit(value: "two", broken)
        let second = try delivery.head().prefix(7)
        try controller.until("a mistake is told with its place") {
            let told = try controller.events()
            return told.contains("Warning SyncFailed 1 main@\(second): ") && told.contains("app/all.yaml")
        }

        let many = (0..<8).map { "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: more-\($0)}\n" }.joined()
        try controller.commit(value: "three", many)
        try controller.until("it is mended") { try controller.value() == "three" }
        try controller.commit(value: "four")
        try controller.until("a prune that is too large is told with what to do") {
            let told = try controller.events()
            return told.contains("Warning PruneRefused 1 ") && told.contains("8 of 10 objects would be deleted")
                && told.contains("--confirm")
        }

        let described = try delivery.kubectl("describe", "application", delivery.name).output
        #expect(described.contains("Synced") && described.contains("gitops-controller"), "\(described)")

        _ = try delivery.kubectl("delete", "application", delivery.name, "--wait=false")
        try controller.until("the refusal is told") {
            try controller.events().contains("Warning DeletionRefused 1 spec.deletionPolicy is Refuse (Set it to")
        }
        try controller.describe("automated: true, interval: 1s", "deletionPolicy: Delete")
        try controller.until("the end is told") {
            try controller.events().contains("Normal Deleted 1 its objects are gone: ")
        }
    }

    /// The same failure, looked at again and again, is one Event; an idle application has none but its first.
    @Test(arguments: TestCluster.all)
    func floodsNobody(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        let delivery = controller.delivery
        try controller.commit(
            value: "one", "---\napiVersion: example.com/v1\nkind: Nothing\nmetadata: {name: served}\n")
        try controller.describe(
            "automated: true, interval: 200ms, retry: {limit: 50, backoff: {duration: 100ms, maxDuration: 200ms}}")
        try controller.until("the failure is told") { try controller.events().contains("SyncFailed") }
        for _ in 0..<5 {
            _ = try delivery.kubectl(
                "annotate", "--overwrite", "application", delivery.name, "gitopsctl.dev/requested-at=\(UUID())")
            usleep(300_000)
        }
        let lines = try controller.events().split(separator: "\n")
        #expect(lines.count == 1, "\(lines)")
    }

    @Test(arguments: TestCluster.all)
    func noValueOfASecretIsTold(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        let delivery = controller.delivery
        let secret = Delivery.secretValue
        try controller.commit(
            value: "one",
            "---\napiVersion: v1\nkind: Secret\nmetadata: {name: login}\nstringData: {password: \(secret)}\n")
        try controller.describe()
        try controller.until("Ready") { try controller.condition("Ready").hasPrefix("True") }
        _ = try delivery.kubectl(
            "patch", "secret", "login", "-n", delivery.name, "-p", #"{"stringData":{"password":"other-\#(secret)"}}"#)
        try controller.until("the drift is told") {
            try controller.events().contains("Drifted 1 Secret \(delivery.name)/login data.password is ")
        }
        let status = try delivery.kubectl("get", "application", delivery.name, "-o", "json").output
        let told = try controller.events() + controller.log + status + controller.metrics()
        for text in [secret, "other-" + secret] {
            #expect(!told.contains(text))
            #expect(!told.contains(Data(text.utf8).base64EncodedString()))
        }
    }
}
