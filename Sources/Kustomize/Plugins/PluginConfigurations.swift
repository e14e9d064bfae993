// `generators`, `transformers` and `validators`: configurations written in place, or in files and directories of their
// own.

import Manifest

extension BuildRun {
    /// The configuration objects of a list: those written in place first, then those that paths lead to.
    private func configurations(_ entries: [Located<String>], _ root: Root, _ accumulation: inout Accumulation)
        -> [Resource]
    {
        var inline: [Resource] = []
        var fromPaths = Accumulation()
        for entry in entries {
            let text = Array(entry.value.utf8)
            do throws(DiagnosticsError) {
                inline += try ResourceReader(scopes: scopes, trace: trace).read(
                    text, file: entry.location.file, lineOffset: entry.lineOffset)
            } catch {
                if entry.value.utf8.contains(UInt8(ascii: "\n")) {
                    collector.report(error.diagnostics)
                    accumulation.isComplete = false
                } else {
                    accumulateResource(entry, root, into: &fromPaths)
                }
            }
        }
        if !fromPaths.isComplete { accumulation.isComplete = false }
        return inline + fromPaths.list.items
    }

    func runGenerators(_ kustomization: Kustomization, _ root: Root, into accumulation: inout Accumulation) {
        for configuration in configurations(kustomization.generators, root, &accumulation) {
            let location = configuration.origin ?? kustomization.location
            do throws(TransformFailure) {
                guard let generated = try generator(configuration, kustomization, root) else {
                    accumulation.isComplete = false
                    continue
                }
                for var resource in generated {
                    if metadata.contains("originAnnotations") {
                        var provenance = Provenance()
                        provenance.generator = step(configuration, kustomization)
                        resource.provenance = provenance
                    }
                    try absorb(resource, into: &accumulation)
                }
            } catch {
                accumulation.isComplete = false
                collector.report(error.located(at: location))
            }
        }
    }

    func runTransformers(_ kustomization: Kustomization, _ root: Root, _ accumulation: inout Accumulation) {
        for configuration in configurations(kustomization.transformers, root, &accumulation) {
            attempt(configuration.origin ?? kustomization.location) { () throws(TransformFailure) in
                try transform(configuration, root, &accumulation)
            }
            accumulation.list.dropEmpty()
            if metadata.contains("transformerAnnotations") {
                let step = step(configuration, kustomization)
                for index in accumulation.list.indices {
                    accumulation.list.update(index) { resource in
                        var provenance = resource.provenance ?? Provenance()
                        provenance.transformations.append(step)
                        resource.provenance = provenance
                    }
                }
            }
        }
        for configuration in configurations(kustomization.validators, root, &accumulation) {
            let before = accumulation.list.items.map(\.value)
            attempt(configuration.origin ?? kustomization.location) { () throws(TransformFailure) in
                try transform(configuration, root, &accumulation)
                let after = accumulation.list.items.map { Self.withoutValidationMark($0.value) }
                if after != before.map(Self.withoutValidationMark) {
                    throw TransformFailure(
                        "validator `\(configuration.id.name)` changed the objects that it was to check")
                }
            }
        }
    }

    private static func withoutValidationMark(_ value: Value) -> Value {
        guard value["metadata"]?["labels"]?["validated-by"] != nil else { return value }
        var value = value
        value["metadata"]?["labels"]?["validated-by"] = .none
        if value["metadata"]?["labels"]?.object?.isEmpty == true { value["metadata"]?["labels"] = .none }
        return value
    }

    private func step(_ configuration: Resource, _ kustomization: Kustomization) -> Provenance.Step {
        let file = configuration.provenance?.path ?? ""
        return Provenance.Step(
            configuredIn: file.isEmpty
                ? TreePath.relative(kustomization.path, to: buildDirectory) : file,
            configuredBy: Provenance.ConfiguredBy(
                apiVersion: configuration.apiVersion, kind: configuration.id.kind, name: configuration.id.name,
                namespace: configuration.namespace))
    }

    func isBuiltin(_ configuration: Resource) -> Bool { configuration.apiVersion == "builtin" }
}
