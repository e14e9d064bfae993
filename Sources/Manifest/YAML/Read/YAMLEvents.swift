// libyaml's event parser with its memory held safely: one event at a time, alive until the next is asked for.

internal import CYAML

/// The events of one YAML text after another. A text has to outlive the reading of its events.
struct YAMLEvents: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let event: UnsafeMutablePointer<yaml_event_t>
    private var holdsParser = false
    private var holdsEvent = false

    init() {
        parser = .allocate(capacity: 1)
        event = .allocate(capacity: 1)
    }

    deinit {
        if holdsEvent { yaml_event_delete(event) }
        if holdsParser { yaml_parser_delete(parser) }
        event.deallocate()
        parser.deallocate()
    }

    /// Turns to another text. False when memory for a parser cannot be had.
    mutating func begin(_ input: UnsafeBufferPointer<UInt8>) -> Bool {
        if holdsEvent { yaml_event_delete(event) }
        if holdsParser { yaml_parser_delete(parser) }
        holdsEvent = false
        holdsParser = yaml_parser_initialize(parser) == 1
        guard holdsParser else { return false }
        // A byte order mark is the caller's to skip; any other encoding than UTF-8 is refused where its first byte
        // stands.
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, input.count)
        return true
    }

    /// Moves to the next event.
    mutating func advance() throws(YAMLSyntaxError) {
        if holdsEvent {
            yaml_event_delete(event)
            holdsEvent = false
        }
        guard yaml_parser_parse(parser, event) == 1 else { throw YAMLSyntaxError(parser.pointee) }
        holdsEvent = true
    }

    var type: yaml_event_type_t { event.pointee.type }

    /// Line and column of the event's first character, both from 0.
    var start: (line: Int, column: Int) { (event.pointee.start_mark.line, event.pointee.start_mark.column) }

    /// The text of a scalar, valid until the next event.
    var text: UnsafeBufferPointer<UInt8> {
        let value = cyaml_scalar_value(event)
        return UnsafeBufferPointer(start: value.bytes, count: value.length)
    }

    var style: Scalar.Style {
        switch cyaml_scalar_style(event) {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
        case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
        case YAML_LITERAL_SCALAR_STYLE: .literal
        case YAML_FOLDED_SCALAR_STYLE: .folded
        default: .plain
        }
    }

    /// Whether the sequence or mapping that begins here is written in brackets.
    var isFlow: Bool { cyaml_is_flow(event) != 0 }

    /// The explicit tag of a node, nil where there is none.
    var tag: String? { Self.string(cyaml_tag(event)) }

    /// The anchor that a node defines, or that an alias names.
    var anchor: String? { Self.string(cyaml_anchor(event)) }

    private static func string(_ text: cyaml_text) -> String? {
        text.bytes.map { String(decoding: UnsafeBufferPointer(start: $0, count: text.length), as: UTF8.self) }
    }
}

/// A refusal in libyaml's own terms; `YAMLSyntaxError.diagnostic` puts it into a user's.
struct YAMLSyntaxError: Error {
    /// What libyaml says is wrong, and while doing what.
    var problem: String
    var context: String
    /// Line and column from 0 of the problem and of the construct that it ended.
    var place: (line: Int, column: Int)
    var contextPlace: (line: Int, column: Int)
    /// The byte at which the input stops being text, for problems below the syntax; nil for all others.
    var byteOffset: Int?

    init(_ parser: yaml_parser_t) {
        problem = parser.problem.map { String(cString: $0) } ?? "out of memory"
        context = parser.context.map { String(cString: $0) } ?? ""
        place = (parser.problem_mark.line, parser.problem_mark.column)
        contextPlace = (parser.context_mark.line, parser.context_mark.column)
        byteOffset = parser.error == YAML_READER_ERROR ? parser.problem_offset : nil
    }
}
