// What a resource loses and gains on its way out of a build: local configuration stays behind, annotations become
// strings.

import Manifest

extension Resource {
    var isLocalConfiguration: Bool {
        guard let text = value["metadata"]?["annotations"]?["config.kubernetes.io/local-config"] else { return false }
        return text.text != "false"
    }

    mutating func setLabel(_ key: String, to text: String) {
        changeKeepingIdentity { value in
            if value["metadata"]?["labels"]?.object == nil { value["metadata"]?["labels"] = .object(Object()) }
            value["metadata"]?["labels"]?[key] = .string(text)
        }
    }

    /// Leaves strings only, and nothing of what the tools tell each other.
    mutating func finishAnnotations(_ buildMetadata: Set<String>) {
        let provenance = provenance
        changeKeepingIdentity { value in
            _ = value.editObject { object in
                _ = object.edit("metadata") { metadata in
                    _ = metadata.editObject { Self.finishAnnotations(&$0, buildMetadata, provenance) }
                }
            }
        }
    }

    private static func finishAnnotations(
        _ metadata: inout Object, _ buildMetadata: Set<String>, _ provenance: Provenance?
    ) {
        guard let index = metadata.index(of: "annotations") else {
            if let provenance { metadata.addProvenance(provenance, buildMetadata) }
            return
        }
        var annotations = metadata.entries[index].value.object ?? Object()
        metadata.entries[index].value = .null
        annotations.entries.removeAll {
            InternalAnnotations.removedAtTheEnd.contains($0.key) || $0.key == Provenance.originKey
                || $0.key == Provenance.transformationsKey
        }
        for entry in annotations.entries.indices {
            let value = annotations.entries[entry].value
            if value.string == nil { annotations.entries[entry].value = .string(value.text ?? "") }
        }
        if annotations.isEmpty {
            metadata.entries.remove(at: index)
        } else {
            metadata.entries[index].value = .object(annotations)
        }
        if let provenance { metadata.addProvenance(provenance, buildMetadata) }
    }
}
