// What a CustomResourceDefinition defines: names, versions, schemas, subresources, columns.

import Manifest

/// A served custom resource.
struct CustomResource: Sendable {
    struct Version: Sendable {
        var structural: StructuralSchema
        /// The type that objects of this version are merged by.
        var type: SchemaType
        var hasStatus: Bool
        var scale: ScalePaths?
        var columns: [PrinterColumn]
    }

    /// `additionalPrinterColumns`.
    struct PrinterColumn: Sendable {
        var name: String
        var type: String
        var format: String
        var description: String
        var priority: Int
        /// The JSON path's keys, such as `["status", "phase"]`.
        var path: String
    }

    /// Served versions by name.
    var versions: [String: Version]
    var selectableFields: Set<String>
    /// The schema that objects are stored by, whether its version is served or not.
    var storage: StructuralSchema
    /// Whether its definition is on its way out: nothing new is taken then.
    var isTerminating: Bool
}

extension Resource {
    /// The resource of a CustomResourceDefinition; nil while it is not established.
    init?(customResourceDefinition definition: Value) {
        let conditions = definition[path: "status", "conditions"]?.array ?? []
        guard conditions.contains(where: { $0["type"]?.string == "Established" && $0["status"]?.string == "True" }),
            let spec = definition["spec"], let names = spec["names"], let group = spec["group"]?.string,
            let kind = names["kind"]?.string, let plural = names["plural"]?.string
        else { return nil }
        var versions: [String: CustomResource.Version] = [:]
        var fields: Set<String> = []
        var storage = ""
        var storageSchema = StructuralSchema.open
        for version in spec["versions"]?.array ?? [] {
            guard let name = version["name"]?.string else { continue }
            if version["storage"]?.bool ?? false {
                storage = name
                if let schema = version[path: "schema", "openAPIV3Schema"] { storageSchema = StructuralSchema(schema) }
            }
            guard version["served"]?.bool ?? false else { continue }
            versions[name] = CustomResource.Version(version)
            for field in version["selectableFields"]?.array ?? [] {
                if let path = field["jsonPath"]?.string { fields.insert(String(path.drop { $0 == "." })) }
            }
        }
        self.init(
            group: group, versions: versions.keys.sorted { VersionPriority($0) > VersionPriority($1) },
            storageVersion: storage, kind: kind, listKind: names["listKind"]?.string ?? kind + "List", plural: plural,
            singular: names["singular"]?.string ?? kind.lowercased(),
            isNamespaced: spec["scope"]?.string == "Namespaced")
        shortNames = (names["shortNames"]?.array ?? []).compactMap(\.string)
        categories = (names["categories"]?.array ?? []).compactMap(\.string)
        custom = CustomResource(
            versions: versions, selectableFields: fields, storage: storageSchema,
            isTerminating: definition[path: "metadata", "deletionTimestamp"] != nil)
    }

    /// The object in another version. Built-in autoscalers change shape; custom resources only their `apiVersion`, by
    /// the `None` conversion strategy.
    func converted(_ value: Value, to version: String) -> Value {
        let target = apiVersion(version)
        guard let current = value["apiVersion"]?.string, current != target else { return value }
        var converted = value
        if custom == nil, kind == "HorizontalPodAutoscaler" {
            converted = version == "v1" ? AutoscalerConversion.toV1(value) : AutoscalerConversion.toV2(value)
        }
        converted["apiVersion"] = .string(target)
        return converted
    }
}

extension StructuralSchema {
    /// Takes whatever comes.
    fileprivate static let open = StructuralSchema(["type": "object", "x-kubernetes-preserve-unknown-fields": true])
}

extension Resource {
    /// An object as it is stored: in the storage version, and with no field that this version does not have.
    func stored(_ value: Value) -> Value {
        let converted = converted(value, to: storageVersion)
        return custom.map { $0.storage.pruned(converted).value } ?? converted
    }
}

extension CustomResource.Version {
    fileprivate init(_ version: Value) {
        let schema = version[path: "schema", "openAPIV3Schema"]
        structural = schema.map { StructuralSchema($0) } ?? .open
        type = Schema.customResource(schema)
        let subresources = version["subresources"]
        hasStatus = subresources?["status"] != nil
        scale = subresources?["scale"].map { scale in
            func path(_ name: String) -> [String]? {
                scale[name]?.string.map { $0.split(separator: ".").map(String.init) }
            }
            return ScalePaths(
                specReplicas: path("specReplicasPath") ?? ["spec", "replicas"],
                statusReplicas: path("statusReplicasPath") ?? ["status", "replicas"],
                labelSelector: path("labelSelectorPath") ?? [])
        }
        columns = (version["additionalPrinterColumns"]?.array ?? []).map { column in
            CustomResource.PrinterColumn(
                name: column["name"]?.string ?? "", type: column["type"]?.string ?? "string",
                format: column["format"]?.string ?? "", description: column["description"]?.string ?? "",
                priority: column["priority"]?.int ?? 0, path: column["jsonPath"]?.string ?? "")
        }
    }
}

/// `autoscaling/v1` and `v2` of HorizontalPodAutoscaler: v1 knows one CPU target.
enum AutoscalerConversion {
    static func toV2(_ value: Value) -> Value {
        var value = value
        if let target = value[path: "spec", "targetCPUUtilizationPercentage"] {
            value["spec"]?["metrics"] = [
                [
                    "type": "Resource",
                    "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": target]],
                ]
            ]
            value["spec"]?["targetCPUUtilizationPercentage"] = nil
        }
        return value
    }

    static func toV1(_ value: Value) -> Value {
        var value = value
        let cpu = value[path: "spec", "metrics"]?.array?.first { $0[path: "resource", "name"]?.string == "cpu" }
        value["spec"]?["targetCPUUtilizationPercentage"] = cpu?[path: "resource", "target", "averageUtilization"]
        value["spec"]?["metrics"] = nil
        value["spec"]?["behavior"] = nil
        value["status"]?["currentMetrics"] = nil
        value["status"]?["conditions"] = nil
        return value
    }
}
