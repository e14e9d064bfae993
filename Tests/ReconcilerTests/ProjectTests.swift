import Manifest
import Reconciler
import Testing

@Suite struct ProjectTests {
    private static let text = """
        apiVersion: gitopsctl.dev/v1alpha1
        kind: Project
        metadata: {name: shop}
        spec:
          sources: ["https://git.example.com/shop/*"]
          destinations: [{namespace: shop-*}]
          kinds: ["*", "*.apps", Namespace]
          plugins: [sealed-secrets]
        """

    private func project(_ text: String = text) throws -> Project {
        try Project(
            YAML.read(Array(text.utf8), file: "gitops/project.yaml")[0],
            source: SourceLocation(file: "gitops/project.yaml"))
    }

    private func application(
        repository: String = "https://git.example.com/shop/web.git", namespace: String = "shop-web",
        plugins: String = "[]"
    ) throws -> Application {
        let text = """
            apiVersion: gitopsctl.dev/v1alpha1
            kind: Application
            metadata: {name: web}
            spec:
              source: {repository: "\(repository)"}
              destination: {namespace: \(namespace)}
              plugins: \(plugins)
            """
        return try Application(
            YAML.read(Array(text.utf8), file: "gitops/web.yaml")[0], source: SourceLocation(file: "gitops/web.yaml"))
    }

    @Test func whatItNamesIsAllowed() throws {
        let application = try application(plugins: "[{name: sealed-secrets}]")
        #expect(try project().findings(on: application).isEmpty)
    }

