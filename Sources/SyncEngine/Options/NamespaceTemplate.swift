// The namespace that an application may have made for it: `CreateNamespace=true` with `managedNamespaceMetadata`.

import Manifest

/// A namespace that is created before everything else where it is missing. It is no member: no sync ever prunes it.
package struct NamespaceTemplate: Sendable, Hashable {
    package var labels: [String: String]
    package var annotations: [String: String]

    package init(labels: [String: String] = [:], annotations: [String: String] = [:]) {
        self.labels = labels
        self.annotations = annotations
    }

    /// Whether there is anything to keep on a namespace that exists.
    var isEmpty: Bool { labels.isEmpty && annotations.isEmpty }

    func namespace(_ name: String) -> Value {
        func map(_ texts: [String: String]) -> Value {
            .object(
                Object(
                    entries: texts.sorted { $0.key < $1.key }.map {
                        Object.Entry(key: $0.key, value: .string($0.value))
                    }))
        }
        var metadata: Value = ["name": .string(name)]
        if !labels.isEmpty { metadata["labels"] = map(labels) }
        if !annotations.isEmpty { metadata["annotations"] = map(annotations) }
        return ["apiVersion": "v1", "kind": "Namespace", "metadata": metadata]
    }
}
