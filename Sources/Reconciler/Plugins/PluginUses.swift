// The plugins of an Application: `spec.plugins`, in the order in which they run.

import Manifest
import PluginHost

extension FieldReader {
    /// The uses in a list of mappings. Every mistake is reported where it stands.
    mutating func plugins(_ field: String, _ findings: inout FieldFindings) -> [PluginUse] {
        mappings(field, example: "name: sealed-secrets", &findings).map { fields in
            var fields = fields
            var use = PluginUse(name: fields.requiredString("name", example: "sealed-secrets", &findings))
            use.origin = SourceLocation(
                file: findings.source.file, position: fields.position, commit: findings.source.commit)
            if let text = fields.string("stage", &findings) {
                use.stage = PluginStage(rawValue: text)
                if use.stage == nil {
                    findings.report(
                        "\(text) is no stage of a plugin", at: fields.position(of: "stage"),
                        cure: "Stages are transform, validate and observe")
                }
            }
            use.config = fields.value("config")
            if let selector = fields.value("selector") {
                use.selector = ObjectSelector(selector)
                let known = ["fields", "kinds", "labels", "names", "namespaces"]
                for entry in selector.object?.entries ?? [] where !known.contains(entry.key) {
                    findings.report(
                        "\(fields.name(of: "selector")).\(entry.key) is not a field of a selector", at: entry.position,
                        cure: "The fields are \(known.joined(separator: ", "))")
                }
            }
            fields.finish(&findings)
            return use
        }
    }
}