    @Test func eachRuleIsToldWithItsListAndTheCure() throws {
        let application = try application(
            repository: "https://git.example.com/bank/web.git", namespace: "bank", plugins: "[{name: anything}]")
        #expect(
            try project().findings(on: application).map(\.description) == [
                """
                gitops/web.yaml:1:1: error: the project shop does not allow the repository https://git.example.com/bank/web.git: \
                its sources are https://git.example.com/shop/*
                  → Whoever keeps the project can add it to spec.sources in gitops/project.yaml
                """,
                """
                gitops/web.yaml:1:1: error: the project shop does not allow the namespace bank: its destinations are shop-*
                  → Whoever keeps the project can add it to spec.destinations in gitops/project.yaml
                """,
                """
                gitops/web.yaml:7:14: error: the project shop does not allow the plugin anything: its plugins are sealed-secrets
                  → Whoever keeps the project can add it to spec.plugins in gitops/project.yaml
                """,
            ])
    }

    @Test func anEmptyProjectAllowsNothing() throws {
        let project = try project("apiVersion: gitopsctl.dev/v1alpha1\nkind: Project\nmetadata: {name: shop}")
        let application = try application(plugins: "[{name: sealed-secrets}]")
        #expect(project.findings(on: application).count == 3)
        #expect(project.findings(on: application)[0].message.hasSuffix(": its sources are none"))
    }

    @Test(arguments: [
        ("https://git.example.com/shop/*", "https://git.example.com/shop/web", true),
        ("https://git.example.com/shop/*", "https://git.example.com/shop/web.git", true),
        ("https://git.example.com/shop/web.git", "https://git.example.com/shop/web/", true),
        ("https://git.example.com/shop/*", "https://git.example.com/shop/team/web", false),
        ("https://git.example.com/shop/**", "https://git.example.com/shop/team/web", true),
        ("https://git.example.com/shop/*", "https://git.example.com/shopping/web", false),
        ("https://git.example.com/**", "https://git.example.com@evil.example/web", false),
        ("https://git.example.com/**", "https://git.example.com.evil.example/web", false),
        // What curl and servers make of these lies elsewhere.
        ("https://git.example.com/shop/**", "https://git.example.com/shop/../bank/web", false),
        ("https://git.example.com/shop/**", "https://git.example.com/shop/%2E%2e/bank/web", false),
        ("https://git.example.com/shop/**", "https://git.example.com/shop/x%2f..%2f../bank/web", false),
        ("https://git.example.com/shop/**", "https://git.example.com/shop/..\\\\bank", false),
        ("*", "ssh://git@git.example.com/any/where", true),
        ("/srv/git/*", "/srv/git/shop", true),
    ])
    func sourcesArePatterns(_ pattern: String, _ address: String, _ isAllowed: Bool) throws {
        let project = try project(Self.text.replacing("https://git.example.com/shop/*", with: pattern))
        #expect(project.findings(on: try application(repository: address)).isEmpty == isAllowed)
    }

    @Test(arguments: [
        ("*", "apps/v1", "Deployment", true, true), ("*.apps", "apps/v1", "Deployment", true, true),
        ("Deployment.apps", "apps/v1", "Deployment", true, true), ("Deployment", "apps/v1", "Deployment", true, true),
        ("*.apps", "batch/v1", "Job", true, false),
        ("Deployment.apps", "extensions/v1beta1", "Deployment", true, false),
        ("*.cert-manager.io", "cert-manager.io/v1", "Certificate", true, true),
        ("*.io", "cert-manager.io/v1", "Certificate", true, false),
        // A pattern stops at the border of namespaces, and before what nobody knows.
        ("*", "rbac.authorization.k8s.io/v1", "ClusterRole", false, false),
        ("*.rbac.authorization.k8s.io", "rbac.authorization.k8s.io/v1", "ClusterRole", false, false),
        ("ClusterRole.rbac.authorization.k8s.io", "rbac.authorization.k8s.io/v1", "ClusterRole", false, true),
        ("*", "example.com/v1", "Unknown", nil, false), ("Unknown.example.com", "example.com/v1", "Unknown", nil, true),
    ])
    func kindsArePatterns(
        _ pattern: String, _ apiVersion: String, _ kind: String, _ isNamespaced: Bool?, _ isAllowed: Bool
    ) throws {
        let gvk = GroupVersionKind(apiVersion: apiVersion, kind: kind)
        #expect(KindPattern(pattern).matches(gvk.groupKind, isNamespaced: isNamespaced) == isAllowed)
    }

    @Test func objectsAreHeldToKindsAndNamespaces() throws {
        let objects = try YAML.read(
            Array(
                """
                {apiVersion: v1, kind: ConfigMap, metadata: {name: fine, namespace: shop-web}}
                ---
                {apiVersion: v1, kind: ConfigMap, metadata: {name: by-default}}
                ---
                {apiVersion: v1, kind: Namespace, metadata: {name: shop-new}}
                ---
                {apiVersion: v1, kind: Namespace, metadata: {name: bank}}
                ---
                {apiVersion: v1, kind: ConfigMap, metadata: {name: theirs, namespace: bank}}
                ---
                {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: all, namespace: shop-web}}
                ---
                {apiVersion: example.com/v1, kind: Unknown, metadata: {name: x, namespace: bank}}
                """.utf8), file: "a.yaml"
        ).map { KubernetesObject($0) }
        let findings = try project().findings(on: objects, namespace: "shop-web") { gvk in
            ["ConfigMap": true, "Namespace": false, "ClusterRole": false][gvk.kind]
        }
        #expect(
            findings.map { $0.message.replacing("the project shop does not allow ", with: "") } == [
                "Namespace bank: its destinations are shop-*",
                "ConfigMap bank/theirs in the namespace bank: its destinations are shop-*",
                "ClusterRole shop-web/all: its kinds are *, *.apps, Namespace, and a kind of the whole cluster has to be named in full",
                "Unknown bank/x: its kinds are *, *.apps, Namespace",
                "Unknown bank/x in the namespace bank: its destinations are shop-*",
            ])
    }

    @Test func mistakesAreToldAtTheirPlace() {
        let text = """
            apiVersion: gitopsctl.dev/v1
            kind: Project
            metadata: {}
            spec:
              sources: [1]
              destinations: [{server: other}]
              plugin: [sealed-secrets]
            """
        #expect {
            try project(text)
        } throws: { error in
            (error as? DiagnosticsError)?.diagnostics.map { $0.description.prefix { $0 != "\n" } } == [
                "gitops/project.yaml:1:13: error: this version of gitopsctl does not read gitopsctl.dev/v1",
                "gitops/project.yaml:3:1: error: metadata.name is missing",
                "gitops/project.yaml:5:13: error: spec.sources[0] must be a string, not the number 1",
                "gitops/project.yaml:6:19: error: spec.destinations[0].namespace is missing",
                "gitops/project.yaml:6:27: error: spec.destinations[0].server says nothing without a cluster",
                "gitops/project.yaml:7:3: error: spec.plugin is not a field of spec",
            ]
        }
    }
}

