// The schemas that a cluster is given, held to the decoders: what one knows the other knows.

import FoundationEssentials
import Manifest
import Testing

@testable import Reconciler

@Suite struct DefinitionTests {
    /// An object of a schema: its path, its properties and its schema.
    struct Level: Sendable, CustomTestStringConvertible {
        var kind: String
        var path: [String]
        var properties: [String]

        var testDescription: String { ([kind, "spec"] + path).joined(separator: ".") }
    }

    static let levels: [Level] =
        levels(of: ApplicationDefinition.spec.value, "Application", [])
        + levels(of: ProjectDefinition.spec.value, "Project", [])

    private static func levels(of schema: Value, _ kind: String, _ path: [String]) -> [Level] {
        guard let properties = schema["properties"]?.object else { return [] }
        var found = [Level(kind: kind, path: path, properties: properties.entries.map(\.key).sorted())]
        for entry in properties.entries {
            found += levels(of: entry.value, kind, path + [entry.key])
            if let items = entry.value["items"] { found += levels(of: items, kind, path + [entry.key, "[]"]) }
        }
        return found
    }

    /// What is refused as unknown is told with the fields that there are.
    @Test(arguments: levels)
    func aSchemaHasTheFieldsThatItsDecoderReads(_ level: Level) throws {
        let stray = "qqqqqqqqqqqqqqqqqqqq"
        var value: Value = .object([stray: "x"])
        for part in level.path.reversed() { value = part == "[]" ? .array([value]) : .object([part: value]) }
        let document: Value = [
            "apiVersion": "gitopsctl.dev/v1alpha1", "kind": .string(level.kind), "metadata": ["name": "shop"],
            "spec": value,
        ]
        let error = try #require(throws: DiagnosticsError.self) {
            if level.kind == "Project" {
                _ = try Project(document, source: nil)
            } else {
                _ = try Application(document, source: nil)
            }
        }
        let told = try #require(error.diagnostics.first { $0.message.contains("\(stray) is not a field") }?.cure)
        let fields = told.replacing("The fields are ", with: "").split(separator: ", ").map(String.init)
        // Parts of the API that this version does not do anything with are refused with a reason of their own.
        let refused = Set(["verify", "kustomize"])
        #expect(fields.filter { !refused.contains($0) }.sorted() == level.properties)
    }

    @Test func everyPropertySaysWhatItIs() {
        func check(_ schema: Value, _ path: String) {
            #expect(schema["description"]?.string?.isEmpty == false, "\(path)")
            for entry in schema["properties"]?.object?.entries ?? [] { check(entry.value, "\(path).\(entry.key)") }
            if let items = schema["items"] { check(items, path + "[]") }
        }
        for schema in [ApplicationDefinition.spec, ApplicationDefinition.status, ProjectDefinition.spec] {
            check(schema.value, "")
        }
    }

    /// What the schema fills in is what the decoder takes where nothing is said.
    @Test func defaultsAreTheDecodersOwn() throws {
        func filled(_ schema: Value) -> Value? {
            if let standard = schema["default"] { return standard }
            guard let properties = schema["properties"]?.object else { return nil }
            var object = Object()
            for entry in properties.entries { if let value = filled(entry.value) { object[entry.key] = value } }
            return object.isEmpty ? nil : .object(object)
        }
        func application(_ spec: Value) throws -> Application {
            try Application(
                [
                    "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Application", "metadata": ["name": "shop"],
                    "spec": spec,
                ],
                source: nil)
        }
        var spec = try #require(filled(ApplicationDefinition.spec.value))
        spec["source"]?["repository"] = "https://git.example.com/shop.git"
        #expect(try application(spec) == application(["source": ["repository": "https://git.example.com/shop.git"]]))
    }

    /// A server refuses a definition with a rule that could cost too much, and a rule over a text or a list without end
    /// could.
    @Test func rulesAreOverWhatHasAnEnd() {
        func unbounded(_ schema: Value, _ path: String) -> [String] {
            var found: [String] = []
            if schema["x-kubernetes-validations"] != nil {
                let bound = ["string": "maxLength", "array": "maxItems"][schema["type"]?.string ?? ""]
                if let bound, schema[bound] == nil { found.append(path) }
            }
            for entry in schema["properties"]?.object?.entries ?? [] {
                found += unbounded(entry.value, path + "." + entry.key)
            }
            if let items = schema["items"] { found += unbounded(items, path + "[]") }
            return found
        }
        #expect(
            unbounded(ApplicationDefinition.spec.value, "spec") + unbounded(ProjectDefinition.spec.value, "spec") == [])
    }

    /// What stands in deploy/controller is what `gitopsctl crds` prints.
    @Test func theDeliveredDefinitionsAreCurrent() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let file = "/\(root)/deploy/controller/crds/definitions.yaml"
        let delivered = try #require(FileManager.default.contents(atPath: file))
        #expect(
            String(decoding: delivered, as: UTF8.self)
                == String(decoding: YAML.write(documents: CustomResourceDefinitions.all), as: UTF8.self))
    }
}
