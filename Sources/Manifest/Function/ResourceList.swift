// What a KRM function reads and writes: a list of objects, the function's configuration, and its findings.
// https://github.com/kubernetes-sigs/kustomize/blob/master/cmd/config/docs/api-conventions/functions-spec.md

/// `ResourceList` of `config.kubernetes.io/v1`.
package struct ResourceList: Sendable, Hashable {
    package static let apiVersion = "config.kubernetes.io/v1"
    package static let kind = "ResourceList"
    /// The annotation of an item with the text of the file that it was declared in, where a host hands that over: to
    /// plugins that may see the values of Secrets, of what SOPS encrypted. Hosts take it off again.
    package static let fileAnnotation = "internal.config.kubernetes.io/gitopsctl-file"

    package var items: [Value]
    /// What the function was called with; nil for nothing.
    package var functionConfig: Value?
    package var results: [FunctionResult]

    package init(items: [Value] = [], functionConfig: Value? = nil, results: [FunctionResult] = []) {
        self.items = items
        self.functionConfig = functionConfig
        self.results = results
    }

    /// Reads the document of a function.
    ///
    /// Of the versions before v1 the list is read too: `results` were an object with a list inside.
    ///
    /// - Throws: what is no ResourceList in it, in the words of its reader.
    package init(_ value: Value) throws(DiagnosticsError) {
        guard case .object(let object) = value else { throw DiagnosticsError("the document is no mapping") }
        let type = GroupVersionKind(apiVersion: object["apiVersion"]?.string ?? "", kind: object["kind"]?.string ?? "")
        guard type.kind == Self.kind, type.group == "config.kubernetes.io" else {
            let found = type.kind.isEmpty ? "a document without a kind" : "\(type)"
            throw DiagnosticsError("the document is \(found), not a \(Self.apiVersion) ResourceList")
        }
        switch object["items"] {
        case nil: items = []
        case .array(let found)?:
            for (index, item) in found.enumerated() {
                let type = KubernetesObject(item)
                guard !type.apiVersion.isEmpty, !type.kind.isEmpty else {
                    throw DiagnosticsError("items[\(index)] is no object with apiVersion and kind")
                }
            }
            items = found
        case let other?:
            guard other.isNull else { throw DiagnosticsError("items is no list") }
            items = []
        }
        functionConfig = object["functionConfig"].flatMap { $0.isNull ? nil : $0 }
        let list = object["results"]?["results"]?.array ?? object["results"]?.array ?? []
        results = list.map(FunctionResult.init)
    }

    package var value: Value {
        var object: Object = [
            "apiVersion": .string(Self.apiVersion), "kind": .string(Self.kind), "items": .array(items),
        ]
        object["functionConfig"] = functionConfig
        if !results.isEmpty { object["results"] = .array(results.map(\.value)) }
        return .object(object)
    }
}
