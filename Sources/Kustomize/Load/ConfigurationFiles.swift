// `configurations` and `crds`: field specifications that a kustomization adds to the defaults.

import Manifest

extension BuildRun {
    /// Adds what the kustomization's `configurations` and `crds` say.
    func configure(_ kustomization: Kustomization, _ root: Root, _ accumulation: inout Accumulation) {
        var added = TransformerConfiguration()
        for entry in kustomization.configurations {
            guard let value = configurationFile(entry, root), let object = value.value.object else { continue }
            let decoder = FieldDecoder(
                object, name: "", file: value.location.file, position: value.value.position,
                known: ConfigurationFile.sections,
                collector: collector)
            merge(ConfigurationFile.decode(decoder), into: &added, entry.location)
        }
        for entry in kustomization.crds {
            guard let value = configurationFile(entry, root) else { continue }
            if let odd = value.value.object?.entries.first(where: { $0.value.object == nil && !$0.value.isNull }) {
                collector.report(
                    .error(
                        "`\(odd.key)` must be the OpenAPI definition of a type, not \(odd.value.noun)",
                        at: SourceLocation(file: value.location.file, position: odd.position),
                        cure: "`crds` takes OpenAPI definitions; list a CustomResourceDefinition under `resources`"))
                continue
            }
            merge(CustomResourceSchema(value.value).configuration(), into: &added, entry.location)
        }
        if added.isCustom { merge(added, into: &accumulation.configuration, kustomization.location) }
    }

    private func merge(
        _ added: TransformerConfiguration, into configuration: inout TransformerConfiguration,
        _ location: SourceLocation
    ) {
        do throws(ConflictingFieldSpecs) {
            try configuration.merge(added)
        } catch {
            reportConflict(error, location)
        }
    }

    private func configurationFile(_ entry: Located<String>, _ root: Root) -> Located<Value>? {
        do throws(TransformFailure) {
            return try configurationDocument(entry, root, refusesDuplicates: true)
        } catch {
            collector.report(error.located(at: entry.location))
            return nil
        }
    }

    /// The first document of a file that configures, by the rules of YAML 1.1; nil for an empty file.
    func configurationDocument(
        _ path: Located<String>, _ root: Root, refusesDuplicates: Bool = false
    ) throws(TransformFailure) -> Located<Value>? {
        let file: (path: String, bytes: [UInt8])
        do throws(LoadFailure) {
            file = try loader.file(path.value, from: root)
        } catch {
            throw TransformFailure(error.reason, at: path.location, cure: error.cure)
        }
        let name = root.tree.display(file.path)
        var options = YAMLReader.Options.yaml11
        if refusesDuplicates { options.duplicateKeys = .refuse }
        do throws(DiagnosticsError) {
            return try YAML.read(file.bytes, file: name, options: options).first.map {
                Located(value: $0, location: SourceLocation(file: name, position: $0.position))
            }
        } catch {
            throw TransformFailure(error.diagnostics)
        }
    }
}

/// The sections of a transformer configuration file.
enum ConfigurationFile {
    static let sections = [
        "namePrefix", "nameSuffix", "namespace", "commonLabels", "labels", "templateLabels", "commonAnnotations",
        "nameReference",
        "varReference", "images", "replicas",
    ]

    static func decode(_ decoder: FieldDecoder) -> TransformerConfiguration {
        func specs(_ key: String) -> [FieldSpec] { KustomizationDecoder.fieldSpecs(decoder, key) }
        var configuration = TransformerConfiguration()
        configuration.namePrefix = specs("namePrefix")
        configuration.nameSuffix = specs("nameSuffix")
        configuration.namespace = specs("namespace")
        configuration.commonLabels = specs("commonLabels")
        configuration.labels = specs("labels")
        configuration.templateLabels = specs("templateLabels")
        configuration.commonAnnotations = specs("commonAnnotations")
        configuration.varReferences = specs("varReference")
        configuration.images = specs("images")
        configuration.replicas = specs("replicas")
        configuration.nameReferences = decoder.objects(
            "nameReference", known: ["kind", "group", "version", "fieldSpecs"]
        ).map {
            NameReference(
                target: TypeFilter(group: $0.string("group"), version: $0.string("version"), kind: $0.string("kind")),
                referrers: KustomizationDecoder.fieldSpecs($0, "fieldSpecs"))
        }
        return configuration
    }
}

/// The OpenAPI definitions of custom resources, which may mark fields as names, labels, annotations and references.
struct CustomResourceSchema {
    private let definitions: Object

    init(_ value: Value) { definitions = value.object ?? Object() }

    func configuration() -> TransformerConfiguration {
        var configuration = TransformerConfiguration()
        for entry in definitions.entries {
            guard let properties = properties(of: entry.key),
                ["kind", "apiVersion", "metadata"].allSatisfy(properties.contains)
            else { continue }
            let kind = entry.key.split(separator: ".").last.map(String.init) ?? entry.key
            collect(entry.key, TypeFilter(kind: kind), path: [], depth: 0, &configuration)
        }
        return configuration
    }

    private func properties(of name: String) -> Object? {
        let definition = definitions[name]
        return
            (definition?["Schema"]?["properties"] ?? definition?["schema"]?["properties"] ?? definition?["properties"])?
            .object
    }

    private func collect(
        _ name: String, _ type: TypeFilter, path: [String], depth: Int, _ configuration: inout TransformerConfiguration
    ) {
        // Types may contain themselves; a field that deep is nobody's.
        if depth > 32 { return }
        for property in properties(of: name)?.entries ?? [] {
            let schema = property.value
            let here =
                path + [property.key.split(separator: "/", omittingEmptySubsequences: false).joined(separator: "\\/")]
            func spec(_ parts: [String]) -> FieldSpec { FieldSpec(path: parts.joined(separator: "/"), type: type) }
            if schema["x-kubernetes-annotation"] != nil { configuration.commonAnnotations.append(spec(here)) }
            if schema["x-kubernetes-label-selector"] != nil { configuration.commonLabels.append(spec(here)) }
            if schema["x-kubernetes-identity"] != nil { configuration.namePrefix.append(spec(here)) }
            if let apiVersion = schema["x-kubernetes-object-ref-api-version"]?.text,
                let kind = schema["x-kubernetes-object-ref-kind"]?.text
            {
                let gvk = GroupVersionKind(apiVersion: apiVersion, kind: kind)
                let key = schema["x-kubernetes-object-ref-name-key"]?.text ?? "name"
                let target = TypeFilter(group: gvk.group, version: gvk.version, kind: kind)
                let referrer = spec(here + [key])
                if let index = configuration.nameReferences.firstIndex(where: { $0.target == target }) {
                    configuration.nameReferences[index].referrers.append(referrer)
                } else {
                    configuration.nameReferences.append(NameReference(target: target, referrers: [referrer]))
                }
            }
            let reference = schema["$ref"]?.text ?? schema["items"]?["$ref"]?.text
            if let reference {
                let below = reference.hasPrefix("#/definitions/") ? String(reference.dropFirst(14)) : reference
                collect(below, type, path: here, depth: depth + 1, &configuration)
            }
        }
    }
}
