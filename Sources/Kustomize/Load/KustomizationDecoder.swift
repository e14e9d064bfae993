// From the tree of a kustomization file to its fields. Everything wrong is reported; what is right is kept, so that one
// run finds all.

import Manifest

struct KustomizationDecoder {
    /// Where the file stands, as messages name it.
    let file: String
    /// The file as the tree names it.
    let path: String
    let collector: DiagnosticCollector

    static let fields = [
        "apiVersion", "kind", "metadata", "openapi", "namePrefix", "nameSuffix", "namespace", "commonLabels", "labels",
        "commonAnnotations", "patchesStrategicMerge", "patchesJson6902", "patches", "images", "imageTags",
        "replacements", "replicas",
        "vars", "sortOptions", "resources", "bases", "components", "crds", "configurations", "generators",
        "transformers", "validators",
        "configMapGenerator", "secretGenerator", "generatorOptions", "helmGlobals", "helmCharts",
        "helmChartInflationGenerator",
        "buildMetadata",
    ]

    /// Decodes the tree of a file. Nil when it is no kustomization at all; what is wrong is in the collector.
    func decode(_ value: Value?) -> Kustomization? {
        let top = SourceLocation(file: file, position: SourcePosition(line: 1, column: 1))
        guard let value, !value.isNull else {
            collector.report(.error("the kustomization is empty", at: top, cure: "list its `resources`"))
            return nil
        }
        guard let object = value.object else {
            collector.report(.error("a kustomization is a map of fields, and this is \(value.shape)", at: top))
            return nil
        }
        let decoder = FieldDecoder(
            object, name: "", file: file, position: top.position, known: Self.fields, collector: collector)
        let meaningful = Self.fields.dropFirst(2).contains { field in
            guard let value = decoder.value(field) else { return false }
            switch field {
            case "namePrefix", "nameSuffix", "namespace": return value.text != ""
            // These become other fields, of which nothing is left when they are empty.
            case "bases", "imageTags", "helmChartInflationGenerator": return !value.isEmpty
            default: return true
            }
        }
        if !meaningful && !collector.hasErrors {
            collector.report(.error("the kustomization is empty", at: top, cure: "list its `resources`"))
            return nil
        }
        var kustomization = Kustomization(location: top, path: path)
        decodeType(decoder, &kustomization)
        let metadata = decoder.object("metadata", known: ["name", "namespace", "labels", "annotations"])
        for field in ["name", "namespace"] { _ = metadata?.string(field) }
        for field in ["labels", "annotations"] { _ = metadata?.stringMap(field) }
        decodeLists(decoder, &kustomization)
        decodeNaming(decoder, &kustomization)
        decodePatches(decoder, &kustomization)
        decodeGenerators(decoder, &kustomization)
        decodeRest(decoder, &kustomization)
        warnOfDeprecated(decoder)
        return kustomization
    }

    private func decodeType(_ decoder: FieldDecoder, _ kustomization: inout Kustomization) {
        let kind = decoder.string("kind")
        if !kind.isEmpty { kustomization.kind = kind }
        guard kind.isEmpty || kind == "Kustomization" || kind == "Component" else {
            decoder.report("kind must be Kustomization or Component, not `\(kind)`", at: decoder.location(of: "kind"))
            return
        }
        let expected = "kustomize.config.k8s.io/" + (kustomization.kind == "Component" ? "v1alpha1" : "v1beta1")
        let apiVersion = decoder.string("apiVersion")
        if !apiVersion.isEmpty, apiVersion != expected {
            decoder.report(
                "apiVersion of a \(kustomization.kind) must be `\(expected)`, not `\(apiVersion)`",
                at: decoder.location(of: "apiVersion"))
        }
    }

    private func decodeLists(_ decoder: FieldDecoder, _ kustomization: inout Kustomization) {
        kustomization.resources = decoder.strings("resources") + decoder.strings("bases")
        kustomization.components = decoder.strings("components")
        kustomization.crds = decoder.strings("crds")
        kustomization.configurations = decoder.strings("configurations")
        kustomization.generators = decoder.strings("generators")
        kustomization.transformers = decoder.strings("transformers")
        kustomization.validators = decoder.strings("validators")
        kustomization.buildMetadata = decoder.strings("buildMetadata").map(\.value)
    }

