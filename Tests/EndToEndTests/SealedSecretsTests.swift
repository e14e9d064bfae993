// Secrets sealed in Git and open in the cluster only: sealed, synced, rotated, refused and seen to drift, by the
// programs that users run.

import Foundation
import Testing

@Suite(.ownThread) struct SealedSecretsTests {
    private static let value = "corr3ct-horse-battery"
    private static let encoded = Data(value.utf8).base64EncodedString()

    /// An application of one SealedSecret, and a key of its own in a namespace of its own.
    private func delivery(on cluster: TestCluster) throws -> Delivery {
        let delivery = try Delivery(on: cluster)
        let plugins = URL(filePath: Workplace.gitopsctl).deletingLastPathComponent().path
        try delivery.write(
            "../plugins.yaml",
            """
            apiVersion: gitopsctl.dev/v1alpha1
            kind: PluginCatalog
            plugins:
            - name: sealed-secrets
              executable: \(plugins)/sealed-secrets
              stages: [transform]
              reentrant: true
              selector: {kinds: [SealedSecret.bitnami.com], fields: [sops]}
              grants:
                secretValues: true
                secrets: [{namespace: \(delivery.name), label: sealedsecrets.bitnami.com/sealed-secrets-key}]
            """)
        try delivery.describe(path: "app", extra: "  plugins:\n  - name: sealed-secrets\n  - name: drift-detector\n")
        try delivery.write(
            "app/kustomization.yaml", "namespace: \(delivery.name)\nresources: [sealed.yaml, settings.yaml]\n")
        try delivery.write(
            "app/settings.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {colour: green}\n")
        try #require(try delivery.kubectl("create", "namespace", delivery.name).status == 0)
        try rotate(delivery)
        try seal(delivery, name: "login")
        try delivery.commit("Begin")
        return delivery
    }

    private func command(_ delivery: Delivery, _ words: [String]) throws -> CommandResult {
        var gitopsctl = delivery.gitopsctl
        gitopsctl.environment["GITOPSCTL_PLUGINS"] = delivery.folder + "/plugins.yaml"
        return try gitopsctl.run(words)
    }

    private func sync(_ delivery: Delivery) throws -> CommandResult { try command(delivery, ["sync", delivery.name]) }

    private func rotate(_ delivery: Delivery) throws {
        let rotated = try command(delivery, ["seal", "rotate", "--bits", "2048", "--key-namespace", delivery.name])
        try #require(rotated.status == 0, "\(rotated.all)")
        try delivery.write("../cert.pem", rotated.output)
    }

    private func seal(_ delivery: Delivery, name: String) throws {
        try delivery.write("../password", Self.value)
        let sealed = try command(
            delivery,
            [
                "seal", "--name", name, "--namespace", delivery.name, "--from-file",
                "password=\(delivery.folder)/password", "--cert",
                "\(delivery.folder)/cert.pem",
            ])
        try #require(sealed.status == 0, "\(sealed.all)")
        try delivery.write("app/sealed.yaml", sealed.output)
        try FileManager.default.removeItem(atPath: delivery.folder + "/password")
    }

    private func password(_ delivery: Delivery) throws -> String {
        let read = try delivery.kubectl(
            "get", "secret", "login", "-n", delivery.name, "-o", "jsonpath={.data.password}")
        return String(decoding: Data(base64Encoded: read.output) ?? Data(), as: UTF8.self)
    }

