// `buildMetadata`: where an object came from and what changed it, as annotations.

import Manifest

extension Provenance {
    static let originKey = "config.kubernetes.io/origin"
    static let transformationsKey = "alpha.config.kubernetes.io/transformations"

    fileprivate var originText: String? {
        var object = Object()
        func add(_ key: String, _ text: String) {
            if !text.isEmpty { object.entries.append(Object.Entry(key: key, value: .string(text))) }
        }
        add("path", path)
        add("repo", repository)
        add("ref", reference)
        if let generator { object.entries += generator.fields }
        return object.isEmpty ? nil : OrderedYAML.text(.object(object)) + "\n"
    }

    fileprivate var transformationsText: String? {
        transformations.isEmpty
            ? nil : OrderedYAML.text(.array(transformations.map { .object(Object(entries: $0.fields)) })) + "\n"
    }
}

extension Provenance.Step {
    fileprivate var fields: [Object.Entry] {
        var entries = [Object.Entry(key: "configuredIn", value: .string(configuredIn))]
        if let configuredBy {
            var by = Object()
            for (key, text) in [
                ("apiVersion", configuredBy.apiVersion), ("kind", configuredBy.kind), ("name", configuredBy.name),
                ("namespace", configuredBy.namespace),
            ] where !text.isEmpty {
                by.entries.append(Object.Entry(key: key, value: .string(text)))
            }
            entries.append(Object.Entry(key: "configuredBy", value: .object(by)))
        }
        return entries
    }
}

extension Object {
    /// Writes the annotations that a build was asked for.
    mutating func addProvenance(_ provenance: Provenance, _ buildMetadata: Set<String>) {
        var annotations = self["annotations"]?.object ?? Object()
        if buildMetadata.contains("originAnnotations"), let text = provenance.originText {
            annotations[Provenance.originKey] = .string(text)
        }
        if buildMetadata.contains("transformerAnnotations"), let text = provenance.transformationsText {
            annotations[Provenance.transformationsKey] = .string(text)
        }
        if !annotations.isEmpty { self["annotations"] = .object(annotations) }
    }
}
