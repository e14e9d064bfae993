// `openapi`: a schema of the user's own in place of the built-in one.

import Manifest

extension BuildRun {
    /// Takes documents of the caller's for the built-in schema.
    func useSchemas(_ documents: [Value]) {
        var definitions = MergeSchema.Definitions()
        for document in documents {
            definitions.add(openAPI: document)
            scopes = scopes.adding(KindScopes.clusterScopedTypes(ofOpenAPI: document))
        }
        schema = MergeSchema(definitions)
    }

    /// The first kustomization that names a schema decides for the whole build.
    func chooseSchema(_ kustomization: Kustomization, _ root: Root) {
        guard !hasOwnSchema, let openAPI = kustomization.openAPI else { return }
        let version = openAPI.value["version"] ?? ""
        let path = openAPI.value["path"] ?? ""
        if version.isEmpty, path.isEmpty { return }
        hasOwnSchema = true
        if !version.isEmpty, !path.isEmpty {
            collector.report(.error("`openapi` has a `version` or a `path`, not both", at: openAPI.location))
            return
        }
        if !version.isEmpty {
            if version != "v1.21.2" {
                collector.report(
                    .error(
                        "the schema of Kubernetes \(version) is not built in", at: openAPI.location,
                        cure: "write v1.21.2, or a `path`"))
            }
            return
        }
        do throws(LoadFailure) {
            let file = try loader.file(path, from: root)
            var options = YAMLReader.Options.yaml11
            options.limits.size = 256 << 20
            let documents: [Value]
            do throws(DiagnosticsError) {
                documents = try YAML.read(file.bytes, file: root.tree.display(file.path), options: options)
            } catch {
                collector.report(error.diagnostics)
                return
            }
            // One without any definitions is one all the same: it leaves nothing of the built-in schema.
            guard let document = documents.first, let fields = document.object,
                document["definitions"]?.object != nil || !fields.contains("definitions")
            else {
                throw LoadFailure("`\(path)` is no OpenAPI document: its `definitions` are no map")
            }
            // The reference forgets its built-in types only for a schema that the build's own kustomization names.
            var definitions =
                root.directory == buildDirectory
                ? MergeSchema.Definitions() : MergeSchema.Definitions(table: BuiltInTables.mergeSchema)
            definitions.add(openAPI: document)
            schema = MergeSchema(definitions)
            scopes = scopes.adding(KindScopes.clusterScopedTypes(ofOpenAPI: document))
        } catch {
            collector.report(.error(error.reason, at: openAPI.location, cure: error.cure))
        }
    }
}

extension MergeSchema.Definitions {
    /// Adds the merge keys of an OpenAPI document: of version 2, or of version 3 for one group.
    mutating func add(openAPI document: Value) {
        let definitions = document["definitions"]?.object ?? document["components"]?["schemas"]?.object
        for entry in definitions?.entries ?? [] {
            let name = Self.short(entry.key)
            add(name, entry.value)
            for gvk in entry.value["x-kubernetes-group-version-kind"]?.array ?? [] {
                let type = GroupVersionKind(
                    group: gvk["group"]?.text ?? "", version: gvk["version"]?.text ?? "", kind: gvk["kind"]?.text ?? "")
                roots["\(type.apiVersion) \(type.kind)"] = name
            }
        }
    }

    private mutating func add(_ name: String, _ definition: Value) {
        var fields = Fields()
        for property in definition["properties"]?.object?.entries ?? [] {
            let schema = property.value
            let inner = "\(name).\(property.key)"
            if schema["type"]?.text == "array" || schema["items"] != nil {
                guard (schema["x-kubernetes-patch-strategy"]?.text ?? "").split(separator: ",").contains("merge") else {
                    continue
                }
                var keys = schema["x-kubernetes-list-map-keys"]?.array?.compactMap(\.text) ?? []
                if keys.isEmpty, let key = schema["x-kubernetes-patch-merge-key"]?.text { keys = [key] }
                fields[property.key] = (type(of: schema["items"], inline: inner), keys)
            } else if let type = type(of: schema, inline: inner) {
                fields[property.key] = (type, nil)
            }
        }
        types[name] = fields
    }

    /// The name of a referenced type, or of one that is written in place.
    private mutating func type(of schema: Value?, inline name: String) -> String? {
        // Version 3 wraps a reference that has a description or default beside it.
        let reference = schema?["$ref"]?.text ?? schema?["allOf"]?.array?.lazy.compactMap { $0["$ref"]?.text }.first
        if let reference = reference?.split(separator: "/").last { return Self.short(String(reference)) }
        guard let schema, schema["properties"] != nil else { return nil }
        add(name, schema)
        return name
    }

    /// Kubernetes' own types go by the names that the built-in table has for them.
    static func short(_ name: String) -> String {
        let prefixes = [
            "io.k8s.apimachinery.pkg.apis.", "io.k8s.apiextensions-apiserver.pkg.apis.",
            "io.k8s.kube-aggregator.pkg.apis.", "io.k8s.api.",
        ]
        return prefixes.first(where: name.hasPrefix).map { String(name.dropFirst($0.count)) } ?? name
    }
}

extension KindScopes {
    /// The types whose objects have paths without a namespace in an OpenAPI v2 document, and none with one.
    static func clusterScopedTypes(ofOpenAPI document: Value) -> Set<String> {
        var clusterScoped: Set<String> = []
        var namespaced: Set<String> = []
        for path in document["paths"]?.object?.entries ?? []
        where path.key.hasSuffix("/{name}") || path.key.hasSuffix("/{name}/") {
            for method in path.value.object?.entries ?? [] {
                guard let gvk = method.value["x-kubernetes-group-version-kind"] else { continue }
                let type = GroupVersionKind(
                    group: gvk["group"]?.text ?? "", version: gvk["version"]?.text ?? "", kind: gvk["kind"]?.text ?? "")
                let key = "\(type.apiVersion) \(type.kind)"
                if path.key.range(of: "namespaces/{namespace}") != nil {
                    namespaced.insert(key)
                } else {
                    clusterScoped.insert(key)
                }
            }
        }
        return clusterScoped.subtracting(namespaced)
    }
}
