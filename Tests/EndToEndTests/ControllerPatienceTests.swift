// What a controller comes back to by itself: whatever it could not do at first, and can once somebody has changed
// something that stands in no repository.

import Foundation
import Testing

@Suite(.ownThread, .serialized) struct ControllerPatienceTests {
    /// A manifest in a namespace that Git does not have, and that somebody makes later.
    @Test(arguments: TestCluster.all)
    func syncsOnceANamespaceIsThere(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        let delivery = controller.delivery
        let namespace = "\(delivery.name)-later"
        try delivery.write("app/kustomization.yaml", "namespace: \(namespace)\nresources: [guest.yaml]\n")
        try delivery.write("app/guest.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: guest}\n")
        try delivery.commit("Deliver into a namespace that is not there")
        try controller.describe("automated: true, interval: 1h")
        try controller.until("what is lacking is told") {
            let told = try controller.condition("Ready")
            return told.hasPrefix("False") && told.contains(namespace)
        }
        defer { _ = try? delivery.kubectl("delete", "namespace", namespace, "--wait=false") }
        let created = try delivery.kubectl("create", "namespace", namespace)
        try #require(created.status == 0, "\(created.all)")
        try controller.until("it is delivered by itself") {
            try controller.condition("Ready").hasPrefix("True")
        }
        let results = try delivery.kubectl(
            "get", "application", delivery.name, "-o", "jsonpath={.status.history[*].result}"
        ).output.split(separator: " ")
        #expect(results == ["succeeded", "failed"], "a try that fails as the one before did is no news")
    }

    @Test(arguments: TestCluster.all)
    func syncsOnceAKindIsServed(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        let delivery = controller.delivery
        let group = "\(delivery.name).example.com"
        try controller.commit(value: "one", "---\napiVersion: \(group)/v1\nkind: Lamp\nmetadata: {name: desk}\n")
        try controller.describe("automated: true, interval: 1h")
        try controller.until("the kind is told") {
            let told = try controller.condition("Ready")
            return told.hasPrefix("False") && told.contains("Lamp")
        }
        let file = try delivery.apply(
            """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: lamps.\(group)}
            spec:
              group: \(group)
              scope: Namespaced
              names: {kind: Lamp, listKind: LampList, plural: lamps, singular: lamp}
              versions:
              - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
            """, as: "lamps.yaml")
        defer { _ = try? delivery.kubectl("delete", "--wait=false", "-f", file) }
        try controller.until("it is delivered by itself") {
            try controller.condition("Ready").hasPrefix("True")
        }
    }

    /// With one place for what is busy, those that wait for another application must not hold it.
    @Test(arguments: TestCluster.all)
    func applicationsWaitForOthersWithoutKeepingThemFromWork(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster, options: ["--concurrency", "1"])
        let delivery = controller.delivery
        let (first, base) = ("a-\(delivery.name)", "b-\(delivery.name)")
        for name in [first, base] {
            try delivery.write("\(name)/kustomization.yaml", "namespace: default\nresources: [map.yaml]\n")
            try delivery.write(
                "\(name)/map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \(name)}\n")
        }
        try delivery.commit("Deliver two")
        func describe(_ name: String, _ more: String) -> String {
            """
            ---
            apiVersion: gitopsctl.dev/v1alpha1
            kind: Application
            metadata: {name: \(name), namespace: default}
            spec:
              source: {repository: \(delivery.repository), revision: main, path: \(name)}
              sync: {automated: true, interval: 1h, timeout: 60s}
              \(more)

            """
        }
        func ready(_ name: String) throws -> String {
            try delivery.kubectl(
                "get", "application", name, "-o", "jsonpath={.status.conditions[?(@.type==\"Ready\")].status}"
            ).output
        }
        let waiting = describe(first, "dependsOn: [{name: \(base)}]")
        try delivery.apply(waiting, as: "two.yaml")
        let file = try delivery.apply(waiting + describe(base, ""), as: "two.yaml")
        defer { _ = try? delivery.kubectl("delete", "--wait=false", "-f", file) }
        try controller.until("the one that is waited for") { try ready(base) == "True" }
        try controller.until("the one that waits") { try ready(first) == "True" }
    }

    /// A namespace that is deleted takes its Projects away when it likes.
    @Test(arguments: TestCluster.all)
    func deletesAnApplicationWhoseProjectWentFirst(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        let delivery = controller.delivery
        try controller.commit(value: "one")
        try controller.describeProject(kinds: "Namespace, ConfigMap")
        try controller.describe(
            "automated: true, interval: 1h", "project: \(delivery.name)\n  deletionPolicy: Delete")
        try controller.until("Ready") { try controller.condition("Ready").hasPrefix("True") }

        controller.removeProject()
        try controller.until("nothing goes on without its Project") {
            try controller.condition("Ready").hasPrefix("False")
        }
        _ = try delivery.kubectl("delete", "application", delivery.name, "--wait=false")
        try controller.until("the objects go") { try controller.value().isEmpty }
        try controller.until("and the Application") {
            try delivery.kubectl("get", "application", delivery.name, "--ignore-not-found").output.isEmpty
        }
    }

    @Test func endsWhereItsPortIsTaken() throws {
        let controller = try RunningController(on: .sandbox)
        let port = try #require(controller.place().split(separator: ":").last)
        let program = URL(filePath: Workplace.gitopsctl).deletingLastPathComponent()
            .appending(path: "gitops-controller").path
        let second = Command(program: program, environment: controller.delivery.gitopsctl.environment, folder: "/")
        let ended = try second("--listen", "127.0.0.1:\(port)", "--kubeconfig", TestCluster.sandbox.kubeconfig)
        #expect(ended.status == 1)
        #expect(ended.errors.contains("cannot listen on 127.0.0.1:\(port): Address already in use"), "\(ended.errors)")
    }
}
