// Programs of a build, really run: functions that are executables of the folder, and an installed helm.

import Foundation
import Kustomize
import Manifest
import Testing

@testable import Reconciler

/// A folder with a kustomization and programs, built by what the command line builds with.
private final class Workshop: Sendable {
    let folder: String

    init(_ files: [String: String]) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "workshop-\(UUID().uuidString)").path
        for (path, text) in files {
            let file = URL(filePath: folder).appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: false, encoding: .utf8)
            if text.hasPrefix("#!") {
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
            }
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func build(helm: String? = nil, _ change: (inout BuildOptions) -> Void = { _ in }) async throws -> BuildResult {
        var options = BuildOptions()
        (options.allowsPlugins, options.allowsExec, options.allowsHelm, options.allowsRemote) = (true, true, true, true)
        change(&options)
        var programs = ProgramOptions()
        if let helm { programs.helmCommand = helm }
        let runner = ProgramRunner(options: programs, root: "/")
        return try await KustomizeBuild(tree: LocalFileTree(root: "/"), options: options)
            .build(String(folder.dropFirst())) { await runner.answer($0) }
    }

    func failure(helm: String? = nil) async -> Diagnostic? {
        do {
            _ = try await build(helm: helm)
            return nil
        } catch {
            return (error as? DiagnosticsError)?.diagnostics.first { $0.severity == .error }
        }
    }
}

@Suite struct ProgramRunnerTests {
    private static func function(_ script: String) throws -> Workshop {
        try Workshop([
            "kustomization.yaml": "resources: [c.yaml]\ntransformers: [f.yaml]\n",
            "c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: old}\n",
            "f.yaml":
                "apiVersion: example.com/v1\nkind: Edit\nmetadata:\n  name: e\n  annotations:\n    config.kubernetes.io/function: 'exec: {path: run.sh}'\n",
            "run.sh": "#!/bin/sh\n\(script)\n", "word.txt": "new",
        ])
    }

    @Test("a function edits the objects, in the folder of its kustomization")
    func transformer() async throws {
        let result = try await Self.function("sed \"s/old/$(cat word.txt)/\"").build()
        #expect(result.objects.map { $0.value["data"]?["a"]?.string } == ["new"])
    }

    @Test("a function that fails says why, at its configuration")
    func failingFunction() async throws {
        let found = await (try Self.function("echo 'no such luck' >&2; exit 3")).failure()
        #expect(found?.message.contains("no such luck") == true)
        #expect(found?.location?.file.hasSuffix("f.yaml") == true)
    }

    @Test("a function that prints something else is told so")
    func babbling() async throws {
        let found = await (try Self.function("echo 'kind: Nonsense'")).failure()
        #expect(found?.message.contains("must write a ResourceList") == true)
    }

    @Test("a function that does not read its input ends nobody but itself", arguments: 0..<8)
    func deafFunction(_ round: Int) async throws {
        let found = await (try Self.function("exit 3")).failure()
        #expect(found?.message.contains("failed with") == true)
    }

    @Test("a program whose file is still open for writing is waited for")
    func busyFile() async throws {
        let shop = try Self.function("sed s/old/new/")
        let file = try FileHandle(forWritingTo: URL(filePath: shop.folder + "/run.sh"))
        async let result = shop.build()
        try await Task.sleep(for: .milliseconds(200))
        try file.close()
        #expect(try await result.objects.map { $0.value["data"]?["a"]?.string } == ["new"])
    }

    private static func chart(_ helm: String) throws -> Workshop {
        try Workshop([
            "kustomization.yaml":
                "helmCharts:\n- name: shop\n  releaseName: r\n  namespace: prod\n  includeCRDs: true\n  valuesInline: {word: inline}\n",
            "charts/shop/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
            "charts/shop/values.yaml": "word: file\n", "helm": "#!/bin/sh\n\(helm)\n",
        ])
    }

    @Test("helm is called with the release, the chart's files and the values")
    func helm() async throws {
        let shop = try Self.chart(
            """
            values=; chart=; before=
            for word in "$@"; do
                [ "$before" = -f ] && values="$word"
                [ -f "$word/Chart.yaml" ] && chart="$word"
                before="$word"
            done
            printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: %s}\\ndata:\\n  arguments: "%s"\\n  chart: "%s"\\n' \
                "$2" "$(echo "$@" | sed "s#$chart#CHART#; s#$values#VALUES#")" "$(head -2 "$chart/Chart.yaml" | tail -1)"
            sed 's/^/  /' "$values"
            """)
        let result = try await shop.build(helm: shop.folder + "/helm")
        let data = result.objects.first?.value["data"]
        #expect(result.objects.first?.name == "r")
        #expect(data?["arguments"]?.string == "template r CHART -f VALUES --namespace prod --include-crds")
        #expect(data?["chart"]?.string == "name: shop")
        #expect(data?["word"]?.string == "inline")
    }

