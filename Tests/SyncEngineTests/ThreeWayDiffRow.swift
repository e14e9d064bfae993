// The language that the rows of the three-way table are written in: what was applied, what happened since, what is
// desired, and what a sync would change.
//
//     ## changed in the cluster
//     kind: apps/v1 Deployment
//     applied: spec: {replicas: 1}
//     by kubectl-scale: spec: {replicas: 5}
//     desired: spec: {replicas: 1}
//     = spec.replicas: 5 → 1 (kubectl-scale)
//
// Objects are YAML without apiVersion, kind and name; they may go on over indented lines. The kind's version can be
// left out where there is one only; without `kind` it is a Deployment. What happened comes in its order:
//
//     applied: OBJECT             gitopsctl applied it. `applied without digest` leaves the digest annotation out
//     server: PATCH               defaulting, admission or a controller changed it, and owns nothing of it
//     by NAME: PATCH              a manager updated it; `through status` by a subresource, `in VERSION` by an older API version
//     by NAME applying: OBJECT    a manager applied it, by force
//     read in VERSION: PATCH      the object is read in another API version than it was applied in
//
// Patches are merge patches (RFC 7386). `ignoring: RULES` leaves fields to others, `beside: OBJECT` is another desired
// object, and `definition: known` says that the CustomResourceDefinition of a Widget is in Git, too, and `refused: by
// the server` that no server would take what is desired. An expected line `= path: live → desired (cause)` is a change,
// with `?` a doubt, which one dry run settles; `= own` takes over fields only, `= nothing` is an empty plan.

import FoundationEssentials
import Manifest
import Testing

@testable import SyncEngine

/// A row of the table.
struct ThreeWayDiffRow: Sendable, CustomTestStringConvertible {
    enum Event: Sendable {
        case applied(Value, withDigest: Bool)
        case server(Value)
        case updated(Value, by: String, apiVersion: String?, subresource: String)
        case appliedByOther(Value, by: String)
        case read(Value, apiVersion: String)
    }

    /// A line that says nothing, and where it stands.
    struct Problem: Error, CustomStringConvertible {
        var description: String
    }

    var chapter: String
    var title: String
    var line: Int
    var gvk = GroupVersionKind(group: "apps", version: "v1", kind: "Deployment")
    var events: [Event] = []
    var desired: Value?
    var ignored: [IgnoredDifferences.Rule] = []
    var beside: [Value] = []
    var isDefinitionKnown = false
    var isRefused = false
    var expected: [String] = []

    var testDescription: String { "\(chapter): \(title)" }
}

