// `replacements`: a value read from one object and written into fields of others.

import Manifest

/// One entry of `replacements`, decoded.
struct Replacement {
    struct Options {
        var delimiter = ""
        var index = 0
        var create = false
    }

    struct Source {
        var type: TypeFilter
        var name: String
        var namespace: String
        var fieldPath: String
        var options: Options
    }

    struct Target {
        var select: SelectorFields?
        var reject: [SelectorFields]
        var fieldPaths: [String]
        var options: Options
        var location: SourceLocation
    }

    var source: Source?
    var sourceValue: String?
    var targets: [Target]
    var location: SourceLocation

    static let fields = ["path", "source", "sourceValue", "targets"]

    init(_ decoder: FieldDecoder) {
        func options(_ decoder: FieldDecoder?) -> Options {
            guard let options = decoder?.object("options", known: ["delimiter", "index", "encoding", "create"]) else {
                return Options()
            }
            return Options(
                delimiter: options.string("delimiter"), index: options.integer("index") ?? 0,
                create: options.bool("create"))
        }
        location = decoder.location
        sourceValue = decoder.locatedString("sourceValue")?.value
        let identity = ["group", "version", "kind", "name", "namespace"]
        if let fields = decoder.object("source", known: identity + ["fieldPath", "options"]) {
            let path = fields.string("fieldPath")
            source = Source(
                type: TypeFilter(
                    group: fields.string("group"), version: fields.string("version"), kind: fields.string("kind")),
                name: fields.string("name"), namespace: fields.string("namespace"),
                fieldPath: path.isEmpty ? "metadata.name" : path,
                options: options(fields))
        }
        targets = decoder.objects("targets", known: ["select", "reject", "fieldPaths", "options"]).map { fields in
            let paths = fields.strings("fieldPaths").map(\.value)
            return Target(
                select: KustomizationDecoder.selector(
                    fields.object("select", known: KustomizationDecoder.selectorFields)),
                reject: fields.objects("reject", known: KustomizationDecoder.selectorFields).compactMap {
                    KustomizationDecoder.selector($0)
                },
                fieldPaths: paths.isEmpty ? ["metadata.name"] : paths, options: options(fields),
                location: fields.location)
        }
    }
}

struct ReplacementTransformer {
    var replacements: [Replacement]
    let collector: DiagnosticCollector

    func transform(_ list: inout ResourceList) throws(TransformFailure) {
        var problems: [Diagnostic] = []
        for replacement in replacements {
            do throws(TransformFailure) {
                var source = try source(of: replacement, in: list)
                for target in replacement.targets { try write(&source, to: target, in: &list) }
            } catch {
                problems += error.located(at: replacement.location)
            }
        }
        if !problems.isEmpty { throw TransformFailure(problems) }
    }

    // MARK: - The source

    private struct Source {
        var value: Value
        /// The resource and the field that are read, where the field as a whole is what is copied: it may itself be
        /// among the targets, and what is written there is what the next ones get.
        var place: (index: Int, path: [String])?
    }

    private func source(of replacement: Replacement, in list: ResourceList) throws(TransformFailure) -> Source {
        if replacement.source != nil, replacement.sourceValue != nil {
            throw TransformFailure("a replacement has `source` or `sourceValue`, not both", at: replacement.location)
        }
        if replacement.targets.isEmpty || replacement.source == nil && replacement.sourceValue == nil {
            throw TransformFailure(
                "a replacement needs a `source` and at least one of `targets`", at: replacement.location)
        }
        guard let source = replacement.source else {
            let text = replacement.sourceValue ?? ""
            return Source(value: .scalar(Scalar(text, kind: .resolve(text))))
        }
        let matches = list.indices.filter { index in
            list[index].allIDs.contains { id in
                source.type.selects(id) && (source.name.isEmpty || source.name == id.name)
                    && (source.namespace.isEmpty || source.namespace == id.namespace)
            }
        }
        guard let index = matches.first else {
            throw TransformFailure("nothing matches the source of the replacement", at: replacement.location)
        }
        if matches.count > 1 {
            let names = matches.map { list[$0].id.description }.joined(separator: ", ")
            throw TransformFailure(
                "the source of the replacement matches several objects: \(names)", at: replacement.location)
        }
        let resource = list[index]
        let path = FieldLookup.split(source.fieldPath)
        guard let value = FieldLookup.find(path, in: resource.value), !value.isEmpty else {
            throw TransformFailure(
                "\(resource.id) has no field `\(source.fieldPath)` to replace with", at: replacement.location)
        }
        if resource.needsHash, source.fieldPath == "metadata.name" {
            collector.report(
                .warning(
                    "the replacement copies the name `\(resource.id.name)` without the hash that \(resource.id) gets in the end",
                    at: replacement.location,
                    cure:
                        "set `disableNameSuffixHash: true` for it, or name it in a field that kustomize knows as a reference",
                    rule: "name-without-hash"))
        }
        if source.options.delimiter.isEmpty { return Source(value: value, place: (index, path)) }
        guard let scalar = value.scalar else {
            throw TransformFailure(
                "`delimiter` can only split a scalar, and `\(source.fieldPath)` is \(value.noun)",
                at: replacement.location)
        }
        let parts = scalar.text.split(on: source.options.delimiter)
        guard parts.indices.contains(source.options.index) else {
            throw TransformFailure(
                "`index` \(source.options.index) is out of bounds: `\(source.fieldPath)` has \(parts.count) parts",
                at: replacement.location)
        }
        var part = value
        part.overwrite(parts[source.options.index], kind: scalar.kind == .string ? .string : nil)
        return Source(value: part)
    }

