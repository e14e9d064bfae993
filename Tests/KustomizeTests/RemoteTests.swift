// Bases elsewhere: their URLs, and builds that ask for what they may not fetch.

import Manifest
import Testing

@testable import Kustomize

@Suite("Remote bases")
struct RemoteTests {
    static let urls: [(url: String, repository: String, directory: String, reference: String)] = [
        ("https://github.com/org/repo", "https://github.com/org/repo", "", ""),
        ("https://github.com/org/repo?ref=v1", "https://github.com/org/repo", "", "v1"),
        ("https://github.com/org/repo//a/b?ref=v1", "https://github.com/org/repo", "a/b", "v1"),
        ("https://github.com/org/repo/a/b?version=v1", "https://github.com/org/repo", "a/b", "v1"),
        ("https://github.com/org/repo/a?version=v1&ref=v2", "https://github.com/org/repo", "a", "v2"),
        ("github.com/org/repo/a", "https://github.com/org/repo", "a", ""),
        ("GitHub.com/org/repo/a", "https://github.com/org/repo", "a", ""),
        ("github.com:org/repo//a", "https://github.com/org/repo", "a", ""),
        ("git@github.com:org/repo//a?ref=x", "git@github.com:org/repo", "a", "x"),
        ("git@github.com/org/repo.git/a", "git@github.com:org/repo.git", "a", ""),
        ("ssh://git@github.com/org/repo", "git@github.com:org/repo", "", ""),
        ("git::https://gitlab.com/org/sub/repo.git//a", "https://gitlab.com/org/sub/repo.git", "a", ""),
        ("git::https://gitlab.com/org/repo", "https://gitlab.com/org/repo", "", ""),
        ("https://gitlab.com/org/sub/repo.git/a?ref=m", "https://gitlab.com/org/sub/repo.git", "a", "m"),
        ("ssh://git@example.com:2222/org/repo.git//a", "ssh://git@example.com:2222/org/repo.git", "a", ""),
        ("git@example.com:org/repo.git", "git@example.com:org/repo.git", "", ""),
        ("https://dev.azure.com/org/project/_git/repo/a", "https://dev.azure.com/org/project/_git/repo", "a", ""),
        ("file:///srv/repo", "file:///srv/repo", "", ""),
        ("file:///srv/repo//a?ref=m", "file:///srv/repo", "a", "m"),
        ("https://host/org/repo//a/../b", "https://host/org/repo", "b", ""),
    ]

    @Test("every form of URL is taken apart as the reference does", arguments: urls)
    func forms(_ url: String, _ repository: String, _ directory: String, _ reference: String) throws {
        let base = try #require(try RemoteBase(url))
        #expect(base.repository == repository)
        #expect(base.directory == directory)
        #expect(base.reference == reference)
    }

    @Test(
        "paths and half URLs are none",
        arguments: ["base", "../base", "/abs", "org/repo", "https://host/one", "a/b@c", ""])
    func none(_ entry: String) throws {
        #expect(try RemoteBase(entry) == nil)
    }

    @Test("a directory outside of its repository is refused")
    func exit() {
        #expect(throws: RemoteBaseExit.self) { try RemoteBase("https://host/org/repo//../x") }
    }

    @Test(
        "query parameters",
        arguments: [("timeout=2m", 120.0), ("timeout=90", 90), ("timeout=1m30s", 90), ("timeout=x", nil)])
    func timeouts(_ query: String, _ seconds: Double?) throws {
        #expect(try RemoteBase("https://host/o/r?" + query)?.timeout == seconds)
        #expect(try RemoteBase("https://host/o/r?submodules=false")?.hasSubmodules == false)
    }

    // MARK: - Builds

    private static let configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"

    private func built(
        _ files: [String: String], _ target: String = "", options: (inout BuildOptions) -> Void = { _ in },
        answer: @escaping @Sendable (BuildRequest) -> BuildAnswer
    ) async throws(DiagnosticsError) -> (text: String, result: BuildResult) {
        var all = BuildOptions()
        all.allowsRemote = true
        options(&all)
        let build = KustomizeBuild(tree: MemoryTree(files), options: all)
        let result = try await build.build(target) { answer($0) }
        return (String(decoding: result.yaml(), as: UTF8.self), result)
    }