    /// The files of an application's whole folder, the history and the caches among them, that hold the value.
    private func leaks(in delivery: Delivery) -> [String] {
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: delivery.folder)) ?? []
        return names.filter { name in
            guard let data = FileManager.default.contents(atPath: "\(delivery.folder)/\(name)") else { return false }
            return [Self.value, Self.encoded].contains { data.range(of: Data($0.utf8)) != nil }
        }
    }

    @Test(arguments: TestCluster.all)
    func aSealedSecretIsOpenInTheClusterAndNowhereElse(cluster: TestCluster) throws {
        let delivery = try delivery(on: cluster)
        let first = try sync(delivery)
        #expect(first.status == 0, "\(first.all)")
        #expect(try password(delivery) == Self.value)

        let again = try sync(delivery)
        #expect(again.status == 0 && again.all.contains("nothing to do"), "\(again.all)")
        let shown = try ["diff", "build", "history", "status"].map { try command(delivery, [$0, delivery.name]).all }
        for text in shown + [first.all, again.all] {
            #expect(!text.contains(Self.value) && !text.contains(Self.encoded), "\(text)")
        }
        #expect(leaks(in: delivery).isEmpty)
        // The check itself sees a value where there is one.
        try delivery.write("../leak", Self.encoded)
        #expect(leaks(in: delivery) == ["leak"])
    }

    @Test(arguments: TestCluster.all)
    func aRotatedKeyAndValuesSealedAnewChangeNothingInTheCluster(cluster: TestCluster) throws {
        let delivery = try delivery(on: cluster)
        try #require(try sync(delivery).status == 0)
        try rotate(delivery)
        let keys = ["--key-namespace", delivery.name]
        #expect(try command(delivery, ["seal", "report", "app"] + keys).status == 2)
        let before = try delivery.read("app/sealed.yaml")
        let resealed = try command(delivery, ["seal", "re-encrypt", "app"] + keys)
        #expect(
            resealed.status == 0 && resealed.output.contains("app/sealed.yaml: 1 value sealed anew"), "\(resealed.all)")
        #expect(try delivery.read("app/sealed.yaml") != before)
        #expect(try command(delivery, ["seal", "report", "app"] + keys).status == 0)
        try delivery.commit("Seal anew")
        let synced = try sync(delivery)
        #expect(synced.status == 0 && synced.all.contains("nothing to do"), "\(synced.all)")
    }

    @Test(arguments: TestCluster.all)
    func oneThatCannotBeOpenedLeavesTheLiveSecretAlone(cluster: TestCluster) throws {
        let delivery = try delivery(on: cluster)
        try #require(try sync(delivery).status == 0)
        try delivery.replace("namespace: \(delivery.name)", with: "namespace: elsewhere", in: "app/sealed.yaml")
        try delivery.write("app/kustomization.yaml", "resources: [sealed.yaml, settings.yaml]\n")
        try delivery.commit("Move the secret")
        let failed = try sync(delivery)
        #expect(failed.status == 1)
        #expect(failed.all.contains("app/sealed.yaml"), "\(failed.all)")
        #expect(failed.all.contains("it was sealed for another namespace or name"), "\(failed.all)")
        #expect(try password(delivery) == Self.value)
    }

    @Test(arguments: TestCluster.all)
    func driftIsToldWithAuthorAndSeverity(cluster: TestCluster) throws {
        let delivery = try delivery(on: cluster)
        try #require(try sync(delivery).status == 0)
        #expect(try command(delivery, ["diff", delivery.name, "--drift"]).status == 0)
        for (kind, patch) in [
            ("configmap/settings", #"{"data":{"colour":"red"}}"#),
            ("secret/login", #"{"data":{"password":"ZXZpbA=="}}"#),
        ] {
            try #require(
                try delivery.kubectl("patch", kind, "-n", delivery.name, "--type", "merge", "-p", patch).status == 0)
        }
        let drift = try command(delivery, ["diff", delivery.name, "--drift"])
        #expect(drift.status == 2)
        #expect(
            drift.output.contains("major  data.colour is red and should be green, changed by kubectl-patch at "),
            "\(drift.output)")
        #expect(drift.output.contains("critical  data.password is <hidden "), "\(drift.output)")
        #expect(!drift.all.contains(Self.value) && !drift.all.contains("ZXZpbA"), "\(drift.all)")
        // The plugin says the same at the next sync, which repairs it.
        let synced = try sync(delivery)
        #expect(
            synced.all.contains("warning: ConfigMap \(delivery.name)/settings data.colour is red and should be green"),
            "\(synced.all)")
        #expect(try password(delivery) == Self.value)
    }
}