    // MARK: - The targets

    /// Whether the patterns select the resource by its current or any earlier id.
    private static func selects(_ selector: Selector, _ resource: Resource) -> Bool {
        selector.selects(resource.id, namespace: resource.namespace)
            || resource.earlier.contains { selector.selects(resource.withEarlier($0), namespace: $0.namespace) }
    }

    private func write(_ source: inout Source, to target: Replacement.Target, in list: inout ResourceList)
        throws(TransformFailure)
    {
        guard let select = target.select else {
            throw TransformFailure("a target of a replacement needs `select`", at: target.location)
        }
        let selector: Selector
        let rejectors: [Selector]
        do throws(PatternError) {
            selector = try Selector(select)
            var compiled: [Selector] = []
            for reject in target.reject { compiled.append(try Selector(reject)) }
            rejectors = compiled
        } catch {
            throw TransformFailure("`\(error.pattern)` is not a valid pattern: \(error.reason)", at: target.location)
        }
        for index in list.indices {
            let resource = list[index]
            guard selector.selectsMetadata(resource) else { continue }
            let isRejectedByMetadata = rejectors.contains {
                !($0.labels.isEmpty && $0.annotations.isEmpty) && $0.selectsMetadata(resource)
            }
            if isRejectedByMetadata { continue }
            let isRejected = rejectors.contains { rejector in
                rejector.fields.hasIdentity && Self.selects(rejector, resource)
            }
            if isRejected { continue }
            guard Self.selects(selector, resource) else { continue }
            try list.update(index) { (resource) throws(TransformFailure) in
                for path in target.fieldPaths {
                    do throws(ReplacementPath.Failure) {
                        try ReplacementPath(path, options: target.options).write(source.value, into: &resource.value)
                    } catch {
                        throw TransformFailure("\(resource.id), `\(path)`: \(error.reason)", at: target.location)
                    }
                    resource.settleSharedNodes()
                    if let place = source.place, place.index == index {
                        source.value = FieldLookup.find(place.path, in: resource.value) ?? source.value
                    }
                }
            }
        }
    }
}

extension SelectorFields {
    var hasIdentity: Bool { !(group.isEmpty && version.isEmpty && kind.isEmpty && name.isEmpty && namespace.isEmpty) }
}

extension String {
    /// The parts between the occurrences of a separator, empty ones included.
    func split(on separator: String) -> [String] {
        if separator.isEmpty { return map(String.init) }
        var parts: [String] = []
        var rest = self[...]
        while let found = String(rest).range(of: separator) {
            let text = String(rest)
            parts.append(String(text[..<found.lowerBound]))
            rest = Substring(text[found.upperBound...])
        }
        parts.append(String(rest))
        return parts
    }
}

extension BuildRun {
    func applyReplacements(
        _ entries: [Located<Value>], _ root: Root, _ accumulation: inout Accumulation
    ) throws(TransformFailure) {
        let replacements = try replacements(entries, root, isStrict: true)
        try ReplacementTransformer(replacements: replacements, collector: collector).transform(&accumulation.list)
    }

    func replacements(_ entries: [Located<Value>], _ root: Root, isStrict: Bool) throws(TransformFailure)
        -> [Replacement]
    {
        var result: [Replacement] = []
        let found = DiagnosticCollector()
        func decode(_ value: Value, _ file: String) {
            guard let object = value.object else {
                found.report(
                    .error(
                        "a replacement is an object, not \(value.noun)",
                        at: SourceLocation(file: file, position: value.position)))
                return
            }
            let decoder = FieldDecoder(
                object, name: "replacements", file: file, position: value.position, known: Replacement.fields,
                isStrict: isStrict, collector: found)
            result.append(Replacement(decoder))
        }
        for entry in entries {
            guard let path = entry.value["path"]?.text, !path.isEmpty else {
                decode(entry.value, entry.location.file)
                continue
            }
            if (entry.value.object?.count ?? 0) > 1 {
                throw TransformFailure(
                    "a replacement has a `path` or is written in place, not both", at: entry.location)
            }
            guard let document = try configurationDocument(Located(value: path, location: entry.location), root) else {
                continue
            }
            for item in document.value.array ?? [document.value] { decode(item, document.location.file) }
        }
        if found.hasErrors { throw TransformFailure(found.diagnostics) }
        return result
    }
}
