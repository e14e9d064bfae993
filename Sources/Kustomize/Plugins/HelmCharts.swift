// `helmCharts`: charts that an installed helm renders. The build gathers the chart's files and values and asks for the
// output; whoever answers runs `helm template`.

import Manifest

/// A chart to render.
package struct ChartRequest: Hashable, Sendable {
    package enum Source: Hashable, Sendable {
        /// The chart's own files, by path inside of it.
        case files([String: [UInt8]])
        /// To be pulled first.
        case pull(repository: String, version: String)
    }

    package var name: String
    package var source: Source
    /// What stands between `helm template` and the chart: a release name, or `--generate-name`.
    package var release: [String]
    /// Values files in their order; later ones win.
    package var values: [[UInt8]]
    /// What stands behind the chart.
    package var flags: [String]
}

/// An entry of `helmCharts`, or of the older `helmChartInflationGenerator`.
struct ChartEntry: Sendable {
    var name = ""
    var version = ""
    var repository = ""
    var releaseName = ""
    var nameTemplate = ""
    var namespace = ""
    var valuesFile: Located<String>?
    var additionalValuesFiles: [Located<String>] = []
    var valuesInline: Value?
    var valuesMerge = ""
    var apiVersions: [String] = []
    var kubeVersion = ""
    /// Flags without a value that are set.
    var flags: [String] = []
    var home = "charts"
    var location: SourceLocation

    static let fields = [
        "name", "version", "repo", "releaseName", "nameTemplate", "namespace", "valuesFile", "additionalValuesFiles",
        "valuesInline", "valuesMerge", "includeCRDs", "skipHooks", "skipTests", "apiVersions", "kubeVersion", "debug",
        "devel",
    ]
    static let oldFields = [
        "chartName", "chartVersion", "chartRepoUrl", "chartHome", "chartRepoName", "helmBin", "helmHome", "values",
        "valuesLocal", "valuesMerge", "releaseName", "releaseNamespace", "extraArgs",
    ]

    init(_ decoder: FieldDecoder, home: String) {
        location = decoder.location
        name = decoder.string("name")
        version = decoder.string("version")
        repository = decoder.string("repo")
        releaseName = decoder.string("releaseName")
        nameTemplate = decoder.string("nameTemplate")
        namespace = decoder.string("namespace")
        valuesFile = KustomizationDecoder.nonEmpty(decoder.locatedString("valuesFile"))
        additionalValuesFiles = decoder.strings("additionalValuesFiles")
        valuesInline = decoder.value("valuesInline")
        valuesMerge = decoder.string("valuesMerge")
        apiVersions = decoder.strings("apiVersions").map(\.value)
        kubeVersion = decoder.string("kubeVersion")
        for (field, flag) in [
            ("includeCRDs", "--include-crds"), ("skipTests", "--skip-tests"), ("skipHooks", "--no-hooks"),
            ("debug", "--debug"),
            ("devel", "--devel"),
        ] where decoder.bool(field) { flags.append(flag) }
        if !home.isEmpty { self.home = home }
    }

    /// The older spelling.
    init(old decoder: FieldDecoder, home: String) {
        location = decoder.location
        name = decoder.string("chartName")
        version = decoder.string("chartVersion")
        repository = decoder.string("chartRepoUrl")
        releaseName = decoder.string("releaseName")
        valuesFile = KustomizationDecoder.nonEmpty(decoder.locatedString("values"))
        valuesInline = decoder.value("valuesLocal")
        valuesMerge = decoder.string("valuesMerge")
        if !home.isEmpty { self.home = home }
    }
}

extension BuildRun {
    /// The objects of a chart; nil as long as helm has not been run.
    func inflate(_ chart: ChartEntry, _ kustomization: Kustomization, _ root: Root) throws(TransformFailure)
        -> [Resource]?
    {
        guard options.allowsHelm else {
            throw TransformFailure(
                "the chart `\(chart.name)` needs helm, and this build may not run it", at: chart.location,
                cure: "allow it with `--enable-helm`, or render the chart into the repository")
        }
        if chart.name.isEmpty { throw TransformFailure("a chart needs a `name`", at: chart.location) }
        let request = BuildRequest.chart(try chartRequest(chart, kustomization, root))
        switch answer(to: request) {
        case nil: return nil
        case .output(let text):
            do throws(DiagnosticsError) {
                return try ResourceReader(scopes: scopes, trace: nil).read(text, file: "helm template \(chart.name)")
                    .map {
                        resource in
                        var resource = resource
                        resource.isHelmGenerated = true
                        resource.origin = chart.location
                        return resource
                    }
            } catch {
                throw TransformFailure(error.diagnostics)
            }
        case .failure(let reason, let cure):
            throw TransformFailure(
                "the chart `\(chart.name)` cannot be rendered: \(reason)", at: chart.location, cure: cure)
        case .file, .repository:
            throw TransformFailure("the chart `\(chart.name)` cannot be rendered", at: chart.location)
        }
    }

