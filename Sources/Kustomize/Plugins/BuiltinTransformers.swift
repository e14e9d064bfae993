// The builtin transformers as configuration objects. Their field specifications have no defaults: they touch what they
// name.

import Manifest

enum BuiltinTransformers {
    static let generators: Set<String> = [
        "ConfigMapGenerator", "SecretGenerator", "HelmChartInflationGenerator", "IAMPolicyGenerator",
    ]
    static let kinds: Set<String> = [
        "AnnotationsTransformer", "HashTransformer", "ImageTagTransformer", "LabelTransformer", "NamespaceTransformer",
        "PatchJson6902Transformer", "PatchStrategicMergeTransformer", "PatchTransformer", "PrefixTransformer",
        "SuffixTransformer",
        "PrefixSuffixTransformer", "ReplacementTransformer", "ReplicaCountTransformer", "ValueAddTransformer",
    ]

    /// The fields of all builtin plugins together.
    static let fields =
        [
            "apiVersion", "kind", "metadata", "annotations", "labels", "fieldSpecs", "setRoleBindingSubjects",
            "unsetOnly",
            "prefix",
            "suffix", "imageTag", "replica", "path", "patch", "target", "options", "jsonOp", "paths", "patches",
            "replacements", "value",
            "targets", "targetFilePath", "name", "namespace", "behavior", "literals", "files", "envs", "env", "type",
            "cloud",
            "kubernetesService", "serviceAccount", "chartHome",
        ] + ChartEntry.fields
}

extension BuildRun {
    /// Runs a transformer configuration over the list.
    func transform(_ configuration: Resource, _ root: Root, _ accumulation: inout Accumulation) throws(TransformFailure)
    {
        guard isBuiltin(configuration) else {
            if try !runTransformer(configuration, root, &accumulation.list) { accumulation.isComplete = false }
            return
        }
        let found = DiagnosticCollector()
        let decoder = FieldDecoder(
            configuration.value.object ?? Object(), name: "", file: configuration.origin?.file ?? "",
            position: configuration.origin?.position ?? .unknown, known: BuiltinTransformers.fields, isStrict: false,
            collector: found)
        let specs = KustomizationDecoder.fieldSpecs(decoder, "fieldSpecs")
        let step = try step(configuration, decoder, specs, root, isComplete: accumulation.isComplete)
        if found.hasErrors { throw TransformFailure(found.diagnostics) }
        try step(&accumulation.list)
    }

    private typealias Step = (inout ResourceList) throws(TransformFailure) -> Void

    private func step(
        _ configuration: Resource, _ decoder: FieldDecoder, _ specs: [FieldSpec], _ root: Root, isComplete: Bool
    ) throws(TransformFailure) -> Step {
        let patches = PatchTransformer(schema: schema, collector: collector, isComplete: isComplete)
        switch configuration.id.kind {
        case "AnnotationsTransformer", "LabelTransformer":
            let key = configuration.id.kind == "LabelTransformer" ? "labels" : "annotations"
            let transformer = MapEntriesTransformer(entries: decoder.stringMap(key) ?? [:], specs: specs)
            return { (list) throws(TransformFailure) in try transformer.transform(&list) }
        case "NamespaceTransformer":
            let mode = decoder.string("setRoleBindingSubjects")
            guard let subjects = NamespaceTransformer.SubjectMode(rawValue: mode.isEmpty ? "defaultOnly" : mode) else {
                throw TransformFailure(
                    "`setRoleBindingSubjects` must be defaultOnly, allServiceAccounts or none, not `\(mode)`")
            }
            if configuration.namespace.isEmpty { return { (_) throws(TransformFailure) in } }
            let transformer = NamespaceTransformer(
                namespace: configuration.namespace, specs: specs, subjects: subjects,
                unsetOnly: decoder.bool("unsetOnly"))
            return { (list) throws(TransformFailure) in try transformer.transform(&list) }
        case "PrefixTransformer", "SuffixTransformer", "PrefixSuffixTransformer":
            let prefix = NameAffixTransformer(text: decoder.string("prefix"), side: .prefix, specs: specs)
            let suffix = NameAffixTransformer(text: decoder.string("suffix"), side: .suffix, specs: specs)
            if specs.isEmpty {
                throw TransformFailure("`fieldSpecs` is missing", cure: "add `fieldSpecs: [{path: metadata/name}]`")
            }
            return { (list) throws(TransformFailure) in
                try prefix.transform(&list)
                try suffix.transform(&list)
            }
        case "ImageTagTransformer":
            guard
                let image = decoder.object("imageTag", known: KustomizationDecoder.imageFields).map(
                    KustomizationDecoder.image), let replacement = replacement(for: image)
            else { return { (_) throws(TransformFailure) in } }
            let transformer = ImagesTransformer(images: [replacement], specs: specs)
            return { (list) throws(TransformFailure) in try transformer.transform(&list) }
        case "ReplicaCountTransformer":
            guard let replica = decoder.object("replica", known: ["name", "count"]) else {
                throw TransformFailure("`replica` is missing")
            }
            let transformer = ReplicasTransformer(entries: [KustomizationDecoder.replica(replica)], specs: specs)
            return { (list) throws(TransformFailure) in try transformer.transform(&list) }
        case "PatchTransformer":
            let entry = KustomizationDecoder.patch(decoder)
            return { [self] (list) throws(TransformFailure) in try apply(entry, root, patches, &list) }
        case "PatchJson6902Transformer":
            return try jsonPatchStep(decoder, root, patches)
        case "PatchStrategicMergeTransformer":
            return try strategicMergeStep(decoder, root, patches)
        case "ReplacementTransformer":
            let entries = decoder.list("replacements").map { Located(value: $0, location: decoder.location) }
            let transformer = ReplacementTransformer(
                replacements: try replacements(entries, root, isStrict: false), collector: collector)
            return { (list) throws(TransformFailure) in try transformer.transform(&list) }
        case "HashTransformer":
            return { [self] (list) throws(TransformFailure) in appendHashes(&list) }
        case "ValueAddTransformer":
            return try valueAddStep(decoder, root)
        default:
            throw wrongRole(configuration, "transformer", BuiltinTransformers.generators)
        }
    }

