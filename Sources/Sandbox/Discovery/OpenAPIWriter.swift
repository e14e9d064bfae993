// Writes the OpenAPI v3 document of one group and version from the table of types and the schemas of definitions.

import Manifest

/// One document on its way.
struct OpenAPIWriter {
    private let group: String
    private let version: String
    private let resources: [Resource]
    private var schemas = Object()
    private var names: [Schema.TypeID: String] = [:]
    private var pending: [(id: Schema.TypeID, type: SchemaType)] = []

    init(group: String, version: String, _ catalog: ResourceCatalog) {
        self.group = group
        self.version = version
        resources = catalog.resources(group: group, version: version)
    }

    func document() -> Value {
        var writer = self
        return writer.write()
    }

    private mutating func write() -> Value {
        var paths = Object()
        for resource in resources {
            let name = schemaName(resource)
            let gvk = gvkValue(resource)
            if let custom = resource.custom?.versions[version] {
                var schema = custom.structural.openAPI
                schema["x-kubernetes-group-version-kind"] = [gvk]
                schemas[name] = schema
            } else if let type = Schema.kubernetes.type(of: resource.gvk(version)) {
                names[type.id] = name
                var schema = structure(type, name)
                schema["x-kubernetes-group-version-kind"] = [gvk]
                schemas[name] = schema
            } else if var schema = ReviewSchemas.schema(resource.kind) {
                schema["x-kubernetes-group-version-kind"] = [gvk]
                schemas[name] = schema
            }
            addPaths(resource, gvk, &paths)
        }
        while let next = pending.popLast() {
            guard let name = names[next.id], schemas[name] == nil else { continue }
            schemas[name] = structure(next.type, name)
        }
        return [
            "openapi": "3.0.0", "info": ["title": "Kubernetes", "version": .string(SandboxVersion.text)],
            "paths": .object(paths), "components": ["schemas": .object(schemas)],
        ]
    }

    private func gvkValue(_ resource: Resource) -> Value {
        ["group": .string(group), "version": .string(version), "kind": .string(resource.kind)]
    }

    private func schemaName(_ resource: Resource) -> String {
        let domain = group.isEmpty ? "core" : group
        return "dev.gitopsctl.sandbox.\(domain).\(version).\(resource.kind)"
    }

    // MARK: Paths

    private func addPaths(_ resource: Resource, _ gvk: Value, _ paths: inout Object) {
        let root = group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
        let scope = resource.isNamespaced ? "/namespaces/{namespace}" : ""
        let collection = "\(root)\(scope)/\(resource.plural)"
        func operation(_ action: String, writes: Bool) -> Value {
            var operation: Object = [
                "x-kubernetes-action": .string(action), "x-kubernetes-group-version-kind": gvk,
                "responses": ["200": ["description": "OK"]],
            ]
            let names = writes ? ["dryRun", "fieldManager", "fieldValidation"] : ["pretty"]
            operation["parameters"] = .array(
                names.map { name in
                    ["name": .string(name), "in": "query", "schema": ["type": "string", "uniqueItems": true]]
                })
            return .object(operation)
        }
        var onCollection = Object()
        if resource.verbs.contains("list") { onCollection["get"] = operation("list", writes: false) }
        if resource.verbs.contains("create") { onCollection["post"] = operation("post", writes: true) }
        paths[collection] = .object(onCollection)
        guard resource.verbs.contains("get") else { return }
        var onObject: Object = ["get": operation("get", writes: false)]
        if resource.verbs.contains("update") { onObject["put"] = operation("put", writes: true) }
        if resource.verbs.contains("patch") { onObject["patch"] = operation("patch", writes: true) }
        if resource.verbs.contains("delete") { onObject["delete"] = operation("delete", writes: false) }
        paths["\(collection)/{name}"] = .object(onObject)
    }

    // MARK: Schemas