extension ThreeWayDiffRow {
    /// The rows of all files, and every line that is no part of the language.
    static let table: (rows: [ThreeWayDiffRow], problems: [Problem]) = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "ThreeWayDiffRows").path()
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        var rows: [ThreeWayDiffRow] = []
        var problems = names.isEmpty ? [Problem(description: "\(folder) has no files")] : []
        for name in names {
            let text = String(
                decoding: FileManager.default.contents(atPath: folder + "/" + name) ?? Data(), as: UTF8.self)
            let (found, wrong) = read(text, chapter: name.hasSuffix(".txt") ? String(name.dropLast(4)) : name)
            rows += found
            problems += wrong
        }
        for (title, same) in Dictionary(grouping: rows, by: \.testDescription) where same.count > 1 {
            problems.append(Problem(description: "\(title) is there \(same.count) times"))
        }
        return (rows, problems)
    }()

    /// Reads a file of rows.
    static func read(_ text: String, chapter: String) -> (rows: [ThreeWayDiffRow], problems: [Problem]) {
        var rows: [ThreeWayDiffRow] = []
        var problems: [Problem] = []
        for (number, line) in statements(of: text) {
            do {
                if line.hasPrefix("## ") {
                    rows.append(ThreeWayDiffRow(chapter: chapter, title: String(line.dropFirst(3)), line: number))
                } else if rows.isEmpty {
                    throw Problem(description: "a row begins with its title")
                } else {
                    try rows[rows.count - 1].take(line)
                }
            } catch {
                problems.append(Problem(description: "\(chapter):\(number): \(error): \(line)"))
            }
        }
        if rows.isEmpty { problems.append(Problem(description: "\(chapter): no rows")) }
        for row in rows where row.desired == nil || row.expected.isEmpty {
            problems.append(Problem(description: "\(chapter):\(row.line): \(row.title) desires or expects nothing"))
        }
        return (rows, problems)
    }

    /// The lines that say something, each with the indented ones that go on with it.
    private static func statements(of text: String) -> [(number: Int, text: String)] {
        var statements: [(number: Int, text: String)] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.allSatisfy(\.isWhitespace) || line.hasPrefix("# ") { continue }
            if line.hasPrefix("  "), !statements.isEmpty {
                statements[statements.count - 1].text += "\n" + line
            } else {
                statements.append((index + 1, String(line)))
            }
        }
        return statements
    }

    private mutating func take(_ line: String) throws {
        if line.hasPrefix("= ") || line.hasPrefix("? ") {
            let text = line.hasPrefix("= ") ? String(line.dropFirst(2)) : line
            guard !expected.contains("nothing"), text != "nothing" || expected.isEmpty else {
                throw Problem(description: "nothing and something are expected")
            }
            expected.append(text)
            return
        }
        guard expected.isEmpty, let colon = line.firstIndex(of: ":") else {
            throw Problem(description: "not understood")
        }
        let words = line[..<colon].split(separator: " ").map(String.init)
        let text = String(line[line.index(after: colon)...].drop { $0 == " " })
        switch (words.first, Array(words.dropFirst())) {
        case ("kind", []): gvk = try Self.kind(text)
        case ("applied", []): events.append(.applied(try Self.yaml(text), withDigest: true))
        case ("applied", ["without", "digest"]): events.append(.applied(try Self.yaml(text), withDigest: false))
        case ("server", []): events.append(.server(try Self.yaml(text)))
        case ("by", let rest) where !rest.isEmpty:
            events.append(try Self.write(rest[0], rest.dropFirst(), try Self.yaml(text)))
        case ("read", let rest) where rest.count == 2 && rest[0] == "in":
            events.append(.read(try Self.yaml(text), apiVersion: rest[1]))
        case ("desired", []) where desired == nil: desired = try Self.yaml(text)
        case ("ignoring", []): ignored += try (try Self.yaml(text).array ?? []).map(Self.rule)
        case ("beside", []): beside.append(try Self.yaml(text))
        case ("definition", []) where text == "known": isDefinitionKnown = true
        case ("refused", []) where text == "by the server": isRefused = true
        default: throw Problem(description: "not understood")
        }
    }

    private static func write(_ manager: String, _ words: ArraySlice<String>, _ value: Value) throws -> Event {
        switch Array(words) {
        case ["applying"]: return .appliedByOther(value, by: manager)
        case []: return .updated(value, by: manager, apiVersion: nil, subresource: "")
        case let words where words.count == 2 && words[0] == "through":
            return .updated(value, by: manager, apiVersion: nil, subresource: words[1])
        case let words where words.count == 2 && words[0] == "in":
            return .updated(value, by: manager, apiVersion: words[1], subresource: "")
        default: throw Problem(description: "not understood")
        }
    }

    private static func kind(_ text: String) throws -> GroupVersionKind {
        let words = text.split(separator: " ").map(String.init)
        if words.count == 2 { return GroupVersionKind(apiVersion: words[0], kind: words[1]) }
        let known = Schema.kubernetes.allKinds.filter { $0.kind == text }
        guard known.count == 1 else { throw Problem(description: "a kind of \(known.count) versions") }
        return known[0]
    }

    private static func yaml(_ text: String) throws -> Value {
        let documents = try YAML.read(Array(text.utf8), file: "row.yaml")
        guard documents.count == 1 else { throw Problem(description: "no single value") }
        return documents[0]
    }

    private static func rule(_ value: Value) throws -> IgnoredDifferences.Rule {
        var rule = IgnoredDifferences.Rule()
        for entry in value.object?.entries ?? [] {
            let texts = (entry.value.array ?? []).compactMap(\.string)
            switch entry.key {
            case "kind": rule.kind = entry.value.string
            case "pointers": rule.fields += try texts.map { try FieldSelector(pointer: $0) }
            case "paths": rule.fields += try texts.map { try FieldSelector(expression: $0) }
            case "managers": rule.managers += texts
            default: throw Problem(description: "no part of a rule: \(entry.key)")
            }
        }
        return rule
    }
}
