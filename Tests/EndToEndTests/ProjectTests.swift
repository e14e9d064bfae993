// A Project's limits on the whole way: what it does not allow is refused before anything is fetched, run or written.

import Foundation
import Testing

@Suite(.ownThread) struct ProjectTests {
    private func delivery(sources: String = "[.]", kinds: String = "['*']", plugins: String = "[mark]") throws
        -> Delivery
    {
        let delivery = try Delivery(on: .sandbox)
        try delivery.describe(path: "app", extra: "  project: team\n  plugins: [{name: mark}]")
        try delivery.write(
            "gitops/project.yaml",
            """
            apiVersion: gitopsctl.dev/v1alpha1
            kind: Project
            metadata: {name: team}
            spec:
              sources: \(sources)
              destinations: [{namespace: \(delivery.name)}]
              kinds: \(kinds)
              plugins: \(plugins)
            """)
        try delivery.write(
            "../plugins.yaml",
            """
            apiVersion: gitopsctl.dev/v1alpha1
            kind: PluginCatalog
            plugins: [{name: mark, executable: /nonexistent/mark}]
            """)
        try delivery.write("app/kustomization.yaml", "resources: [settings.yaml, role.yaml]\n")
        try delivery.write("app/settings.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n")
        try delivery.write(
            "app/role.yaml",
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: \(delivery.name)}\nrules: []\n"
        )
        try delivery.commit("Begin")
        try #require(try delivery.kubectl("create", "namespace", delivery.name).status == 0)
        return delivery
    }

    private func sync(_ delivery: Delivery, _ verb: String = "sync") throws -> CommandResult {
        var gitopsctl = delivery.gitopsctl
        gitopsctl.environment["GITOPSCTL_PLUGINS"] = delivery.folder + "/plugins.yaml"
        return try gitopsctl.run([verb, delivery.name])
    }

    @Test(arguments: ["sync", "diff", "build"])
    func aRepositoryThatIsNotAllowedIsNotFetched(verb: String) throws {
        let delivery = try delivery(sources: "['https://git.example.com/*']")
        try delivery.replace(
            "repository: .", with: "repository: https://127.0.0.1:9/shop.git", in: "gitops/application.yaml")
        let refused = try sync(delivery, verb)
        // The port is nobody's: whoever tried it would say so.
        #expect(refused.status == 1 && !refused.errors.contains("connect"), "\(refused.all)")
        #expect(refused.errors.contains("the project team does not allow the repository"), "\(refused.all)")
        #expect(refused.errors.contains("spec.sources in gitops/project.yaml"), "\(refused.all)")
    }

    @Test func aPluginThatIsNotAllowedIsNotRun() throws {
        let delivery = try delivery(plugins: "[sealed-*]")
        let refused = try sync(delivery)
        #expect(refused.status == 1)
        #expect(refused.errors.contains("does not allow the plugin mark: its plugins are sealed-*"), "\(refused.all)")
        // Where it is allowed, it is started, and is not there.
        let allowed = try self.delivery()
        #expect(try sync(allowed).errors.contains("/nonexistent/mark"))
    }

    @Test func anObjectThatIsNotAllowedKeepsAllOthersFromBeingWritten() throws {
        let delivery = try delivery()
        try delivery.replace("/nonexistent/mark", with: "/bin/cat", in: "../plugins.yaml")
        let refused = try sync(delivery)
        #expect(refused.status == 1)
        #expect(refused.errors.contains("app/role.yaml:2:1"), "\(refused.all)")
        #expect(refused.errors.contains("a kind of the whole cluster has to be named in full"), "\(refused.all)")
        #expect(try delivery.kubectl("get", "configmap", "settings", "-n", delivery.name).status != 0)

        try delivery.replace("'*'", with: "'*', ClusterRole.rbac.authorization.k8s.io", in: "gitops/project.yaml")
        #expect(try sync(delivery).status == 0)
        #expect(try delivery.kubectl("delete", "clusterrole", delivery.name).status == 0)
    }
}