    private func jsonPatchStep(_ decoder: FieldDecoder, _ root: Root, _ patches: PatchTransformer)
        throws(TransformFailure) -> Step
    {
        var entry = KustomizationDecoder.patch(decoder)
        entry.patch = KustomizationDecoder.nonEmpty(decoder.locatedString("jsonOp"))
        guard let target = entry.target, !target.name.isEmpty else { throw TransformFailure("`target` needs a name") }
        let text = try patchText(entry, root)
        let patch = try PatchContent.operations(text.bytes, file: text.file, lineOffset: text.lineOffset, trace: trace)
        if patch.operations.isEmpty { throw TransformFailure("the JSON patch is empty") }
        let location = SourceLocation(file: text.file, position: decoder.position)
        return { (list) throws(TransformFailure) in
            let selected = try patches.select(target, list, location)
            try patches.apply(patch, to: selected, of: &list, remembersID: false, location)
        }
    }

    private func strategicMergeStep(_ decoder: FieldDecoder, _ root: Root, _ patches: PatchTransformer)
        throws(TransformFailure) -> Step
    {
        var merges: [Resource] = []
        var texts = decoder.strings("paths")
        if let inline = KustomizationDecoder.nonEmpty(decoder.locatedString("patches")) { texts.append(inline) }
        if texts.isEmpty { throw TransformFailure("`paths` or `patches` is missing") }
        for text in texts { merges += try strategicMerges(text, root) }
        if merges.isEmpty { throw TransformFailure("there is no patch in what `paths` and `patches` name") }
        return { [merges] (list) throws(TransformFailure) in
            try patches.applyStrategicMerges(merges, decoder.location, to: &list)
        }
    }

    // MARK: - ValueAddTransformer

    private static let valueTargetFields = ["selector", "fieldPath", "filePathPosition"]

    private func valueAddStep(_ decoder: FieldDecoder, _ root: Root) throws(TransformFailure) -> Step {
        // Without one it is the name of the kustomization's folder. The root of a tree has none.
        let written = decoder.string("value")
        let value = written.isEmpty ? TreePath.base(root.directory) : written
        if value.isEmpty { throw TransformFailure("`value` is missing") }
        var targets = decoder.objects("targets", known: Self.valueTargetFields)
        if let path = KustomizationDecoder.nonEmpty(decoder.locatedString("targetFilePath")) {
            targets += try valueTargets(path, root)
        }
        if targets.isEmpty { throw TransformFailure("`targets` is missing") }
        let patches = PatchTransformer(schema: schema, collector: collector, isComplete: false)
        return { (list) throws(TransformFailure) in
            for target in targets {
                let selector =
                    KustomizationDecoder.selector(target.object("selector", known: KustomizationDecoder.selectorFields))
                    ?? SelectorFields()
                let position = target.integer("filePathPosition") ?? 0
                let spec = FieldSpec(path: target.string("fieldPath"), create: true)
                for index in try patches.select(selector, list, target.location) {
                    try list.update(index) { (resource) throws(TransformFailure) in
                        do throws(FieldShapeError) {
                            try spec.apply(to: &resource.value, creation: .scalar) { node in
                                var text = value
                                if position > 0 {
                                    var parts = (node.isNull ? "" : node.text ?? "").split(separator: "/").map(
                                        String.init)
                                    parts.insert(value, at: min(position - 1, parts.count))
                                    text = parts.joined(separator: "/")
                                }
                                node.overwrite(text, kind: .string)
                            }
                        } catch {
                            throw TransformFailure(error, resource)
                        }
                    }
                }
            }
        }
    }

    private func valueTargets(_ path: Located<String>, _ root: Root) throws(TransformFailure) -> [FieldDecoder] {
        guard let document = try configurationDocument(path, root), let object = document.value.object else {
            return []
        }
        return FieldDecoder(
            object, name: "", file: document.location.file, position: .unknown, known: ["targets"], isStrict: false,
            collector: collector
        ).objects("targets", known: Self.valueTargetFields)
    }
}
