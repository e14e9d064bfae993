// The few words in which the schemas of our own kinds are written: structural OpenAPI v3, as a CustomResourceDefinition
// wants it.

import Manifest

/// A property of a structural schema, with what people read of it.
struct SchemaProperty: Sendable {
    private(set) var value: Value

    private init(_ type: String, _ description: String) {
        value = ["type": .string(type), "description": .string(description)]
    }

    static func string(_ description: String) -> SchemaProperty { SchemaProperty("string", description) }
    static func bool(_ description: String) -> SchemaProperty { SchemaProperty("boolean", description) }

    static func count(_ description: String) -> SchemaProperty {
        SchemaProperty("integer", description).with("minimum", 0)
    }

    static func number(in range: ClosedRange<Int>, _ description: String) -> SchemaProperty {
        SchemaProperty("integer", description).with("minimum", .int(range.lowerBound))
            .with("maximum", .int(range.upperBound))
    }

    static func duration(_ description: String) -> SchemaProperty {
        string(description).with("pattern", "^([0-9]+(ms|s|m|h))+$")
    }

    static func moment(_ description: String) -> SchemaProperty { string(description).with("format", "date-time") }

    static func list(of item: SchemaProperty, _ description: String) -> SchemaProperty {
        SchemaProperty("array", description).with("items", item.value)
    }

    /// - Parameter required: names of properties that have to be there.
    static func object(
        _ description: String, required: [String] = [], _ properties: [(String, SchemaProperty)]
    ) -> SchemaProperty {
        var entries = Object()
        for (name, property) in properties { entries[name] = property.value }
        let schema = SchemaProperty("object", description).with("properties", .object(entries))
        return required.isEmpty ? schema : schema.with("required", .array(required.map(Value.string)))
    }

    /// An object whose fields are somebody else's.
    static func anything(_ description: String) -> SchemaProperty {
        SchemaProperty("object", description).with("x-kubernetes-preserve-unknown-fields", true)
    }

    /// An object of names and texts.
    static func texts(_ description: String) -> SchemaProperty {
        SchemaProperty("object", description).with("additionalProperties", ["type": "string"])
    }

    func with(_ key: String, _ value: Value) -> SchemaProperty {
        var property = self
        property.value[key] = value
        return property
    }

    /// The name of an object, as Kubernetes takes it.
    static func objectName(_ description: String) -> SchemaProperty {
        string(description).nonEmpty().with("maxLength", 253).with("pattern", .string(KubernetesName.subdomainPattern))
    }

    func standard(_ value: Value) -> SchemaProperty { with("default", value) }
    func nonEmpty() -> SchemaProperty { with("minLength", 1) }
    func atMost(_ length: Int) -> SchemaProperty { with("maxLength", .int(length)) }
    func oneOf(_ values: String...) -> SchemaProperty { with("enum", .array(values.map(Value.string))) }
    func keyed(by keys: String...) -> SchemaProperty {
        with("x-kubernetes-list-type", "map").with("x-kubernetes-list-map-keys", .array(keys.map(Value.string)))
    }

    /// A rule in CEL, with what to do where it is broken. A server estimates what it may cost before it takes the
    /// definition, so a rule over a text needs the text's greatest length.
    func rule(_ expression: String, _ message: String) -> SchemaProperty {
        let rules = value["x-kubernetes-validations"]?.array ?? []
        return with(
            "x-kubernetes-validations",
            .array(rules + [["rule": .string(expression), "message": .string(message)]]))
    }
}
