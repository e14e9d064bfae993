// What is wrong with an object before it is stored: names, required fields, and changes of what may not change.

import Manifest

enum ObjectValidation {
    /// The findings for an object that is to be stored.
    /// - Parameter old: what it replaces, nil when it is new.
    static func errors(_ value: Value, old: Value?, _ resource: Resource) -> [FieldError] {
        var errors: [FieldError] = []
        let name = value[path: "metadata", "name"]?.string ?? ""
        if old == nil, let problem = NameRules.problem(name, resource) {
            errors.append(.invalid("metadata.name", quoted(name), problem))
        }
        errors += MetadataRules.errors(value["metadata"] ?? [:])
        errors += ReferenceRules.errors(value["metadata"] ?? [:])
        if let custom = resource.custom {
            return errors + custom.storage.errors(value)
        }
        if resource.groupResource == KubernetesAPIServer.customResourceDefinitions {
            return errors + DefinitionRules.errors(value, old: old)
        }
        errors += RequiredFields.errors(value, resource)
        if let old { errors += ImmutableFields.errors(value, old, resource) }
        return errors
    }
}

/// How the objects of each resource may be named. The rules are those of k8s.io/apimachinery/pkg/util/validation.
enum NameRules {
    static func problem(_ name: String, _ resource: Resource) -> String? {
        switch resource.group {
        case "rbac.authorization.k8s.io":
            return pathSegment(name)
        case "":
            switch resource.kind {
            case "Namespace": return label(name)
            case "Service": return label1035(name)
            default: return subdomain(name)
            }
        default:
            return subdomain(name)
        }
    }

    static func isLabel(_ text: some StringProtocol, startsWithLetter: Bool = false) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last else { return false }
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        let startsWell =
            startsWithLetter
            ? (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) : isAlphanumeric(first)
        return startsWell && isAlphanumeric(last) && bytes.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }

    static func subdomain(_ name: String) -> String? {
        if name.utf8.count > 253 { return "must be no more than 253 characters" }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ isLabel($0) }) else {
            return
                "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
        }
        return nil
    }

    private static func label(_ name: String) -> String? {
        if name.utf8.count > 63 { return "must be no more than 63 characters" }
        guard isLabel(name) else {
            return
                "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
        }
        return nil
    }

    static func label1035(_ name: String) -> String? {
        if name.utf8.count > 63 { return "must be no more than 63 characters" }
        guard isLabel(name, startsWithLetter: true) else {
            return
                "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
        }
        return nil
    }

    private static func pathSegment(_ name: String) -> String? {
        switch name {
        case ".", "..": "may not be '\(name)'"
        case _ where name.contains("/"): "may not contain '/'"
        case _ where name.contains("%"): "may not contain '%'"
        default: nil
        }
    }
}

/// Labels and annotations: their keys and values.
enum MetadataRules {
    static func errors(_ metadata: Value) -> [FieldError] {
        var errors: [FieldError] = []
        for entry in metadata["labels"]?.object?.entries ?? [] {
            if let problem = keyProblem(entry.key) {
                errors.append(.invalid("metadata.labels", quoted(entry.key), problem))
            }
            let text = entry.value.string ?? ""
            if !isLabelValue(text) {
                errors.append(.invalid("metadata.labels", quoted(text), valueRule))
            } else if text.utf8.count > 63 {
                errors.append(.invalid("metadata.labels", quoted(text), "must be no more than 63 characters"))
            }
        }
        var size = 0
        for entry in metadata["annotations"]?.object?.entries ?? [] {
            if let problem = keyProblem(entry.key.lowercased()) {
                errors.append(.invalid("metadata.annotations", quoted(entry.key), problem))
            }
            size += entry.key.utf8.count + (entry.value.string?.utf8.count ?? 0)
        }
        if size > 256 << 10 {
            errors.append(
                FieldError(
                    reason: .tooLong, field: "metadata.annotations", body: "Too long: may not be more than 262144 bytes"
                ))
        }
        return errors
    }

    static let valueRule =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

    private static func isLabelValue(_ text: String) -> Bool { text.isEmpty || isQualified(text) }

    private static func isQualified(_ text: some StringProtocol) -> Bool {
        func isAlphanumeric(_ character: Character) -> Bool {
            character.isASCII && (character.isLetter || character.isNumber)
        }
        guard let first = text.first, let last = text.last else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && text.allSatisfy { isAlphanumeric($0) || "-_.".contains($0) }
    }

    /// What is wrong with a qualified name, `prefix/name` with an optional DNS subdomain before the slash.
    private static func keyProblem(_ key: String) -> String? {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        let rule =
            "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
        let name: Substring
        switch parts.count {
        case 1: name = parts[0]
        case 2:
            if parts[0].isEmpty { return "prefix part must be non-empty" }
            guard parts[0].split(separator: ".", omittingEmptySubsequences: false).allSatisfy({ NameRules.isLabel($0) })
            else {
                return
                    "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
            }
            name = parts[1]
        default:
            return
                "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        }
        if name.isEmpty { return "name part must be non-empty" }
        if name.utf8.count > 63 { return "name part must be no more than 63 characters" }
        return isQualified(name) ? nil : rule
    }
}