    private static func repositories(_ request: BuildRequest) -> BuildAnswer {
        guard case .repository(let repository) = request else { return .failure("no", cure: nil) }
        switch repository.url {
        case "https://host/o/app":
            return .repository(
                MemoryTree([
                    "a/kustomization.yaml": "resources: [c.yaml, ../b]\nnamePrefix: far-\n", "a/c.yaml": configMap,
                    "b/kustomization.yaml":
                        "resources: ['https://host/o/deep//x?ref=\(String(repeating: "d", count: 40))']",
                ]), commit: String(repeating: "a", count: 40))
        case "https://host/o/deep":
            return .repository(
                MemoryTree([
                    "x/kustomization.yaml": "resources: [s.yaml]",
                    "x/s.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n",
                ]), commit: repository.reference)
        default: return .failure("nobody is there", cure: nil)
        }
    }

    @Test("a base is fetched, and what it names is fetched too")
    func chain() async throws {
        let kustomization = "resources: ['https://host/o/app//a?ref=main']\nbuildMetadata: [originAnnotations]\n"
        let (text, result) = try await built(["kustomization.yaml": kustomization], answer: Self.repositories)
        #expect(text.contains("name: far-c") && text.contains("name: far-s"))
        #expect(text.contains("path: a/c.yaml\n      repo: https://host/o/app\n      ref: main\n"))
        #expect(result.diagnostics.map(\.rule) == ["remote-not-pinned"])
        #expect(
            result.readSet.remotes.keys.sorted() == [
                "https://host/o/app@main", "https://host/o/deep@" + String(repeating: "d", count: 40),
            ])
        #expect(!result.readSet.isUnchanged(in: MemoryTree(["kustomization.yaml": kustomization])))
    }

    @Test("a base that is named by its commit does not make a build change")
    func pinned() async throws {
        let kustomization = "resources: ['https://host/o/deep//x?ref=\(String(repeating: "d", count: 40))']\n"
        let (_, result) = try await built(["kustomization.yaml": kustomization], answer: Self.repositories)
        #expect(result.diagnostics.isEmpty)
        #expect(result.readSet.isUnchanged(in: MemoryTree(["kustomization.yaml": kustomization])))
    }

    @Test("what cannot be fetched is an error at its place, beside the others")
    func unreachable() async {
        let files = [
            "kustomization.yaml": "resources:\n- https://host/o/none//x\n- gone.yaml\n- https://host/file.yaml\n"
        ]
        do {
            _ = try await built(files, answer: Self.repositories)
            Issue.record("the build succeeded")
        } catch {
            #expect(error.diagnostics.map { $0.location?.position.line } == [2, 3, 4])
        }
    }

    @Test("a file over HTTP, and a whole build of a URL")
    func others() async throws {
        let (text, _) = try await built(["kustomization.yaml": "resources: ['https://host/c.yaml']"]) { request in
            request == .file(url: "https://host/c.yaml") ? .file(Array(Self.configMap.utf8)) : .failure("no", cure: nil)
        }
        #expect(text.contains("name: c"))
        #expect(
            try await built([:], "https://host/o/app//a?ref=x", answer: Self.repositories).text.contains("name: far-s"))
    }

    @Test("repositories that name each other end in an error")
    func circle() async {
        do {
            _ = try await built(["kustomization.yaml": "resources: ['https://host/o/r']"]) { _ in
                .repository(
                    MemoryTree(["kustomization.yaml": "resources: ['https://host/o/r']"]),
                    commit: String(repeating: "a", count: 40))
            }
            Issue.record("the build succeeded")
        } catch {
            #expect(error.diagnostics.first { $0.severity == .error }?.message.contains("go round in a circle") == true)
        }
    }

    // MARK: - Programs

    private static let function = """
        apiVersion: example.com/v1
        kind: Wizard
        metadata:
          name: w
          annotations: {config.kubernetes.io/function: "exec: {path: run.sh}"}
        """

    @Test("a function gets the objects and gives them back changed, with more and without some")
    func functions() async throws {
        let files = [
            "kustomization.yaml": "resources: [c.yaml]\ntransformers: [w.yaml]\nnamePrefix: p-\n",
            "w.yaml": Self.function,
            "c.yaml": Self.configMap + "---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\n", "run.sh": "",
        ]
        let (text, _) = try await built(
            files,
            options: {
                $0.allowsPlugins = true
                $0.allowsExec = true
            }
        ) { request in
            guard case .function(let function) = request,
                function.runtime == .executable(path: "run.sh", directory: ""),
                let list = try? YAML.read(function.input, file: "").first, let items = list["items"]?.array,
                items.count == 2,
                list["functionConfig"]?["kind"] == "Wizard", var first = items.first
            else { return .failure("not what was expected", cure: nil) }
            first["data"] = ["made": "yes"]
            let added: Value = ["apiVersion": "v1", "kind": "Service", "metadata": ["name": "new"]]
            return .output(
                YAML.write(["apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": [first, added]]))
        }
        #expect(
            text == """
                apiVersion: v1
                data:
                  made: "yes"
                kind: ConfigMap
                metadata:
                  name: p-c
                ---
                apiVersion: v1
                kind: Service
                metadata:
                  name: new

                """)
    }

    static let refusals: [(config: String, allow: [String], message: String)] = [
        (function, [], "is a program of its own"), (function, ["plugins"], "is an executable"),
        ("apiVersion: e.com/v1\nkind: Old\nmetadata: {name: w}", ["plugins"], "plugins of the old kind"),
        (
            "apiVersion: e.com/v1\nkind: Star\nmetadata: {name: w, annotations: {config.kubernetes.io/function: 'starlark: {path: a}'}}",
            ["plugins", "exec"], "written in Starlark"
        ),
    ]

    @Test("what may not run is an error, never silence", arguments: refusals)
    func refused(_ config: String, _ allow: [String], _ message: String) async {
        do {
            _ = try await built(
                ["kustomization.yaml": "resources: []\ntransformers: [w.yaml]", "w.yaml": config, "run.sh": ""],
                options: {
                    $0.allowsPlugins = allow.contains("plugins")
                    $0.allowsExec = allow.contains("exec")
                }
            ) { _ in .failure("asked", cure: nil) }
            Issue.record("the build succeeded")
        } catch {
            #expect(error.diagnostics.first?.message.contains(message) == true)
        }
    }

    @Test("a chart is asked for with its files, values and flags, and keeps the namespace that helm gave it")
    func charts() async throws {
        let files = [
            "kustomization.yaml": """
            namespace: outer
            helmCharts:
            - {name: web, releaseName: r, includeCRDs: true, kubeVersion: "1.30", valuesInline: {a: 1}, additionalValuesFiles: [v.yaml]}
            """,
            "charts/web/Chart.yaml": "name: web", "charts/web/templates/a.yaml": "x", "v.yaml": "b: 2",
        ]
        let (text, _) = try await built(files, options: { $0.allowsHelm = true }) { request in
            let wanted = ChartRequest(
                name: "web",
                source: .files(["Chart.yaml": Array("name: web".utf8), "templates/a.yaml": Array("x".utf8)]),
                release: ["r"], values: [Array("a: 1\n".utf8), Array("b: 2".utf8)],
                flags: ["--namespace", "outer", "--include-crds", "--kube-version", "1.30"])
            return request == .chart(wanted)
                ? .output(Array("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: inner}\n".utf8))
                : .failure("another request", cure: nil)
        }
        #expect(text.contains("namespace: inner"))
        let refused = errors(files)
        #expect(refused.first?.cure?.contains("--enable-helm") == true)
    }
}
