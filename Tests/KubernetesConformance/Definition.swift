// The CustomResourceDefinition that behaviours make with a line: everything that they do not speak of is as usual.

import Manifest

enum Definition {
    static let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

    /// - Parameter text: the fields of the one version, with the OpenAPI schema itself as `schema`, and those of the
    ///   spec.
    static func whole(_ text: Value, group: String) -> Value {
        let ofSpec: Set<String> = ["names", "scope", "versions", "conversion", "preserveUnknownFields"]
        var version: Object = ["name": "v1", "served": true, "storage": true]
        var names: Object = ["plural": "things", "kind": "Thing"]
        var spec: Object = ["group": .string(group), "scope": "Namespaced"]
        for entry in text.object?.entries ?? [] {
            switch entry.key {
            case "names": for name in entry.value.object?.entries ?? [] { names[name.key] = name.value }
            case "versions": spec["versions"] = .array((entry.value.array ?? []).map(wrapped))
            case _ where ofSpec.contains(entry.key): spec[entry.key] = entry.value
            default: version[entry.key] = entry.value
            }
        }
        spec["names"] = .object(names)
        if spec["versions"] == nil { spec["versions"] = [wrapped(.object(version))] }
        return [
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": ["name": .string("\(names["plural"]?.string ?? "").\(group)")], "spec": .object(spec),
        ]
    }

    /// A version whose schema stands where a definition has it; one that says nothing takes anything.
    private static func wrapped(_ version: Value) -> Value {
        var version = version
        let schema = version["schema"] ?? ["type": "object", "x-kubernetes-preserve-unknown-fields": true]
        version["schema"] = ["openAPIV3Schema": schema]
        return version
    }
}
