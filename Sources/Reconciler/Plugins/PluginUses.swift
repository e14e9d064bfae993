// The plugins of an Application: `spec.plugins`, in the order in which they run.

import Manifest
import PluginHost

extension FieldReader {
    /// The uses in a list of mappings. Every mistake is reported where it stands.
    mutating func plugins(_ field: String, _ findings: inout FieldFindings) -> [PluginUse] {
        guard let value = value(field) else { return [] }
        guard let items = value.array else {
            findings.report("\(name(of: field)) must be a list, not \(value.nameOfKind)", at: position(of: field))
            return []
        }
        return items.enumerated().compactMap { index, item in
            let path = "\(name(of: field))[\(index)]"
            guard case .object(let object) = item else {
                findings.report(
                    "\(path) must be a mapping, not \(item.nameOfKind)", at: item.position,
                    cure: "Write it like - name: sealed-secrets")
                return nil
            }
            var fields = FieldReader(object, path: path, position: item.position)
            var use = PluginUse(name: fields.requiredString("name", example: "sealed-secrets", &findings))
            use.origin = SourceLocation(
                file: findings.source.file, position: item.position, commit: findings.source.commit)
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
                        "\(path).selector.\(entry.key) is not a field of a selector", at: entry.position,
                        cure: "The fields are \(known.joined(separator: ", "))")
                }
            }
            fields.finish(&findings)
            return use
        }
    }
}
