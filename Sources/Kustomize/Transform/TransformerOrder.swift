// The transformers of a kustomization in the order in which they always act, whatever the order of its fields.

import Manifest

extension BuildRun {
    func transform(_ kustomization: Kustomization, _ root: Root, _ accumulation: inout Accumulation) {
        let configuration = accumulation.configuration
        attempt(kustomization.location) { () throws(TransformFailure) in
            try applyPatches(kustomization, root, &accumulation)
        }
        if let namespace = kustomization.namespace, !namespace.value.isEmpty {
            attempt(namespace.location) { () throws(TransformFailure) in
                try NamespaceTransformer(namespace: namespace.value, specs: configuration.namespace).transform(
                    &accumulation.list)
            }
            note(kustomization, "NamespaceTransformer", &accumulation)
        }
        for (affix, side, specs) in [
            (kustomization.namePrefix, NameAffixTransformer.Side.prefix, configuration.namePrefix),
            (kustomization.nameSuffix, .suffix, configuration.nameSuffix),
        ] {
            guard let affix, !affix.value.isEmpty else { continue }
            attempt(affix.location) { () throws(TransformFailure) in
                try NameAffixTransformer(text: affix.value, side: side, specs: specs).transform(&accumulation.list)
            }
            note(kustomization, side == .prefix ? "PrefixTransformer" : "SuffixTransformer", &accumulation)
        }
        warnOfSparedNamespaces(kustomization, accumulation)
        applyLabels(kustomization, configuration, &accumulation)
        for entry in kustomization.patchesJson6902 {
            attempt(entry.location) { () throws(TransformFailure) in
                try applyJSON6902(entry, root, &accumulation)
            }
            note(kustomization, "PatchJson6902Transformer", &accumulation)
        }
        if !kustomization.replicas.isEmpty {
            let replicas = ReplicasTransformer(entries: kustomization.replicas, specs: configuration.replicas)
            attempt(kustomization.location, isConsequence: !accumulation.isComplete) { () throws(TransformFailure) in
                try replicas.transform(&accumulation.list)
            }
            for _ in kustomization.replicas { note(kustomization, "ReplicaCountTransformer", &accumulation) }
        }
        applyImages(kustomization, configuration, &accumulation)
        accumulation.list.dropEmpty()
        if !kustomization.replacements.isEmpty {
            attempt(kustomization.location, isConsequence: !accumulation.isComplete) { () throws(TransformFailure) in
                try applyReplacements(kustomization.replacements, root, &accumulation)
            }
            note(kustomization, "ReplacementTransformer", &accumulation)
        }
        runTransformers(kustomization, root, &accumulation)
    }

    /// Runs a step and reports what it throws; what may only follow from an earlier error is kept to itself.
    func attempt(
        _ location: SourceLocation, isConsequence: Bool = false, _ step: () throws(TransformFailure) -> Void
    ) {
        do throws(TransformFailure) {
            try step()
        } catch {
            if isConsequence { return }
            collector.report(error.located(at: location))
        }
    }

    private func applyLabels(
        _ kustomization: Kustomization, _ configuration: TransformerConfiguration, _ accumulation: inout Accumulation
    ) {
        for set in kustomization.labels {
            attempt(set.location) { () throws(TransformFailure) in
                var specs = set.fields
                do throws(ConflictingFieldSpecs) {
                    try TransformerConfiguration.merge(&specs, configuration.labels)
                    if set.includeSelectors {
                        try TransformerConfiguration.merge(&specs, configuration.commonLabels)
                    } else {
                        if set.includeTemplates {
                            try TransformerConfiguration.merge(&specs, configuration.templateLabels)
                        }
                        try TransformerConfiguration.merge(&specs, [FieldSpec(path: "metadata/labels", create: true)])
                    }
                } catch {
                    throw TransformFailure(
                        "field specifications for `\(error.path)` disagree on `create`", at: set.location)
                }
                if set.includeSelectors {
                    try applySelectorLabels(
                        set.pairs, specs, field: "labels", at: set.pairLocations, &accumulation.list)
                } else {
                    try MapEntriesTransformer(entries: set.pairs, specs: specs).transform(&accumulation.list)
                }
            }
            note(kustomization, "LabelTransformer", &accumulation)
        }
        if let labels = kustomization.commonLabels, !labels.value.isEmpty {
            attempt(labels.location) { () throws(TransformFailure) in
                try applySelectorLabels(
                    labels.value, configuration.commonLabels, field: "commonLabels",
                    at: kustomization.commonLabelLocations, &accumulation.list)
            }
        }
        // Where there are labels of either form, the reference runs a transformer for the common ones, if only for
        // none.
        if !kustomization.labels.isEmpty || kustomization.commonLabels?.value.isEmpty == false {
            note(kustomization, "LabelTransformer", &accumulation)
        }
        if let annotations = kustomization.commonAnnotations, !annotations.value.isEmpty {
            attempt(annotations.location) { () throws(TransformFailure) in
                try MapEntriesTransformer(entries: annotations.value, specs: configuration.commonAnnotations)
                    .transform(&accumulation.list)
            }
            note(kustomization, "AnnotationsTransformer", &accumulation)
        }
    }

    private func applyImages(
        _ kustomization: Kustomization, _ configuration: TransformerConfiguration, _ accumulation: inout Accumulation
    ) {
        let images = kustomization.images.compactMap { replacement(for: $0) }
        if images.isEmpty { return }
        attempt(kustomization.location) { () throws(TransformFailure) in
            try ImagesTransformer(images: images, specs: configuration.images).transform(&accumulation.list)
        }
        for _ in images { note(kustomization, "ImageTagTransformer", &accumulation) }
    }

    func replacement(for entry: ImageEntry) -> ImageReplacement? {
        do throws(PatternError) {
            return try ImageReplacement(
                name: entry.name, newName: entry.newName, newTag: entry.newTag, tagSuffix: entry.tagSuffix,
                digest: entry.digest)
        } catch {
            collector.report(
                .error("the image name `\(entry.name)` is not a valid pattern: \(error.reason)", at: entry.location))
            return nil
        }
    }

    /// Notes for `buildMetadata: [transformerAnnotations]` that a transformer ran.
    func note(_ kustomization: Kustomization, _ kind: String, _ accumulation: inout Accumulation) {
        guard metadata.contains("transformerAnnotations") else { return }
        let step = builtinProvenance(kustomization, kind).generator
        for index in accumulation.list.indices {
            accumulation.list.update(index) { resource in
                var provenance = resource.provenance ?? Provenance()
                if let step { provenance.transformations.append(step) }
                resource.provenance = provenance
            }
        }
    }
}
