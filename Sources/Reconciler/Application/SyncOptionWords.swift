// `spec.sync.options` and `spec.sync.managedNamespaceMetadata`, with Argo CD's names: what holds for all objects of an
// application that say nothing themselves.

import Manifest
import SyncEngine

extension Application.SyncPolicy {
    /// Takes the options in a list of `Name=value`. One that is none is reported where it stands.
    mutating func readOptions(_ fields: inout FieldReader, _ findings: inout FieldFindings) {
        var createsNamespace = false
        for option in fields.strings("options", &findings) {
            switch option.text {
            case "ForceConflicts=true": forceConflicts = true
            case "ForceConflicts=false": forceConflicts = false
            case "CreateNamespace=true": createsNamespace = true
            case "CreateNamespace=false": createsNamespace = false
            case "FailOnSharedResource=true": failsOnSharedObjects = true
            case "FailOnSharedResource=false": failsOnSharedObjects = false
            case "Prune=true", "Prune=false":
                findings.report(
                    "\(option.text) is no option of an application", at: option.position,
                    cure: "Write spec.sync.prune: \(option.text.dropFirst(6))")
            default:
                let isForAll = !["Sync=", "CreateOnly="].contains { option.text.hasPrefix($0) }
                if isForAll, objects.read(option.text) { continue }
                let nearest = NearestName.find(option.text, among: Self.options, slips: 1)
                findings.report(
                    "\(option.text) is no sync option of an application", at: option.position,
                    cure: nearest.map { "Did you mean \($0)?" }
                        ?? "The options are \(Self.options.joined(separator: ", "))")
            }
        }
        readNamespaceMetadata(&fields, createsNamespace: createsNamespace, &findings)
    }

    private static let options = [
        "CreateNamespace=true", "FailOnSharedResource=true", "Force=orphan", "Force=true", "ForceConflicts=false",
        "ForceConflicts=true", "PrunePropagationPolicy=background", "PrunePropagationPolicy=foreground",
        "PrunePropagationPolicy=orphan", "Replace=true", "ServerSideApply=false", "Validate=false", "Validate=strict",
        "Validate=warn",
    ]

    private mutating func readNamespaceMetadata(
        _ fields: inout FieldReader, createsNamespace: Bool, _ findings: inout FieldFindings
    ) {
        if createsNamespace { self.createsNamespace = NamespaceTemplate() }
        guard var metadata = fields.fields("managedNamespaceMetadata", &findings) else { return }
        let template = NamespaceTemplate(
            labels: metadata.texts("labels", &findings), annotations: metadata.texts("annotations", &findings))
        metadata.finish(&findings)
        if createsNamespace {
            self.createsNamespace = template
        } else {
            findings.report(
                "spec.sync.managedNamespaceMetadata is for a namespace that is created", at: metadata.position,
                cure: "Add CreateNamespace=true to spec.sync.options")
        }
    }
}

extension FieldReader {
    /// A map of texts.
    fileprivate mutating func texts(_ field: String, _ findings: inout FieldFindings) -> [String: String] {
        guard let value = value(field) else { return [:] }
        guard let entries = value.object?.entries else {
            findings.report("\(name(of: field)) must be a mapping, not \(value.nameOfKind)", at: position(of: field))
            return [:]
        }
        var texts: [String: String] = [:]
        for entry in entries {
            if let text = entry.value.string {
                texts[entry.key] = text
            } else {
                findings.report(
                    "\(name(of: field)).\(entry.key) must be a string, not \(entry.value.nameOfKind)",
                    at: entry.position,
                    cure: entry.value.scalar.map { "Quote it: \(entry.key): \"\($0.text)\"" })
            }
        }
        return texts
    }
}
