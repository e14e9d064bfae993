// The fixture language of this room: manifests in which every line that a rule speaks of says so in a comment, `# !
// rule-id`, several ids with blanks between them. A case is right when exactly the marked findings come out of the
// rules that it is about, each at its line.

import Manifest
import Testing

@testable import Validation

/// Testing has a SourceLocation, too.
typealias FilePlace = Manifest.SourceLocation

struct RuleCase: Sendable, CustomTestStringConvertible {
    var name: String
    /// The rules that it is about; findings of others do not count.
    var rules: [String]
    var text: String
    /// Manifests of another build in the same cluster.
    var neighbours = ""
    var definitions: [String] = []
    var target = KubernetesVersion.newest
    var scope = Environment.Scope.whole

    /// - Parameter rules: their ids, with blanks between them.
    init(
        _ name: String, _ rules: String, target: KubernetesVersion = .newest, scope: Environment.Scope = .whole,
        neighbours: String = "", definitions: [String] = [], _ text: String
    ) {
        self.name = name
        self.rules = rules.split(separator: " ").map(String.init)
        self.target = target
        self.scope = scope
        self.neighbours = neighbours
        self.definitions = definitions
        self.text = text
    }

    var testDescription: String { name }

    /// `line rule`, once each.
    var marks: [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().flatMap { index, line -> [String] in
            guard let mark = line.range(of: "# ! ") else { return [] }
            return line[mark.upperBound...].split(separator: " ").map { "\(index + 1) \($0)" }
        }.sorted()
    }

    func findings() throws -> [Finding] {
        var catalogue = SchemaCatalogue()
        for definition in definitions { for value in try Manifests.values(definition) { catalogue.define(value) } }
        var environment = try Manifests.environment(text, scope: scope)
        environment.neighbours = try Manifests.objects(neighbours)
        let found = Validator(catalogue: catalogue, target: target).validate(environment).findings
        return Finding.gathered(found).filter { rules.contains($0.rule) }
    }

    func expectMarks(source: Testing.SourceLocation = #_sourceLocation) throws {
        let found = try findings()
        let told = Set(found.map { "\($0.location?.position.line ?? 0) \($0.rule)" }).sorted()
        let words = found.map(\.diagnostic.description).joined(separator: "\n")
        #expect(told == marks, "\(words)", sourceLocation: source)
    }
}

extension StringProtocol {
    fileprivate func range(of other: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(other) { return start..<index(start, offsetBy: other.count) }
            start = index(after: start)
        }
        return nil
    }
}

enum Manifests {
    static func values(_ text: String) throws -> [Value] {
        try YAML.read(Array(text.utf8), file: "case.yaml", options: .resources)
    }

    static func objects(_ text: String) throws -> [KubernetesObject] {
        try values(text).map { value in
            let position = value.object?.position(of: "kind") ?? .unknown
            return KubernetesObject(value, origin: FilePlace(file: "case.yaml", position: position))
        }
    }

    static func environment(_ text: String, named name: String = "case", scope: Environment.Scope = .whole) throws
        -> Environment
    {
        Environment(
            name: name, objects: try objects(text), namespace: "shop", scope: scope,
            locate: { $0.isKnown ? FilePlace(file: "case.yaml", position: $0) : nil })
    }

    /// A Deployment with one container; `pod` and `container` are further fields of them, in braces' inner form.
    static func deployment(_ name: String, labels: String? = nil, pod: String = "", container: String = "") -> String {
        let labels = labels ?? "app: \(name)"
        return """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: \(name)}
            spec:
              selector: {matchLabels: {\(labels)}}
              template:
                metadata: {labels: {\(labels)}}
                spec:
                  \(pod.isEmpty ? "enableServiceLinks: false" : pod)
                  containers:
                  - name: main
                    image: example.com/\(name):1.0
                    \(container.isEmpty ? "tty: false" : container)
            """
    }
}
