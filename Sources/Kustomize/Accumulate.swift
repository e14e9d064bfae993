// One kustomization: its resources and bases, its generators, its components, and then its transformers in their fixed
// order.

import Manifest

extension BuildRun {
    /// Adds what a kustomization makes to an accumulation: a fresh one for a base, its parent's for a component.
    func accumulate(_ kustomization: Kustomization, _ root: Root, into accumulation: inout Accumulation) {
        if let namespace = kustomization.namespace?.value, !namespace.isEmpty { enclosingNamespaces.append(namespace) }
        defer {
            if kustomization.namespace?.value.isEmpty == false { enclosingNamespaces.removeLast() }
        }
        chooseSchema(kustomization, root)
        for entry in kustomization.resources { accumulateResource(entry, root, into: &accumulation) }
        configure(kustomization, root, &accumulation)
        generate(kustomization, root, into: &accumulation)
        for entry in kustomization.components { accumulateComponent(entry, root, into: &accumulation) }
        transform(kustomization, root, &accumulation)
        for variable in kustomization.variables {
            attempt(variable.location) { () throws(TransformFailure) in
                try Variables.attach(variable, to: &accumulation.list, scopes)
            }
        }
        declare(kustomization.variables, &accumulation)
    }

    // MARK: - Resources and bases

    func accumulateResource(_ entry: Located<String>, _ root: Root, into accumulation: inout Accumulation) {
        if Self.isRemote(entry.value) { return accumulateRemote(entry, root, into: &accumulation) }
        let asFile: LoadFailure
        do throws(LoadFailure) {
            let file = try loader.file(entry.value, from: root)
            let provenance = Provenance(path: provenancePath(file.path, root), of: root.repository)
            accumulateFile(root.tree.display(file.path), file.bytes, entry, provenance, into: &accumulation)
            return
        } catch {
            asFile = error
        }
        do throws(LoadFailure) {
            let base = try loader.directory(entry.value, from: root)
            accumulateBase(base, entry, from: root, into: &accumulation)
        } catch {
            accumulation.isComplete = false
            if asFile.isMissing, let path = TreePath.join(root.directory, entry.value) {
                vainBases.note(path, root, entry.location)
            }
            // Whichever of the two roads led farther has the better reason.
            let failure = asFile.isDirectory || asFile.isMissing ? (error.isMissing ? asFile : error) : asFile
            collector.report(.error(failure.reason, at: entry.location, cure: failure.cure))
        }
    }

    private func accumulateRemote(_ entry: Located<String>, _ root: Root, into accumulation: inout Accumulation) {
        do throws(LoadFailure) {
            switch try remote(entry, from: root) {
            case .pending: accumulation.isComplete = false
            case .directory(let base): accumulateBase(base, entry, from: root, into: &accumulation)
            case .file(let bytes):
                remoteFiles[entry.value] = SHA256.hex(bytes)
                accumulateFile(entry.value, bytes, entry, Provenance(path: entry.value), into: &accumulation)
            }
        } catch {
            accumulation.isComplete = false
            collector.report(.error(error.reason, at: entry.location, cure: error.cure))
        }
    }

    /// A path as `buildMetadata` reports it: as seen from the build, or from the root of another repository.
    func provenancePath(_ path: String, _ root: Root) -> String {
        root.repository == nil ? TreePath.relative(path, to: buildDirectory) : path
    }

    private func accumulateFile(
        _ name: String, _ bytes: [UInt8], _ entry: Located<String>, _ provenance: Provenance,
        into accumulation: inout Accumulation
    ) {
        do throws(DiagnosticsError) {
            for var resource in try ResourceReader(scopes: scopes, trace: trace).read(bytes, file: name) {
                if metadata.contains("originAnnotations") { resource.provenance = provenance }
                add(resource, at: entry.location, to: &accumulation)
            }
        } catch {
            accumulation.isComplete = false
            collector.report(error.diagnostics)
        }
    }

    /// More than any cluster is given in one build; a stranger's overlays may double their bases at every level.
    static let maximumObjects = 100_000
    static let maximumAccumulations = 50_000

    private func add(_ resource: Resource, at location: SourceLocation, to accumulation: inout Accumulation) {
        guard accumulation.list.count < Self.maximumObjects else {
            accumulation.isComplete = false
            collector.report(
                .error("the build has more than \(Self.maximumObjects) objects", at: location, cure: "split it"))
            return
        }
        guard let twin = accumulation.list.append(resource) else { return }
        let other = accumulation.list[twin].origin.map { ", first at \($0)" } ?? ""
        collector.report(
            .error(
                "\(resource.id) is declared twice\(other)", at: resource.origin ?? location,
                cure: "remove one of the two, or tell them apart by name or namespace"))
    }

    private func accumulateBase(
        _ base: Root, _ entry: Located<String>, from root: Root, into accumulation: inout Accumulation
    ) {
        guard let kustomization = kustomization(base, referredFrom: entry) else {
            vainBases.note(base.directory, root, entry.location)
            accumulation.isComplete = false
            return
        }
        if kustomization.kind == "Component" {
            collector.report(
                .error("`\(entry.value)` is a Component", at: entry.location, cure: "list it under `components`"))
            accumulation.isComplete = false
            return
        }
        let key = "\(base.repository?.written ?? "") \(base.directory)"
        accumulationCount += 1
        if accumulationCount > Self.maximumAccumulations {
            collector.report(
                .error(
                    "the build takes in more than \(Self.maximumAccumulations) bases", at: entry.location,
                    cure: "name each base once"))
            faultyDirectories.insert(key)
        }
        if faultyDirectories.contains(key) {
            accumulation.isComplete = false
            return
        }
        let errorsBefore = collector.errorCount
        var below = Accumulation()
        accumulate(kustomization, base, into: &below)
        if collector.errorCount > errorsBefore { faultyDirectories.insert(key) }
        accumulation.isComplete = accumulation.isComplete && below.isComplete
        if accumulation.list.isEmpty {
            accumulation.list = below.list
        } else {
            for resource in below.list.items { add(resource, at: entry.location, to: &accumulation) }
        }
        if below.configuration.isCustom {
            do throws(ConflictingFieldSpecs) {
                try accumulation.configuration.merge(below.configuration)
            } catch {
                reportConflict(error, entry.location)
            }
        }
        declare(below.variables, &accumulation)
    }

