// Where in a text something stands: a line and a column in four bytes, so that every node can afford one.

/// A line and a column, both from 1. `unknown` for what no text spelt.
///
/// Packed into 32 bits: 21 for the line (2,097,151), 11 for the column (2,047); greater values saturate.
package struct SourcePosition: Sendable, Hashable {
    private var packed: UInt32

    package static let unknown = SourcePosition(packed: 0)

    private init(packed: UInt32) {
        self.packed = packed
    }

    package init(line: Int, column: Int) {
        let line = UInt32(clamping: min(max(line, 0), 0x1F_FFFF))
        let column = UInt32(clamping: min(max(column, 0), 0x7FF))
        packed = line << 11 | column
    }

    package var line: Int { Int(packed >> 11) }
    package var column: Int { Int(packed & 0x7FF) }
    package var isKnown: Bool { packed != 0 }
}

extension SourcePosition: CustomStringConvertible {
    /// `line:column`, as compilers print it.
    package var description: String { isKnown ? "\(line):\(column)" : "?" }
}
