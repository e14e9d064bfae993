// A leaf of the value tree: the text as it was spelt, what that text means, and how it was written.

/// A scalar of a YAML or JSON document.
///
/// The text is kept rather than a decoded number, so that nothing is lost between Git, the renderer and the cluster:
/// `1.50`, `0777` and a 64-bit quantity come out as they went in. Accessors decode on demand.
package struct Scalar: Sendable {
    /// What the text means to a YAML reader.
    package enum Kind: UInt8, Sendable {
        case null, bool, int, float, string
        /// A plain YAML timestamp such as `2001-01-01`; it becomes a string where the tree is printed.
        case timestamp
    }

    /// How the scalar was written; what the writer does with it is the writer's choice.
    package enum Style: UInt8, Sendable {
        case plain, singleQuoted, doubleQuoted, literal, folded
    }

    package var text: String
    package var kind: Kind
    package var style: Style
    /// Not 0 where the scalar is one and the same node at several places of its document, as a writer that fills
    /// several fields from one node leaves it: those places bear the same number, and a renderer that changes one
    /// changes all. It fits into padding.
    package var sharedNode: UInt16 = 0
    package var position: SourcePosition

    package init(_ text: String, kind: Kind, style: Style = .plain, position: SourcePosition = .unknown) {
        self.text = text
        self.kind = kind
        self.style = style
        self.position = position
    }

    package var isNull: Bool { kind == .null }

    /// The truth value, nil for anything that is no boolean.
    package var bool: Bool? {
        guard kind == .bool else { return nil }
        return text.utf8.first == UInt8(ascii: "t") || text.utf8.first == UInt8(ascii: "T")
    }

    /// The integer, in whatever base it is written (`0x1F`, `0o17`, `017`, `1_000`); nil for anything that is no signed
    /// integer of 64 bits.
    package var int: Int? {
        guard kind == .int, let integer = text.withBytes(NumberText.integer) else { return nil }
        guard integer.isNegative else { return Int(exactly: integer.magnitude) }
        return Int(exactly: integer.magnitude).map { -$0 }
            ?? (integer.magnitude == UInt64(Int64.max) + 1 ? Int.min : nil)
    }

    /// The number as a double, nil for anything that is no finite number.
    package var double: Double? {
        switch kind {
        case .int:
            text.withBytes(NumberText.integer).map { $0.isNegative ? -Double($0.magnitude) : Double($0.magnitude) }
        case .float: text.withBytes(NumberText.float)
        default: nil
        }
    }

    /// The text of a string, nil for any other kind.
    package var string: String? { kind == .string ? text : nil }
}

extension Scalar: Hashable {
    /// Data equality: kind and text. Style and position say how a value was written, not what it is.
    package static func == (left: Scalar, right: Scalar) -> Bool {
        left.kind == right.kind && (left.text == right.text || left.kind == .null)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        if kind != .null { hasher.combine(text) }
    }
}