    private func decodeNaming(_ decoder: FieldDecoder, _ kustomization: inout Kustomization) {
        kustomization.namePrefix = decoder.locatedString("namePrefix")
        kustomization.nameSuffix = decoder.locatedString("nameSuffix")
        kustomization.namespace = decoder.locatedString("namespace")
        kustomization.commonLabels = decoder.stringMap("commonLabels").map {
            Located(value: $0, location: decoder.location(of: "commonLabels"))
        }
        kustomization.commonLabelLocations = decoder.keyLocations("commonLabels")
        kustomization.commonAnnotations = decoder.stringMap("commonAnnotations").map {
            Located(value: $0, location: decoder.location(of: "commonAnnotations"))
        }
        kustomization.labels = decoder.objects(
            "labels", known: ["pairs", "includeSelectors", "includeTemplates", "fields"]
        ).map {
            LabelSet(
                pairs: $0.stringMap("pairs") ?? [:], includeSelectors: $0.bool("includeSelectors"),
                includeTemplates: $0.bool("includeTemplates"), fields: Self.fieldSpecs($0, "fields"),
                location: $0.location, pairLocations: $0.keyLocations("pairs"))
        }
        for key in ["images", "imageTags"] {
            kustomization.images += decoder.objects(key, known: Self.imageFields)
                .map(Self.image)
        }
        for entry in decoder.objects("replicas", known: ["name", "count"]) {
            kustomization.replicas.append(Self.replica(entry))
        }
    }

    static let imageFields = ["name", "newName", "newTag", "tagSuffix", "digest"]

    static func image(_ entry: FieldDecoder) -> ImageEntry {
        ImageEntry(
            name: entry.string("name"), newName: entry.string("newName"), newTag: entry.string("newTag"),
            tagSuffix: entry.string("tagSuffix"), digest: entry.string("digest"), location: entry.location)
    }

    static func replica(_ entry: FieldDecoder) -> ReplicasTransformer.Entry {
        ReplicasTransformer.Entry(
            name: entry.string("name"), count: entry.integer("count") ?? 0, location: entry.location)
    }

    static func fieldSpecs(_ decoder: FieldDecoder, _ key: String) -> [FieldSpec] {
        decoder.objects(key, known: ["group", "version", "kind", "path", "create"]).map { field in
            FieldSpec(
                path: field.string("path"),
                type: TypeFilter(
                    group: field.string("group"), version: field.string("version"), kind: field.string("kind")),
                create: field.bool("create"))
        }
    }

    static func selector(_ decoder: FieldDecoder?) -> SelectorFields? {
        guard let decoder else { return nil }
        return SelectorFields(
            group: decoder.string("group"), version: decoder.string("version"), kind: decoder.string("kind"),
            name: decoder.string("name"),
            namespace: decoder.string("namespace"), labelSelector: decoder.string("labelSelector"),
            annotationSelector: decoder.string("annotationSelector"))
    }

    static let selectorFields = [
        "group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector",
    ]

    static func patch(_ entry: FieldDecoder) -> PatchEntry {
        let options = entry.object("options", known: ["allowNameChange", "allowKindChange"])
        return PatchEntry(
            path: nonEmpty(entry.locatedString("path")), patch: nonEmpty(entry.locatedString("patch")),
            target: selector(entry.object("target", known: selectorFields)),
            allowsNameChange: options?.bool("allowNameChange") ?? false,
            allowsKindChange: options?.bool("allowKindChange") ?? false,
            location: entry.location)
    }

    static func nonEmpty(_ text: Located<String>?) -> Located<String>? {
        guard let text, text.value.contains(where: { !$0.isWhitespace }) else { return nil }
        return text
    }

    private func decodePatches(_ decoder: FieldDecoder, _ kustomization: inout Kustomization) {
        kustomization.patchesStrategicMerge = decoder.strings("patchesStrategicMerge")
        let fields = ["path", "patch", "target", "options"]
        kustomization.patches = decoder.objects("patches", known: fields).map { Self.patch($0) }
        kustomization.patchesJson6902 = decoder.objects("patchesJson6902", known: fields).map { Self.patch($0) }
    }