@Suite struct ProjectLookupTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write(".git/HEAD", "")
    }

    private func finder(cluster: [Value] = []) -> ApplicationFinder {
        ApplicationFinder(workingFolder: folder.path) { kind, name throws(DiagnosticsError) in
            cluster.filter {
                $0["kind"]?.string == kind && (name == nil || $0[path: "metadata", "name"]?.string == name)
            }
        }
    }

    private func application(_ project: String?) -> String {
        ApplicationFinderTests.text("web") + (project.map { "\n  project: \($0)" } ?? "")
    }

    private func project(_ name: String, namespace: String = "default") -> String {
        "apiVersion: gitopsctl.dev/v1alpha1\nkind: Project\nmetadata: {name: \(name), namespace: \(namespace)}\nspec: {sources: [.]}\n"
    }

    @Test func itStandsInAnyFileOfTheFolder() async throws {
        try folder.write("gitops/web.yaml", application("shop"))
        try folder.write("gitops/projects.yaml", project("bank") + "---\n" + project("shop"))
        for file in [nil, "gitops/web.yaml"] {
            let limits = try #require(try await finder().find("web", file: file).limits)
            #expect(limits.name == "shop" && limits.origin?.file == "gitops/projects.yaml")
            // `.` is the repository that both stand in.
            #expect(try await limits.findings(on: finder().find("web")).isEmpty)
        }
        #expect(await finder().all().applications.map(\.limits?.name) == ["shop"])
    }

    @Test func theOneCalledDefaultHoldsForWhoNamesNone() async throws {
        try folder.write("gitops/web.yaml", application(nil))
        #expect(try await finder().find("web").limits == nil)
        try folder.write("gitops/projects.yaml", project("default"))
        #expect(try await finder().find("web").limits?.name == "default")
    }

    @Test func oneThatIsNamedMustBeThereOnce() async throws {
        try folder.write("gitops/web.yaml", application("shop"))
        try folder.write("gitops/projects.yaml", project("shopp") + "---\n" + project("shop", namespace: "other"))
        let missing = await #expect(throws: DiagnosticsError.self) { try await finder().find("web") }
        #expect(missing?.diagnostics.map(\.message) == ["there is no project shop beside the application web"])
        #expect(missing?.diagnostics.first?.cure == "Did you mean shopp?")
        try folder.write("gitops/projects.yaml", project("shop") + "---\n" + project("shop"))
        let twice = await #expect(throws: DiagnosticsError.self) { try await finder().find("web") }
        #expect(twice?.diagnostics.first?.message.hasPrefix("2 projects are called shop") == true)
    }

    @Test func anApplicationOfTheClusterHasItsProjectInItsNamespace() async throws {
        var application = ApplicationFinderTests.value("web", namespace: "team")
        application["spec"]?["project"] = "shop"
        func project(_ namespace: String) -> Value {
            [
                "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Project",
                "metadata": ["name": "shop", "namespace": .string(namespace)],
                "spec": ["plugins": [.string(namespace)]],
            ]
        }
        // Neither another namespace's nor the repository's counts.
        try folder.write("gitops/projects.yaml", self.project("shop"))
        #expect(
            try await finder(cluster: [application, project("other"), project("team")]).find("web").limits?.plugins == [
                NamePattern("team")
            ])
        await #expect(throws: DiagnosticsError.self) {
            try await finder(cluster: [application, project("other")]).find("web")
        }
    }
}