    private func accumulateComponent(_ entry: Located<String>, _ root: Root, into accumulation: inout Accumulation) {
        do throws(LoadFailure) {
            guard let component = try componentRoot(entry, root) else {
                accumulation.isComplete = false
                return
            }
            guard let kustomization = kustomization(component, referredFrom: entry) else {
                accumulation.isComplete = false
                return
            }
            guard kustomization.kind == "Component" else {
                throw LoadFailure(
                    "`\(entry.value)` is a Kustomization, not a Component", cure: "list it under `resources`")
            }
            accumulate(kustomization, component, into: &accumulation)
        } catch {
            accumulation.isComplete = false
            collector.report(.error(error.reason, at: entry.location, cure: error.cure))
        }
    }

    private func componentRoot(_ entry: Located<String>, _ root: Root) throws(LoadFailure) -> Root? {
        guard Self.isRemote(entry.value) else { return try loader.directory(entry.value, from: root) }
        switch try remote(entry, from: root) {
        case .pending: return nil
        case .directory(let component): return component
        case .file: throw LoadFailure("`\(entry.value)` is a file, and a component is a directory")
        }
    }

    func reportConflict(_ error: ConflictingFieldSpecs, _ location: SourceLocation) {
        collector.report(
            .error(
                "field specifications for `\(error.path)` disagree on `create`", at: location,
                cure: "give them the same `create`"))
    }

    private func declare(_ variables: [VariableEntry], _ accumulation: inout Accumulation) {
        for variable in variables {
            if accumulation.variables.contains(where: { $0.name == variable.name }) {
                collector.report(.error("variable `\(variable.name)` is declared twice", at: variable.location))
                continue
            }
            accumulation.variables.append(variable)
        }
    }

    // MARK: - Generators

    private func generate(_ kustomization: Kustomization, _ root: Root, into accumulation: inout Accumulation) {
        let entries =
            kustomization.configMapGenerators.map { (GeneratedObject.Kind.configMap, $0) }
            + kustomization.secretGenerators.map { (GeneratedObject.Kind.secret, $0) }
        for (kind, entry) in entries {
            do throws(TransformFailure) {
                let data = try KeyValueSources(loader: loader, root: root).load(entry)
                var generated = try GeneratedObject.make(
                    kind, entry, data: data, options: entry.options.merged(over: kustomization.generatorOptions),
                    scopes: scopes)
                if metadata.contains("originAnnotations") {
                    generated.provenance = builtinProvenance(
                        kustomization, kind == .configMap ? "ConfigMapGenerator" : "SecretGenerator")
                }
                try absorb(generated, into: &accumulation)
            } catch {
                accumulation.isComplete = false
                collector.report(error.located(at: entry.location))
            }
        }
        for chart in kustomization.helmCharts {
            do throws(TransformFailure) {
                guard let resources = try inflate(chart, kustomization, root) else {
                    accumulation.isComplete = false
                    continue
                }
                for var resource in resources {
                    if metadata.contains("originAnnotations") {
                        resource.provenance = builtinProvenance(kustomization, "HelmChartInflationGenerator")
                    }
                    try absorb(resource, into: &accumulation)
                }
            } catch {
                accumulation.isComplete = false
                collector.report(error.located(at: chart.location))
            }
        }
        runGenerators(kustomization, root, into: &accumulation)
    }

    func builtinProvenance(_ kustomization: Kustomization, _ kind: String) -> Provenance {
        var provenance = Provenance()
        provenance.generator = Provenance.Step(
            configuredIn: TreePath.relative(kustomization.path, to: buildDirectory),
            configuredBy: Provenance.ConfiguredBy(apiVersion: "builtin", kind: kind))
        return provenance
    }

    /// Adds a generated object, or lays it over the one that has its id.
    func absorb(_ generated: Resource, into accumulation: inout Accumulation) throws(TransformFailure) {
        let matches = accumulation.list.indices(withAnyID: generated.id)
        guard let index = matches.first else {
            if generated.behavior == .merge || generated.behavior == .replace {
                if !accumulation.isComplete { return }
                let word = generated.behavior == .merge ? "merge with" : "replace"
                throw TransformFailure(
                    "there is no \(generated.id) to \(word)", at: generated.origin,
                    cure: "remove `behavior`, or correct the name")
            }
            _ = accumulation.list.append(generated)
            return
        }
        if matches.count > 1 {
            throw TransformFailure(
                "\(generated.id) could be merged into any of \(matches.count) objects", at: generated.origin)
        }
        guard generated.behavior == .merge || generated.behavior == .replace else {
            throw TransformFailure(
                "\(generated.id) exists already", at: generated.origin,
                cure: "set `behavior: merge` or `behavior: replace`")
        }
        accumulation.list.update(index) { $0.absorb(generated) }
        guard !accumulation.list.hasConflicts else {
            throw TransformFailure(
                "\(generated.id) stands twice in the build after this generator", at: generated.origin)
        }
    }
}
