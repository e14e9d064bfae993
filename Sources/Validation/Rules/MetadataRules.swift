// Names and labels, held to the forms that the API server takes.

import Manifest

extension Rule {
    static let invalidName: Rule = .init(
        "invalid-name", .error, "A name that the API server refuses",
        cure: "use lowercase letters, digits, `-` and `.`, beginning and ending with a letter or digit"
    ) { inventory, report in
        for subject in inventory.subjects {
            guard let field = subject.root[path: "metadata", "name"], let name = field.string else { continue }
            // RBAC takes any segment of a path.
            if subject.kind.group == "rbac.authorization.k8s.io" || NameForm.isTemplate(name) { continue }
            let isLabel = NameForm.labels.contains(subject.kind.groupKind)
            guard !(isLabel ? NameForm.isLabel(name) : NameForm.isSubdomain(name)) else { continue }
            let limit = isLabel ? 63 : 253
            report.add(
                .invalidName,
                name.utf8.count > limit
                    ? "the name has \(name.utf8.count) characters, and \(limit) is the most"
                    : "`\(name)` cannot be a name",
                at: field, of: subject)
        }
    }

    static let invalidLabel: Rule = .init(
        "invalid-label", .error, "A label or annotation key, or a label's value, that the API server refuses",
        cure: "a value has at most 63 letters, digits, `-`, `_` and `.`, and begins and ends with a letter or digit"
    ) { inventory, report in
        for subject in inventory.subjects {
            let holders = [subject.root["metadata"], subject.pod?.template["metadata"]].compactMap(\.self)
            for (index, metadata) in holders.enumerated() where index == 0 || subject.kind.kind != "Pod" {
                for (key, field) in metadata["labels"]?.members ?? [] {
                    if !NameForm.isQualified(key) {
                        report.add(.invalidLabel, "`\(key)` cannot be the key of a label", at: field, of: subject)
                    } else if let value = field.string, !value.isEmpty, !NameForm.isTemplate(value),
                        !NameForm.isLabelValue(value)
                    {
                        report.add(.invalidLabel, "the label \(key) cannot be `\(value)`", at: field, of: subject)
                    }
                }
                for (key, field) in metadata["annotations"]?.members ?? [] where !NameForm.isQualified(key) {
                    report.add(.invalidLabel, "`\(key)` cannot be the key of an annotation", at: field, of: subject)
                }
            }
        }
    }
}

/// The forms of names (k8s.io/apimachinery/pkg/util/validation).
enum NameForm {
    /// Kinds whose names become labels of DNS.
    static let labels: Set<GroupKind> = [
        GroupKind(group: "", kind: "Namespace"), GroupKind(group: "", kind: "Service"),
    ]

    /// Whether something that comes later, such as Flux's substitution, fills it in.
    static func isTemplate(_ text: String) -> Bool { text.contains("${") }

    static func isSubdomain(_ name: String) -> Bool {
        name.utf8.count <= 253
            && name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { isDNS($0.utf8) }
    }

    static func isLabel(_ name: String) -> Bool { name.utf8.count <= 63 && isDNS(name.utf8) }

    static func isLabelValue(_ value: String) -> Bool {
        value.utf8.count <= 63 && isFramed(value.utf8) { isAlphanumeric($0) || "-_.".utf8.contains($0) }
    }

    /// `name`, or `prefix.example.com/name`.
    static func isQualified(_ key: String) -> Bool {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        guard let name = parts.last, parts.count <= 2, isLabelValue(String(name)) else { return false }
        return parts.count == 1 || isSubdomain(String(parts[0]).lowercased())
    }

    private static func isDNS(_ text: some Collection<UInt8>) -> Bool {
        isFramed(text) { isLowercase($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isFramed(_ text: some Collection<UInt8>, _ isInner: (UInt8) -> Bool) -> Bool {
        guard let first = text.first, isAlphanumeric(first), text.allSatisfy(isInner) else { return false }
        var last = first
        for byte in text { last = byte }
        return isAlphanumeric(last)
    }

    private static func isLowercase(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLowercase(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }
}