    /// Answers with its arguments, one a line, files as what they hold; `pull` makes the chart instead, and notes what
    /// it was asked.
    private static let telling = """
        here="$(dirname "$0")"
        if [ "$1" = pull ]; then
            [ "$3" = --untardir ] || exit 1
            mkdir "$4/shop" && printf 'name: shop\n' > "$4/shop/Chart.yaml"
            shift 4
            echo "pull $*" > "$here/pulled"
            exit
        fi
        for word in "$@"; do
            if [ -f "$word" ]; then word="<$(tr '\n' ';' < "$word")>"; elif [ -d "$word" ]; then word=CHART; fi
            line="$line $word"
        done
        printf 'kind: Told\nmetadata: {name: t}\nline: "%s"\npulled: "%s"\n' "${line# }" "$(cat "$here/pulled" 2>/dev/null)"
        """

    /// What a chart's fields become on helm's command line, as the reference's documentation has them.
    static let arguments: [(fields: String, line: String)] = [
        ("", "template --generate-name CHART"),
        ("releaseName: r", "template r CHART"),
        ("releaseName: r, namespace: prod", "template r CHART --namespace prod"),
        ("releaseName: r, nameTemplate: '{{a}}'", "template r CHART --name-template {{a}}"),
        (
            "releaseName: r, includeCRDs: true, skipTests: true, skipHooks: true, debug: true, devel: true",
            "template r CHART --include-crds --skip-tests --no-hooks --debug --devel"
        ),
        (
            "releaseName: r, apiVersions: [a/v1, b/v1], kubeVersion: '1.30'",
            "template r CHART --api-versions a/v1 --api-versions b/v1 --kube-version 1.30"
        ),
        ("releaseName: r, valuesFile: own.yaml", "template r CHART -f <a: own;>"),
        (
            "releaseName: r, valuesFile: own.yaml, additionalValuesFiles: [more.yaml], valuesInline: {a: inline}",
            "template r CHART -f <a: own;> -f <a: inline;> -f <a: more;>"
        ),
        (
            "releaseName: r, valuesFile: own.yaml, valuesInline: {a: inline}, valuesMerge: merge",
            "template r CHART -f <a: inline;> -f <a: own;>"
        ),
        (
            "releaseName: r, valuesFile: own.yaml, valuesInline: {a: inline}, valuesMerge: replace",
            "template r CHART -f <a: inline;>"
        ),
    ]

    private static func chart(fields: String, more: [String: String] = [:]) throws -> Workshop {
        try Workshop(
            [
                "kustomization.yaml": "helmCharts: [{name: shop\(fields.isEmpty ? "" : ", " + fields)}]\n",
                "helm": "#!/bin/sh\n\(telling)\n",
                "own.yaml": "a: own\n", "more.yaml": "a: more\n",
            ].merging(more) { $1 })
    }

    @Test("each field of a chart reaches helm as the reference passes it", arguments: arguments)
    func helmArguments(_ fields: String, _ line: String) async throws {
        let shop = try Self.chart(fields: fields, more: ["charts/shop/Chart.yaml": "name: shop\n"])
        #expect(try await shop.build(helm: shop.folder + "/helm").objects.first?.value["line"]?.string == line)
    }

    @Test("the flags of the command line reach helm beside those of the chart")
    func helmFlags() async throws {
        let shop = try Self.chart(
            fields: "releaseName: r, apiVersions: [a/v1], kubeVersion: '1'",
            more: ["charts/shop/Chart.yaml": "name: shop\n"])
        let result = try await shop.build(helm: shop.folder + "/helm") {
            ($0.helmAPIVersions, $0.helmKubeVersion, $0.helmDebug) = (["b/v1"], "2", true)
        }
        #expect(
            result.objects.first?.value["line"]?.string
                == "template r CHART --debug --api-versions a/v1 --api-versions b/v1 --kube-version 2")
    }

    @Test(
        "a chart that is not in the folder is pulled first",
        arguments: [
            (
                "repo: 'https://charts.example.com', version: 1.2.3",
                "pull --repo https://charts.example.com shop --version 1.2.3"
            ),
            ("repo: 'https://charts.example.com'", "pull --repo https://charts.example.com shop"),
            ("repo: 'oci://example.com/charts', version: 1.2.3", "pull oci://example.com/charts/shop --version 1.2.3"),
        ])
    func pulledChart(_ fields: String, _ pulled: String) async throws {
        let shop = try Self.chart(fields: fields + ", releaseName: r")
        let told = try await shop.build(helm: shop.folder + "/helm").objects.first?.value
        #expect(told?["pulled"]?.string == pulled)
        #expect(told?["line"]?.string == "template r CHART")
    }

    @Test("a helm that is not installed, and one that fails, are named with what to do")
    func helmFailures() async throws {
        let missing = await (try Self.chart("")).failure(helm: "helm-that-is-not-there")
        #expect(missing?.cure == "install helm-that-is-not-there")
        #expect(missing?.location?.position.line == 2)
        let shop = try Self.chart("echo 'chart is broken' >&2; exit 1")
        let failing = await shop.failure(helm: shop.folder + "/helm")
        #expect(failing?.message.contains("chart is broken") == true)
    }
}