    /// - Parameter name: what the type is called; the types of its fields are called after it.
    private mutating func structure(_ type: SchemaType, _ name: String) -> Value {
        guard let structure = type.structure else { return schema(type, name) }
        var result: Object = ["type": "object"]
        if !structure.fields.isEmpty {
            var properties = Object()
            for field in structure.fields {
                var property = schema(type.of(field), name + field.name.prefix(1).uppercased() + field.name.dropFirst())
                if let value = field.defaultValue { property["default"] = value }
                properties[field.name] = property
            }
            result["properties"] = .object(properties)
            let required = structure.fields.filter(\.isRequired).map(\.name)
            if !required.isEmpty { result["required"] = .array(required.map { .string($0) }) }
        }
        if let element = type.mapElement { result["additionalProperties"] = schema(element, name) }
        if structure.isAtomic { result["x-kubernetes-map-type"] = "atomic" }
        return .object(result)
    }

    private mutating func schema(_ type: SchemaType, _ place: String) -> Value {
        switch type.definition {
        case .any:
            return ["x-kubernetes-preserve-unknown-fields": true]
        case .scalar(let scalar):
            return self.scalar(scalar)
        case .list(let list):
            var result: Object = ["type": "array"]
            if let element = type.element { result["items"] = schema(element, place) }
            switch list.type {
            case .atomic: result["x-kubernetes-list-type"] = "atomic"
            case .set: result["x-kubernetes-list-type"] = "set"
            case .map(let keys):
                result["x-kubernetes-list-type"] = "map"
                result["x-kubernetes-list-map-keys"] = .array(keys.map { .string($0) })
            }
            if let key = list.patchMergeKey { result["x-kubernetes-patch-merge-key"] = .string(key) }
            if let strategy = list.patchStrategy { result["x-kubernetes-patch-strategy"] = .string(strategy) }
            return .object(result)
        case .structure(let structure):
            // Maps are written where they stand; types with fields once, under a name.
            if structure.fields.isEmpty { return self.structure(type, place) }
            let name: String
            if let known = names[type.id] {
                name = known
            } else {
                // By its own name, as `kubectl explain` shows it; by its place where that is another type's here.
                let own = "dev.gitopsctl.sandbox.\(structure.name)"
                name = structure.name.isEmpty || names.values.contains(own) ? place : own
                names[type.id] = name
                pending.append((type.id, type))
            }
            return ["allOf": [["$ref": .string("#/components/schemas/\(name)")]]]
        }
    }

    private mutating func scalar(_ type: Schema.ScalarType) -> Value {
        var result: Object
        switch type.format {
        case .string: result = ["type": "string"]
        case .bytes: result = ["type": "string", "format": "byte"]
        case .dateTime: result = ["type": "string", "format": "date-time"]
        case .int32: result = ["type": "integer", "format": "int32"]
        case .int64: result = ["type": "integer", "format": "int64"]
        case .double: result = ["type": "number", "format": "double"]
        case .boolean: result = ["type": "boolean"]
        case .quantity: return named("Quantity", ["oneOf": [["type": "string"], ["type": "number"]]])
        case .intOrString:
            return named(
                "IntOrString", ["oneOf": [["type": "integer"], ["type": "string"]], "format": "int-or-string"])
        }
        if !type.allowed.isEmpty { result["enum"] = .array(type.allowed.map { .string($0) }) }
        return .object(result)
    }

    /// A type of values that people know by a name.
    private mutating func named(_ name: String, _ schema: Value) -> Value {
        let own = "dev.gitopsctl.sandbox.\(name)"
        schemas[own] = schema
        return ["allOf": [["$ref": .string("#/components/schemas/\(own)")]]]
    }
}

extension SchemaType {
    /// The type of a field that the structure names.
    fileprivate func of(_ field: Schema.Field) -> SchemaType { member(field.name) ?? self }

    /// The type of the values of a map.
    fileprivate var mapElement: SchemaType? {
        structure?.element == nil ? nil : member("\u{0}")
    }
}

extension StructuralSchema {
    /// The schema as it was declared, with what every object has.
    var openAPI: Value {
        var schema = declared
        for key in ["apiVersion", "kind"] { schema.set(["type": "string"], at: ["properties", key]) }
        schema.set(["type": "object"], at: ["properties", "metadata"])
        return schema
    }

    var text: [UInt8] { JSON.write(declared) }
}
