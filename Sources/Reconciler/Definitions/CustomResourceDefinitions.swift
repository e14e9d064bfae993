// The CustomResourceDefinitions of our own kinds, as a cluster is given them.

package import Manifest

package enum CustomResourceDefinitions {
    /// The definitions, in the order of their names.
    package static var all: [Value] {
        [
            definition(
                of: Application.kind, plural: "applications", short: "app", spec: ApplicationDefinition.spec,
                status: ApplicationDefinition.status, columns: ApplicationDefinition.columns),
            definition(
                of: Project.kind, plural: "projects", short: "proj", spec: ProjectDefinition.spec, status: nil,
                columns: ProjectDefinition.columns),
        ]
    }

    private static func definition(
        of kind: String, plural: String, short: String, spec: SchemaProperty, status: SchemaProperty?,
        columns: [(name: String, type: String, path: String)]
    ) -> Value {
        var properties: Object = [
            "apiVersion": ["type": "string"], "kind": ["type": "string"], "metadata": ["type": "object"],
            "spec": spec.value,
        ]
        if let status { properties["status"] = status.value }
        var version: Object = ["name": .string(Application.version), "served": true, "storage": true]
        if status != nil { version["subresources"] = ["status": .object(Object())] }
        version["additionalPrinterColumns"] = .array(
            columns.map { ["name": .string($0.name), "type": .string($0.type), "jsonPath": .string($0.path)] })
        version["schema"] = [
            "openAPIV3Schema": ["type": "object", "required": ["spec"], "properties": .object(properties)]
        ]
        return [
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": ["name": .string("\(plural).\(Application.group)")],
            "spec": [
                "group": .string(Application.group), "scope": "Namespaced",
                "names": [
                    "kind": .string(kind), "listKind": .string("\(kind)List"), "plural": .string(plural),
                    "singular": .string(kind.lowercased()), "shortNames": [.string(short)], "categories": ["gitops"],
                ],
                "versions": [.object(version)],
            ],
        ]
    }
}
