// One run of `validate`: every environment of a tree is built, its objects and the files that no build read are held to
// the rules, and what is found is gathered.

import FoundationEssentials
import Kustomize
import Manifest
import Reconciler
import Validation

struct TreeValidation: Sendable {
    /// What is asked for.
    struct Request: Sendable {
        /// Absolute paths: folders, or files with manifests.
        var paths: [String]
        /// Files or folders with CustomResourceDefinitions.
        var definitions: [String] = []
        var target = KubernetesVersion.newest
        var exemptions = Exemptions()
        var options = BuildOptions()
    }

    /// The working folder, from which paths are shown.
    let workingFolder: String
    let answer: @Sendable (BuildRequest) async -> BuildAnswer

    init(workingFolder: String, answer: @escaping @Sendable (BuildRequest) async -> BuildAnswer) {
        self.workingFolder = Self.resolved(workingFolder)
        self.answer = answer
    }

    /// The path without symbolic links: a build tells of files where they really are, and so must everybody who talks
    /// of the same ones.
    private static func resolved(_ path: String) -> String { URL(filePath: path).resolvingSymlinksInPath().path }

    private var tree: LocalFileTree { LocalFileTree(root: "/", viewpoint: workingFolder) }

    private func display(_ path: String) -> String { tree.display(String(path.dropFirst())) }

    private func absolute(_ path: String) -> String {
        RepositoryRoot.normalized(path.hasPrefix("/") ? path : "\(workingFolder)/\(path)")
    }

    func run(_ request: Request) async throws(DiagnosticsError) -> ValidationResult {
        var given = CustomResourceDefinitions.all
        for path in request.definitions {
            guard FileManager.default.fileExists(atPath: path) else {
                throw DiagnosticsError(
                    "there is no such file or folder", at: SourceLocation(file: display(path)), cure: "Correct --crds")
            }
            given += Files.manifests([path]).flatMap(Self.documents)
        }
        var result = ValidationResult(findings: [], environments: 0, objects: 0, ignored: 0)
        var findings: [Finding] = []
        var trees: [String: [String]] = [:]
        for path in request.paths.map(Self.resolved) {
            trees[EnclosingTree.of(path, marker: Exemptions.fileName), default: []].append(path)
        }
        for (root, paths) in trees.sorted(by: { $0.key < $1.key }) {
            let part = await validate(root, paths, request, given)
            findings += part.findings
            result.environments += part.environments
            result.objects += part.objects
            result.ignored += part.ignored
        }
        if result.objects == 0, result.environments == 0, findings.isEmpty {
            throw DiagnosticsError(
                "there is nothing to validate", at: request.paths.first.map { SourceLocation(file: display($0)) },
                cure: "Name a folder with manifests or kustomizations; a component is validated where it is used")
        }
        return ValidationResult(
            findings: findings, environments: result.environments, objects: result.objects, ignored: result.ignored)
    }

    // MARK: - One tree

    private func validate(
        _ root: String, _ paths: [String], _ request: Request, _ given: [Value]
    ) async -> ValidationResult {
        func isAskedFor(_ path: String) -> Bool {
            paths.contains { path == $0 || path.hasPrefix($0 == "/" ? "/" : $0 + "/") }
        }
        let survey = TreeSurvey(of: root, asking: paths)
        let inspections = await inspect(survey.roots, request.options)
        var findings: [Finding] = []
        var exemptions = request.exemptions
        readExemptions(of: root, into: &exemptions, &findings)

        var loose = LooseManifests(of: survey, inspections.map(\.1), display: display)
        // What was given is what the cluster has; a tree may hold a compact stand-in of it.
        var catalogue = SchemaCatalogue()
        for definition in inspections.flatMap(\.1.objects).map(\.value) + loose.objects.map(\.value) + given {
            catalogue.define(definition)
        }

        let applications = ApplicationPaths(
            inspections.flatMap(\.1.objects) + loose.objects, workingFolder: workingFolder)
        findings += applications.findings.filter { finding in
            finding.location.map { isAskedFor(absolute($0.file)) } ?? false
        }
        var environments = inspections.map { folder, inspection in
            let lines = inspection.lines
            return Environment(
                name: display(folder), objects: inspection.objects, namespace: applications.namespaces[folder],
                scope: inspection.isComplete && !survey.bases.contains(folder) ? .whole : .partial,
                locate: { lines.location(of: $0) })
        }
        Environment.introduce(&environments)
        for (folder, inspection) in inspections where isAskedFor(folder) {
            findings += inspection.diagnostics.map { Finding($0, environments: [display(folder)]) }
        }
        let asked = zip(survey.roots, environments).filter { isAskedFor($0.0) }.map(\.1)
        loose.keep(where: isAskedFor)
        findings += loose.findings
        // Files of a tree that is built are not all that there is; in one that is not, they are.
        let isPlain = survey.roots.isEmpty && paths.contains(root)
        let files = isPlain ? loose.whole(named: display(root)) : loose.parts(display)

        let validator = Validator(catalogue: catalogue, target: request.target)
        let judged = await Self.concurrently(asked + files) { validator.validate($0) }
        findings += judged.flatMap(\.findings)
        let sifted = exemptions.sifted(Finding.gathered(findings))
        return ValidationResult(
            findings: sifted.standing, environments: asked.count + (isPlain ? files.count : 0),
            objects: (asked + files).reduce(0) { $0 + $1.objects.count },
            ignored: judged.reduce(sifted.ignored) { $0 + $1.ignored })
    }

    /// Maps side by side, in order.
    private static func concurrently<Item: Sendable, Result: Sendable>(
        _ items: [Item], _ transform: @escaping @Sendable (Item) async -> Result
    ) async -> [Result] {
        await withTaskGroup(of: (Int, Result).self) { group in
            for (index, item) in items.enumerated() { group.addTask { (index, await transform(item)) } }
            var results: [(Int, Result)] = []
            for await result in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func inspect(_ folders: [String], _ options: BuildOptions) async -> [(String, Inspection)] {
        let build = KustomizeBuild(tree: tree, options: options)
        let answer = answer
        return await Self.concurrently(folders) { folder in
            (folder, await build.inspect(String(folder.dropFirst())) { await answer($0) })
        }
    }

    private func readExemptions(of root: String, into exemptions: inout Exemptions, _ findings: inout [Finding]) {
        let path = "\(root)/\(Exemptions.fileName)"
        guard let data = FileManager.default.contents(atPath: path) else { return }
        do throws(DiagnosticsError) {
            let value = try YAML.read([UInt8](data), file: display(path), options: .resources).first ?? .null
            let shown = display(root)
            let read = Exemptions.decode(value, file: display(path), folder: shown == "." ? "" : shown)
            exemptions.add(read.exemptions.list)
            findings += read.findings
        } catch {
            findings += error.diagnostics.map { Finding($0, rule: .yaml) }
        }
    }

    /// What can be read of a file.
    static func documents(of path: String) -> [Value] {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        return (try? YAML.read([UInt8](data), file: path, options: .resources)) ?? []
    }
}
