// Whatever is wrong with what a user brings is said at its place, with exit code 1, and nothing is applied.

import Foundation
import Testing

@Suite(.ownThread) struct BadInputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// What the message must have, the place among it.
        var expected: [String]
        /// Makes the repository wrong.
        var spoil: @Sendable (Delivery) throws -> Void

        init(_ description: String, saying expected: [String], _ spoil: @escaping @Sendable (Delivery) throws -> Void) {
            testDescription = description
            self.expected = expected
            self.spoil = spoil
        }
    }

    static let cases = [
        Case("YAML that does not parse", saying: ["app/web.yaml:4:"]) {
            try $0.write("app/web.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: web\n")
        },
        Case("a missing base", saying: ["app/kustomization.yaml:4:3", "../bases/web"]) {
            try $0.replace("- web.yaml", with: "- ../bases/web", in: "app/kustomization.yaml")
        },
        Case("a patch without target", saying: ["app/kustomization.yaml:", "target"]) {
            try $0.write(
                "app/kustomization.yaml",
                try $0.read("app/kustomization.yaml") + "patches:\n- patch: |-\n    - op: remove\n      path: /spec\n")
        },
        Case("an unknown kind", saying: ["app/web.yaml:2:1", "Gadget"]) {
            try $0.write("app/web.yaml", "apiVersion: example.com/v1\nkind: Gadget\nmetadata:\n  name: web\n")
        },
        Case("a folder that is not there", saying: ["nowhere"]) {
            try $0.describe(path: "nowhere")
        },
        Case("a repository that cannot be reached", saying: ["127.0.0.1:1"]) {
            try $0.describe(path: "app", repository: "http://127.0.0.1:1/shop.git")
        },
        Case("a field that no Application has", saying: ["gitops/application.yaml:14:5", "pruned", "prune"]) {
            try $0.describe(path: "app", extra: "    pruned: true")
        },
    ]

    @Test(arguments: TestCluster.all, cases)
    func isSaidAtItsPlaceAndNothingIsApplied(cluster: TestCluster, wrong: Case) throws {
        let delivery = try Delivery(on: cluster)
        try delivery.writeShop()
        try wrong.spoil(delivery)
        try delivery.commit("Spoil it")
        let result = try delivery.sync()
        #expect(result.status == 1, "\(result.all)")
        for text in wrong.expected { #expect(result.errors.contains(text), "\(result.errors)") }
        #expect(result.errors.contains("error:"))
        let namespace = try delivery.kubectl("get", "namespace", delivery.name, "--ignore-not-found", "-o", "name")
        #expect(namespace.status == 0 && namespace.output.isEmpty)
    }

    @Test func aClusterThatRefusesIsNamed() throws {
        let delivery = try Delivery(on: .sandbox)
        try delivery.writeShop()
        try delivery.commit("Begin")
        let text = try String(contentsOfFile: TestCluster.sandbox.kubeconfig, encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        // Neither certificate nor token: the server does not know who asks.
        let anonymous = lines.filter {
            !$0.contains("client-certificate-data:") && !$0.contains("client-key-data:") && !$0.contains("token:")
        }
        let file = delivery.folder + "/anonymous.yaml"
        try anonymous.joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
        let result = try delivery.sync("--kubeconfig", file)
        #expect(result.status == 1 && result.errors.contains("error:"), "\(result.all)")
    }

    @Test func aWrongCommandLineEndsWith64() throws {
        let delivery = try Delivery(on: .sandbox)
        #expect(try delivery.gitopsctl("sync").status == 64)
        #expect(try delivery.gitopsctl("sync", delivery.name, "--no-such-option").status == 64)
    }
}
