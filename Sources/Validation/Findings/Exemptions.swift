// Rules that are switched off, each with the reason: for an object by an annotation, for a tree by its file or a flag.

package import Manifest

/// A rule that does not hold somewhere, and why.
package struct Exemption: Sendable, Hashable {
    package var rule: String
    package var reason: String
    /// Patterns of paths, relative to the tree; empty for all of it.
    package var files: [String] = []
    /// Patterns of objects, `Deployment/web`; empty for all.
    package var objects: [String] = []

    package init(rule: String, reason: String, files: [String] = [], objects: [String] = []) {
        self.rule = rule
        self.reason = reason
        self.files = files
        self.objects = objects
    }

    /// Reads `rule=reason`.
    package init(parsing text: some StringProtocol) throws(ExemptionError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let rule = parts[0].trimmed
        let reason = parts.count > 1 ? parts[1].trimmed : ""
        guard Rule.isKnown(rule) else {
            throw ExemptionError(
                message: "no rule is called `\(rule)`",
                cure: NearestName.find(rule, among: Rule.names).map { "did you mean `\($0)`?" })
        }
        guard !reason.isEmpty else {
            throw ExemptionError(message: "`\(rule)` is switched off without a reason", cure: nil)
        }
        self.init(rule: rule, reason: reason)
    }

    fileprivate func covers(_ finding: Finding) -> Bool {
        guard finding.rule == rule else { return false }
        if !files.isEmpty {
            guard let file = finding.location?.file, files.contains(where: { PathPattern.matches($0, file) }) else {
                return false
            }
        }
        if !objects.isEmpty {
            guard let object = finding.object,
                objects.contains(where: { PathPattern.matches($0, "\(object.kind)/\(object.name)") })
            else { return false }
        }
        return true
    }
}

/// Why an exemption is none.
package struct ExemptionError: Error, Sendable, Hashable {
    package var message: String
    package var cure: String?
}

/// What is switched off in a tree.
package struct Exemptions: Sendable {
    /// The annotation by which an object switches rules off: `rule=reason; rule=reason`.
    package static let annotation = "gitopsctl.dev/ignore-rules"
    /// The file at the root of a tree that switches rules off in it.
    package static let fileName = ".gitopsctl-validate.yaml"

    package private(set) var list: [Exemption]

    package init(_ list: [Exemption] = []) {
        self.list = list
    }

    package mutating func add(_ exemptions: [Exemption]) { list += exemptions }

    /// Findings that stand, and how many do not.
    package func sifted(_ findings: [Finding]) -> (standing: [Finding], ignored: Int) {
        let standing = findings.filter { finding in !list.contains { $0.covers(finding) } }
        return (standing, findings.count - standing.count)
    }

    /// Reads the tree's file: a list `ignore` of `rule`, `reason`, and, where it is not for the whole tree, `files` and
    /// `objects`.
    ///
    /// - Parameter folder: the tree as findings name it, a prefix of their files; empty for the working folder.
    package static func decode(_ value: Value, file: String, folder: String) -> (
        exemptions: Exemptions, findings: [Finding]
    ) {
        var exemptions = Exemptions()
        var findings: [Finding] = []
        func refuse(_ message: String, _ cure: String?, at field: Field) {
            let location = SourceLocation(file: file, position: field.place)
            findings.append(
                Finding(
                    rule: Rule.ignoredRule.id, severity: Rule.ignoredRule.severity, message: message,
                    location: location,
                    cure: cure ?? Rule.ignoredRule.cure))
        }
        let root = Field(value)
        for (key, field) in root.members where key != "ignore" {
            refuse("the file has no field `\(key)`", "write a list under `ignore`", at: field)
        }
        for entry in root["ignore"]?.items ?? [] {
            do throws(ExemptionError) {
                var exemption = try Exemption(
                    parsing: "\(entry["rule"]?.string ?? "")=\(entry["reason"]?.string ?? "")")
                let prefix = folder.isEmpty ? "" : folder + "/"
                exemption.files = (entry["files"]?.items ?? []).compactMap(\.string).map { prefix + $0 }
                exemption.objects = (entry["objects"]?.items ?? []).compactMap(\.string)
                exemptions.list.append(exemption)
            } catch {
                refuse(error.message, error.cure, at: entry["rule"] ?? entry)
            }
        }
        return (exemptions, findings)
    }
}

extension Report {
    /// Takes out what the objects themselves switch off, and tells of switches that are none.
    func heedingAnnotations(_ inventory: Inventory) -> (findings: [Finding], ignored: Int) {
        var report = self
        var off: [ObjectReference: Set<String>] = [:]
        for subject in inventory.subjects {
            guard let field = subject.root[path: "metadata", "annotations"]?[Exemptions.annotation],
                let text = field.string
            else { continue }
            for part in text.split(separator: ";") where !part.allSatisfy(\.isWhitespace) {
                do throws(ExemptionError) {
                    off[subject.reference, default: []].insert(try Exemption(parsing: part).rule)
                } catch {
                    report.add(.ignoredRule, error.message, at: field, of: subject, cure: error.cure)
                }
            }
        }
        let standing = report.findings.filter { finding in
            !(finding.object.flatMap { off[$0]?.contains(finding.rule) } ?? false)
        }
        return (standing, report.findings.count - standing.count)
    }
}

/// Patterns as shells have them: `*` stops at a slash, `**` does not.
enum PathPattern {
    static func matches(_ pattern: String, _ path: String) -> Bool {
        matches(Array(pattern.utf8)[...], Array(path.utf8)[...])
    }

    private static func matches(_ pattern: ArraySlice<UInt8>, _ path: ArraySlice<UInt8>) -> Bool {
        guard let first = pattern.first else { return path.isEmpty }
        guard first == UInt8(ascii: "*") else {
            return path.first == first && matches(pattern.dropFirst(), path.dropFirst())
        }
        let isDeep = pattern.dropFirst().first == first
        let rest = pattern.drop { $0 == first }
        var tail = path
        while true {
            if matches(rest, tail) { return true }
            guard let next = tail.first, isDeep || next != UInt8(ascii: "/") else { return false }
            tail = tail.dropFirst()
        }
    }
}

extension StringProtocol {
    fileprivate var trimmed: String {
        guard let start = firstIndex(where: { !$0.isWhitespace }), let end = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[start...end])
    }
}