    private func decodeGenerators(_ decoder: FieldDecoder, _ kustomization: inout Kustomization) {
        let fields = ["name", "namespace", "behavior", "literals", "files", "envs", "env", "options"]
        kustomization.configMapGenerators = decoder.objects("configMapGenerator", known: fields).map {
            Self.generator($0)
        }
        kustomization.secretGenerators = decoder.objects("secretGenerator", known: fields + ["type"]).map {
            Self.generator($0)
        }
        kustomization.generatorOptions = decoder.object("generatorOptions", known: Self.optionFields).map(Self.options)
        let home = decoder.object("helmGlobals", known: ["chartHome", "configHome"])?.string("chartHome") ?? ""
        let old = decoder.objects("helmChartInflationGenerator", known: ChartEntry.oldFields)
        let oldHome = old.last { !$0.string("chartHome").isEmpty }?.string("chartHome") ?? ""
        kustomization.helmCharts =
            decoder.objects("helmCharts", known: ChartEntry.fields).map { ChartEntry($0, home: home) }
            + old.map { ChartEntry(old: $0, home: oldHome.isEmpty ? home : oldHome) }
    }

    private static let optionFields = ["labels", "annotations", "disableNameSuffixHash", "immutable"]

    static func options(_ decoder: FieldDecoder) -> GeneratorEntry.Options {
        GeneratorEntry.Options(
            labels: decoder.stringMap("labels") ?? [:], annotations: decoder.stringMap("annotations") ?? [:],
            disablesNameSuffixHash: decoder.bool("disableNameSuffixHash"), isImmutable: decoder.bool("immutable"))
    }

    static func generator(_ entry: FieldDecoder) -> GeneratorEntry {
        var environment = entry.strings("envs")
        if let single = nonEmpty(entry.locatedString("env")) { environment.append(single) }
        return GeneratorEntry(
            name: entry.string("name"), namespace: entry.string("namespace"), behavior: entry.string("behavior"),
            literals: entry.strings("literals"), files: entry.strings("files"), environmentFiles: environment,
            options: entry.object("options", known: optionFields).map(options) ?? GeneratorEntry.Options(),
            type: entry.string("type"), location: entry.location)
    }

    private func decodeRest(_ decoder: FieldDecoder, _ kustomization: inout Kustomization) {
        kustomization.replacements = decoder.list("replacements").map {
            Located(value: $0, location: SourceLocation(file: file, position: $0.position))
        }
        for entry in decoder.objects("vars", known: ["name", "objref", "fieldref"]) {
            let object = entry.object("objref", known: ["apiVersion", "group", "version", "kind", "name", "namespace"])
            var type = TypeFilter(
                group: object?.string("group") ?? "", version: object?.string("version") ?? "",
                kind: object?.string("kind") ?? "")
            let apiVersion = object?.string("apiVersion") ?? ""
            if !apiVersion.isEmpty {
                let gvk = GroupVersionKind(apiVersion: apiVersion, kind: type.kind)
                (type.group, type.version) = (gvk.group, gvk.version)
            }
            let path = entry.object("fieldref", known: ["fieldPath"])?.string("fieldPath") ?? ""
            kustomization.variables.append(
                VariableEntry(
                    name: entry.string("name"), apiVersion: apiVersion, type: type,
                    objectName: object?.string("name") ?? "",
                    namespace: object?.string("namespace") ?? "", fieldPath: path.isEmpty ? "metadata.name" : path,
                    location: entry.location))
        }
        kustomization.sortOptions = decoder.object("sortOptions", known: ["order", "legacySortOptions"]).map {
            Self.sortOptions($0)
        }
        kustomization.openAPI = decoder.stringMap("openapi").map {
            Located(value: $0, location: decoder.location(of: "openapi"))
        }
    }

    static func sortOptions(_ sort: FieldDecoder) -> SortOptions {
        let legacy = sort.object("legacySortOptions", known: ["orderFirst", "orderLast"])
        return SortOptions(
            order: sort.string("order"), orderFirst: legacy.map { $0.strings("orderFirst").map(\.value) },
            orderLast: legacy.map { $0.strings("orderLast").map(\.value) }, location: sort.location)
    }

    private func warnOfDeprecated(_ decoder: FieldDecoder) {
        let modern = [
            ("bases", "resources"), ("commonLabels", "labels"), ("imageTags", "images"), ("patchesJson6902", "patches"),
            ("patchesStrategicMerge", "patches"), ("vars", "replacements"),
        ]
        let present = modern.filter { decoder.value($0.0) != nil }
        for (old, new) in present.sorted(by: {
            decoder.location(of: $0.0).position.line < decoder.location(of: $1.0).position.line
        }) {
            collector.report(
                .warning(
                    "`\(old)` is deprecated", at: decoder.location(of: old),
                    cure: "write `\(new)` instead; `gitopsctl build --fix` does that", rule: "deprecated-field"))
        }
    }
}
