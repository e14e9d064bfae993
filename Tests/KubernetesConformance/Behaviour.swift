// The language that behaviours are written in: text files of requests and what must come back, one exchange after
// another.
//
//     ## a name is taken once
//     POST configmaps {metadata: {name: a}}
//     201 {metadata: {name: a, uid: <uid>}}
//     POST configmaps {metadata: {name: a}}
//     409 {reason: AlreadyExists}
//
// A path without a leading slash lies in the behaviour's own namespace, `apps/v1:deployments/web` in the group and
// version named. Bodies are YAML, usually in flow style, and go over lines that are indented. MERGE, STRATEGIC,
// JSONPATCH and APPLY are the four PATCH types; RAW before a method sends the body as it stands. `@ name: value` adds a
// header to the request, `> name: value` asks for one in the answer; after WATCH, `~ ADDED {…}` asks for the next event
// and `~ end` for the end of the stream. DEFINE makes a CustomResourceDefinition of Thing, `things.x<id>.example.com`,
// and waits until it is served: its body is the one version's fields (`schema` is the OpenAPI schema itself) and, where
// they are not as usual, the spec's `names`, `scope` and `versions`. SETTLE repeats a GET until the answer is like the
// body that follows: for what a real server learns by watching itself. `before 1.25: 422 {…}` states what servers older
// than that answer. A title may end with `(since 1.22)`: older ones are skipped.

import FoundationEssentials
import Manifest

/// One behaviour of the API: a short exchange with a server.
struct Behaviour: Sendable {
    /// A request, and what must come back.
    struct Exchange: Sendable {
        var line: Int
        var method: String
        var path: String
        var body: String
        var isRaw = false
        var headers: [(name: String, value: String)] = []
        var expectations: [Expectation] = []
    }

    /// What must come back from servers older than a version, or from all.
    struct Expectation: Sendable {
        var line: Int
        var olderThan: Int?
        var status: Int
        /// YAML; empty when nothing is asked of the body.
        var body: String
        var headers: [(name: String, value: String)] = []
        var events: [Event] = []
    }

    /// An event that a watch must bring; no type stands for the end of the stream.
    struct Event: Sendable {
        var type: String?
        var body: String
    }

    var chapter: String
    var title: String
    /// The minor version of Kubernetes that has it first.
    var since: Int
    var exchanges: [Exchange]
}

extension Behaviour {
    /// All behaviours, file by file.
    static let all: [Behaviour] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Behaviours").path()
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".txt") }.sorted().flatMap { name in
            let data = FileManager.default.contents(atPath: folder + "/" + name) ?? Data()
            return read(String(decoding: data, as: UTF8.self), chapter: String(name.dropLast(4)))
        }
    }()

    /// Reads a file of behaviours. Whatever is no part of the language ends the process with its place: the files are
    /// the suite's own.
    static func read(_ text: String, chapter: String) -> [Behaviour] {
        var behaviours: [Behaviour] = []
        for (number, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = String(raw)
            if line.isEmpty || line.hasPrefix("# ") { continue }
            if line.hasPrefix("## ") {
                behaviours.append(Behaviour(chapter: chapter, heading: String(line.dropFirst(3))))
            } else if !behaviours.isEmpty, behaviours[behaviours.count - 1].take(line, number + 1) {
                continue
            } else {
                fatalError("\(chapter).txt:\(number + 1): not understood: \(line)")
            }
        }
        return behaviours
    }

    private init(chapter: String, heading: String) {
        self.chapter = chapter
        exchanges = []
        title = heading
        since = 0
        if heading.hasSuffix(")"), let range = heading.firstRange(of: " (since 1.") {
            title = String(heading[..<range.lowerBound])
            since = Int(heading[range.upperBound...].dropLast()) ?? 0
        }
    }

    private static let methods: Set<String> = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "MERGE", "STRATEGIC", "JSONPATCH", "APPLY", "WATCH", "OPTIONS",
        "DEFINE", "SETTLE",
    ]

    /// Takes one more line; false when it means nothing here.
    private mutating func take(_ line: String, _ number: Int) -> Bool {
        if line.hasPrefix("  ") { return extend(with: line) }
        guard let space = line.firstIndex(of: " ") else { return takeExpectation(line, number) }
        let word = String(line[..<space])
        let rest = String(line[line.index(after: space)...])
        switch word {
        case "RAW":
            guard take(rest, number) else { return false }
            exchanges[exchanges.count - 1].isRaw = true
            return true
        case "@":
            guard let header = Self.header(rest), !exchanges.isEmpty else { return false }
            exchanges[exchanges.count - 1].headers.append(header)
            return true
        case ">":
            guard let header = Self.header(rest) else { return false }
            return changeLast { $0.headers.append(header) }
        case "~":
            let parts = rest.split(separator: " ", maxSplits: 1)
            let event = Event(
                type: parts[0] == "end" ? nil : String(parts[0]), body: parts.count > 1 ? String(parts[1]) : "")
            return changeLast { $0.events.append(event) }
        case _ where Self.methods.contains(word):
            let isDefinition = word == "DEFINE"
            let parts = isDefinition ? [Definition.path[...], rest[...]] : rest.split(separator: " ", maxSplits: 1)
            exchanges.append(
                Exchange(
                    line: number, method: word, path: String(parts[0]), body: parts.count > 1 ? String(parts[1]) : ""))
            return true
        default:
            return takeExpectation(line, number)
        }
    }

    private mutating func takeExpectation(_ line: String, _ number: Int) -> Bool {
        var rest = line[...]
        var olderThan: Int?
        if rest.hasPrefix("before 1."), let colon = rest.firstIndex(of: ":") {
            olderThan = Int(rest[rest.index(rest.startIndex, offsetBy: 9)..<colon])
            rest = rest[rest.index(after: colon)...].drop { $0 == " " }
        }
        let parts = rest.split(separator: " ", maxSplits: 1)
        guard let status = parts.first.flatMap({ Int($0) }), !exchanges.isEmpty else { return false }
        exchanges[exchanges.count - 1].expectations.append(
            Expectation(
                line: number, olderThan: olderThan, status: status, body: parts.count > 1 ? String(parts[1]) : ""))
        return true
    }

    /// An indented line goes on with the body before it.
    private mutating func extend(with line: String) -> Bool {
        guard let last = exchanges.indices.last else { return false }
        guard !exchanges[last].expectations.isEmpty else {
            exchanges[last].body += "\n" + line
            return true
        }
        return changeLast { expectation in
            if expectation.events.isEmpty {
                expectation.body += "\n" + line
            } else {
                expectation.events[expectation.events.count - 1].body += "\n" + line
            }
        }
    }

    private mutating func changeLast(_ change: (inout Expectation) -> Void) -> Bool {
        guard let exchange = exchanges.indices.last, let last = exchanges[exchange].expectations.indices.last else {
            return false
        }
        change(&exchanges[exchange].expectations[last])
        return true
    }

    private static func header(_ text: String) -> (name: String, value: String)? {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        return (String(text[..<colon]), String(text[text.index(after: colon)...].drop { $0 == " " }))
    }
}
