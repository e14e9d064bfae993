// Notifications from the controller as a program: to a receiver that listens, and beside one that does not.

import Foundation
import Synchronization
import TestServer
import Testing

@Suite(.ownThread, .serialized) struct ControllerNotificationsTests {
    /// Bodies that a receiver got.
    private final class Receiver: Sendable {
        private let bodies = Mutex<[String]>([])
        private let started = Mutex<TestServer?>(nil)

        init(answers: Bool = true) {
            started.withLock { [self] server in
                server = TestServer { [self] request, connection in
                    bodies.withLock { $0.append(String(decoding: request.body, as: UTF8.self)) }
                    if answers { connection.respond(200, body: "ok") } else { connection.waitForClose() }
                }
            }
        }

        var url: String { started.withLock { $0?.url ?? "" } }
        var all: [String] { bodies.withLock { $0 } }
        func stop() { started.withLock { $0?.stop() } }
    }

    @Test(arguments: TestCluster.all)
    func tellsReceiversOfApplicationsAndProjectsAndWaitsForNone(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster, options: ["--private-receiver", "127.0.0.1"])
        let delivery = controller.delivery
        let (listening, hanging) = (Receiver(), Receiver(answers: false))
        defer {
            listening.stop()
            hanging.stop()
        }
        let file = delivery.folder + "/receivers.yaml"
        try """
        apiVersion: v1
        kind: Secret
        metadata: {name: \(delivery.name)-chat, namespace: default, labels: {gitopsctl.dev/notification: ""}}
        stringData: {url: "\(listening.url)"}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: \(delivery.name)-dead, namespace: default, labels: {gitopsctl.dev/notification: ""}}
        stringData: {url: "\(hanging.url)"}
        ---
        apiVersion: gitopsctl.dev/v1alpha1
        kind: Project
        metadata: {name: \(delivery.name), namespace: default}
        spec:
          sources: ["**"]
          destinations: [{namespace: "*"}]
          kinds: ["*", Namespace]
          notifications: [{type: cloudevents, secretName: \(delivery.name)-chat, reasons: [Synced]}]
        """.write(toFile: file, atomically: true, encoding: .utf8)
        let applied = try delivery.kubectl("apply", "-f", file)
        try #require(applied.status == 0, "\(applied.all)")
        defer { _ = try? delivery.kubectl("delete", "-f", file) }

        try controller.commit(value: "one")
        try controller.describe(
            "automated: true, selfHeal: true, interval: 1s",
            """
            project: \(delivery.name)
              notifications:
              - {type: webhook, secretName: \(delivery.name)-dead}
              - {type: webhook, secretName: \(delivery.name)-chat, template: "{\\"text\\": \\"{{application}} {{reason}} {{message}}\\"}"}
            """)
        let first = try delivery.head().prefix(7)
        try controller.until("both rules tell of the sync") {
            listening.all.contains { $0 == #"{"text": "\#(delivery.name) Synced main@\#(first): 2 created"}"# }
                && listening.all.contains {
                    $0.contains("dev.gitopsctl.application.synced") && $0.contains(delivery.name)
                }
        }
        try controller.until("the other was called") { !hanging.all.isEmpty }

        try controller.commit(value: "two")
        try controller.until("no sync waits for it") { try controller.value() == "two" }
        try controller.commit(
            value: "three", "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: broken, label: {}}\n")
        try controller.until("a failure is told with its place") {
            listening.all.contains { $0.contains("SyncFailed") && $0.contains("app/all.yaml") }
        }
        #expect(!listening.all.contains { $0.contains("application.syncfailed") }, "the Project asks for syncs only")
        let metrics = try controller.metrics()
        #expect(
            metrics.contains(#"gitops_notifications_total{receiver="cloudevents",result="delivered"} "#), "\(metrics)")
    }
}
