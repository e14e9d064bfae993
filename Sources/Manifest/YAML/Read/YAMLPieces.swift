// How kustomize cuts a file into documents before any of them is parsed: at lines that begin with `---`.

internal import CYAML

extension YAML {
    /// The pieces between the `---` lines of a file, each with the line on which it begins: what kustomize parses one
    /// by one.
    ///
    /// - Throws: A diagnostic for each separator line that says more than `---`.
    package static func pieces(
        of bytes: [UInt8], file: String
    ) throws(DiagnosticsError) -> [(text: [UInt8], firstLine: Int)] {
        var found: [(text: [UInt8], firstLine: Int)] = []
        var errors: [Diagnostic] = []
        bytes.withUnsafeBufferPointer { bytes in
            var pieces = YAMLPieces(bytes)
            while let piece = pieces.next() {
                found.append((Array(piece.text), piece.lineOffset + 1))
                guard piece.followsBadSeparator else { continue }
                let place = SourceLocation(file: file, position: SourcePosition(line: piece.lineOffset, column: 1))
                errors.append(YAMLPieces.badSeparator(at: place))
            }
        }
        if !errors.isEmpty { throw DiagnosticsError(errors) }
        return found
    }
}

/// The pieces of a text between separator lines.
///
/// A separator is a line that begins with `---`, other than the first of the text, and that another line follows; its
/// rest has to be blank or a comment. What separates is decided by column alone, so a `---` at the start of a line of a
/// block scalar cuts it too. (kyaml, `kio.ByteReader`.)
struct YAMLPieces {
    struct Piece {
        /// The text from behind one separator line up to the next.
        var text: UnsafeBufferPointer<UInt8>
        /// The number of lines before it.
        var lineOffset: Int
        /// Whether the line in front of the piece begins like a separator and says more.
        var followsBadSeparator: Bool
    }

    private let text: UnsafeBufferPointer<UInt8>
    private var start = 0
    private var line = 0
    private var followsBadSeparator = false
    private var isAtEnd = false

    init(_ text: UnsafeBufferPointer<UInt8>) {
        self.text = text
    }

    mutating func next() -> Piece? {
        if isAtEnd { return nil }
        let piece = Piece(text: text, lineOffset: line, followsBadSeparator: followsBadSeparator)
        followsBadSeparator = false
        var index = start
        while let lineEnd = endOfLine(from: index) {
            line += 1
            index = lineEnd + 1
            guard startsSeparator(at: index), let separatorEnd = endOfLine(from: index) else { continue }
            let rest = text[(index + 3)..<separatorEnd]
            followsBadSeparator = !Self.isBlankOrComment(rest)
            defer {
                start = separatorEnd + 1
                line += 1
            }
            return Piece(
                text: cut(start..<index), lineOffset: piece.lineOffset, followsBadSeparator: piece.followsBadSeparator)
        }
        isAtEnd = true
        return Piece(
            text: cut(start..<text.count), lineOffset: piece.lineOffset, followsBadSeparator: piece.followsBadSeparator)
    }

    private func cut(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: text[range])
    }

    private func endOfLine(from index: Int) -> Int? {
        guard index < text.count, let base = text.baseAddress else { return nil }
        let found = memchr(base + index, Int32(UInt8(ascii: "\n")), text.count - index)
        return found.map { UnsafeRawPointer($0) - UnsafeRawPointer(base) }
    }

    private func startsSeparator(at index: Int) -> Bool {
        index + 3 <= text.count && text[index..<(index + 3)].allSatisfy { $0 == UInt8(ascii: "-") }
    }

    private static func isBlankOrComment(_ rest: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        let blanks: [UInt8] = [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r")]
        let first = rest.first { !blanks.contains($0) }
        return first == nil || first == UInt8(ascii: "#")
    }

    /// The line is not quoted: it may stand in a block of text, and that in a Secret.
    static func badSeparator(at location: SourceLocation) -> Diagnostic {
        .error(
            "the line begins with --- and says more, so it neither separates documents nor belongs to one",
            at: location,
            cure: "Leave only --- on the line, or indent the line if it belongs to a block of text")
    }
}