    private func chartRequest(
        _ chart: ChartEntry, _ kustomization: Kustomization, _ root: Root
    ) throws(TransformFailure) -> ChartRequest {
        let source = try chartSource(chart, root)
        var flags = options.helmDebug && !chart.flags.contains("--debug") ? chart.flags + ["--debug"] : chart.flags
        for version in chart.apiVersions + options.helmAPIVersions { flags += ["--api-versions", version] }
        let kubeVersion = options.helmKubeVersion.isEmpty ? chart.kubeVersion : options.helmKubeVersion
        if !kubeVersion.isEmpty { flags += ["--kube-version", kubeVersion] }
        let own = kustomization.namespace?.value ?? ""
        let namespace = !chart.namespace.isEmpty ? chart.namespace : !own.isEmpty ? own : enclosingNamespaces.last ?? ""
        if !namespace.isEmpty { flags = ["--namespace", namespace] + flags }
        if !chart.nameTemplate.isEmpty { flags = ["--name-template", chart.nameTemplate] + flags }
        return ChartRequest(
            name: chart.name, source: source,
            release: chart.releaseName.isEmpty ? ["--generate-name"] : [chart.releaseName],
            values: try values(chart, source, root), flags: flags)
    }

    private func chartSource(_ chart: ChartEntry, _ root: Root) throws(TransformFailure) -> ChartRequest.Source {
        let nested = !chart.version.isEmpty && !chart.repository.isEmpty ? "/\(chart.name)-\(chart.version)" : ""
        guard let folder = TreePath.join(root.directory, "\(chart.home)\(nested)/\(chart.name)") else {
            throw TransformFailure("`\(chart.home)` climbs above the root of the tree", at: chart.location)
        }
        if let found = try? root.tree.resolve(folder, below: ""), found.kind == .directory {
            guard TreePath.isInside(found.path, root.directory) || options.loadRestriction == .none else {
                throw TransformFailure(
                    "`\(chart.home)` is not in or below the kustomization's directory", at: chart.location)
            }
            var files: [String: [UInt8]] = [:]
            do throws(FileTreeError) {
                try gather(found.path, in: root.tree, below: "", &files)
            } catch {
                throw TransformFailure("the chart `\(chart.name)`: \(error)", at: chart.location)
            }
            return .files(files)
        }
        if chart.repository.isEmpty {
            throw TransformFailure(
                "there is no chart `\(root.tree.display(folder))`, and no `repo` to pull it from", at: chart.location,
                cure: "write `repo`, or commit the chart")
        }
        guard options.allowsRemote else {
            throw TransformFailure(
                "the chart `\(chart.name)` would have to be pulled, and this build may not fetch anything",
                at: chart.location,
                cure: "commit the chart to `\(root.tree.display(folder))`")
        }
        return .pull(repository: chart.repository, version: chart.version)
    }

    private func gather(
        _ folder: String, in tree: RecordingTree, below prefix: String, _ files: inout [String: [UInt8]]
    ) throws(FileTreeError) {
        for name in try tree.names(in: folder) {
            let found = try tree.resolve(folder + "/" + name, below: folder)
            let path = prefix.isEmpty ? name : prefix + "/" + name
            if found.kind == .directory {
                try gather(found.path, in: tree, below: path, &files)
            } else {
                files[path] = try tree.read(found.path)
            }
        }
    }

    /// Values files, the inline values merged with the first as `valuesMerge` says.
    private func values(
        _ chart: ChartEntry, _ source: ChartRequest.Source, _ root: Root
    ) throws(TransformFailure) -> [[UInt8]] {
        func read(_ path: Located<String>) throws(TransformFailure) -> [UInt8] {
            do throws(LoadFailure) {
                return try loader.file(path.value, from: root).bytes
            } catch {
                throw TransformFailure(error.reason, at: path.location, cure: error.cure)
            }
        }
        var files: [[UInt8]] = []
        let own = try chart.valuesFile.map { (path) throws(TransformFailure) in try read(path) }
        if let inline = chart.valuesInline {
            let text = YAML.write(inline)
            // helm lays later files over earlier ones, and all of them over the chart's own values.
            switch chart.valuesMerge {
            case "", "override": files = (own.map { [$0] } ?? []) + [text]
            case "replace": files = [text]
            case "merge":
                guard case .files(let chartFiles) = source, let defaults = own ?? chartFiles["values.yaml"] else {
                    throw TransformFailure(
                        "`valuesMerge: merge` needs a values file, and the chart is not here", at: chart.location,
                        cure: "name a `valuesFile`")
                }
                files = [text, defaults]
            default:
                throw TransformFailure(
                    "`valuesMerge` must be merge, override or replace, not `\(chart.valuesMerge)`", at: chart.location)
            }
        } else if let own {
            files = [own]
        }
        for path in chart.additionalValuesFiles { files.append(try read(path)) }
        return files
    }
}
