// Findings as SARIF 2.1.0 (OASIS Static Analysis Results Interchange Format), which code hosts show beside the lines.

package import Manifest

package enum SARIFReport {
    /// - Parameter version: of gitopsctl.
    package static func value(_ result: ValidationResult, version: String) -> Value {
        var indexes: [String: Int] = [:]
        var rules: [Value] = []
        for finding in result.findings where indexes[finding.rule] == nil {
            indexes[finding.rule] = rules.count
            rules.append(rule(finding))
        }
        return [
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
            "runs": [
                [
                    "tool": ["driver": ["name": "gitopsctl", "version": .string(version), "rules": .array(rules)]],
                    "columnKind": "utf16CodeUnits",
                    "results": .array(result.findings.map { value($0, rule: indexes[$0.rule] ?? 0) }),
                ]
            ],
        ]
    }

    private static func rule(_ finding: Finding) -> Value {
        let known = Rule.all.first { $0.id == finding.rule }
        var rule: Object = [
            "id": .string(finding.rule),
            "shortDescription": ["text": .string(known?.summary ?? finding.rule)],
            "defaultConfiguration": ["level": .string((known?.severity ?? finding.severity).rawValue)],
        ]
        if let known {
            rule["help"] = ["text": .string("\(known.cure) (docs/rules.md#\(known.id))")]
        }
        return .object(rule)
    }

    private static func value(_ finding: Finding, rule: Int) -> Value {
        let text = finding.message + (finding.cure.map { ". " + $0 } ?? "")
        var result: Object = [
            "ruleId": .string(finding.rule), "ruleIndex": .int(rule), "level": .string(finding.severity.rawValue),
            "message": ["text": .string(text)],
        ]
        if let location = finding.location {
            var physical: Object = ["artifactLocation": ["uri": .string(uri(location.file))]]
            if location.position.isKnown {
                physical["region"] = [
                    "startLine": .int(location.position.line), "startColumn": .int(location.position.column),
                ]
            }
            var place: Object = ["physicalLocation": .object(physical)]
            if let object = finding.object {
                place["logicalLocations"] = [["fullyQualifiedName": .string(object.description), "kind": "resource"]]
            }
            result["locations"] = [.object(place)]
        }
        // The same finding in a later run is the same whatever line it has moved to.
        let identity =
            "\(finding.rule)\n\(finding.location?.file ?? "")\n\(finding.object?.description ?? "")\n\(finding.field)"
        result["partialFingerprints"] = ["gitopsctl/v1": .string(SHA256.hex(Array(identity.utf8)))]
        return .object(result)
    }

    /// A path as a reference relative to the root of the run (RFC 3986).
    private static func uri(_ path: String) -> String {
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/".utf8)
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in path.utf8 {
            if plain.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
