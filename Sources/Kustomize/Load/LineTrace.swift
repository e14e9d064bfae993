// Which file each value of a build was written in. A position has a line and a column and no file, so while a build is
// traced every text that it reads gets lines of its own, far behind those of any file: a line then says the file,
// whatever patches the value went through.

package import Manifest

/// Where the lines of a traced build stand in files.
package struct SourceLines: Sendable {
    fileprivate struct Stretch: Sendable {
        /// The first line of the stretch, among those of the build.
        var start: Int
        var count: Int
        var file: String
        /// What `start` is in the file.
        var firstLine: Int
    }

    fileprivate var stretches: [Stretch] = []

    /// The first line that is given away; what stands before it was not traced.
    static let first = 1 << 20
    private static let end = 1 << 21

    /// The place in a file of a value's position; nil for one that no text spelt, or that was not traced.
    package func location(of position: SourcePosition) -> SourceLocation? {
        guard position.line >= Self.first else { return nil }
        var low = 0
        var high = stretches.count
        while low < high {
            let middle = (low + high) / 2
            if stretches[middle].start <= position.line { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        let stretch = stretches[low - 1]
        guard position.line < stretch.start + stretch.count else { return nil }
        let line = position.line - stretch.start + stretch.firstLine
        // A text inside of a text that was traced stands where that one does.
        if line >= Self.first, line < stretch.start {
            return location(of: SourcePosition(line: line, column: position.column))
        }
        return SourceLocation(file: stretch.file, position: SourcePosition(line: line, column: position.column))
    }

    package init() {}

    /// Traces the documents of a file that no build read.
    package mutating func trace(_ documents: inout [Value], of text: [UInt8], file: String) {
        let shift = add(text, file: file, firstLine: 1)
        for index in documents.indices { documents[index].moveLines(by: shift) }
    }

    /// Gives lines to a text; 0 when all are given away.
    fileprivate mutating func add(_ text: [UInt8], file: String, firstLine: Int) -> Int {
        let start = stretches.last.map { $0.start + $0.count } ?? Self.first
        let count = text.count { $0 == UInt8(ascii: "\n") } + 2
        guard start + count < Self.end else { return 0 }
        stretches.append(Stretch(start: start, count: count, file: file, firstLine: firstLine))
        return start - firstLine
    }
}

/// The lines that one build has given away so far.
final class LineTrace {
    private(set) var lines = SourceLines()

    /// By how many lines the positions of a text are to be moved.
    func shift(of text: [UInt8], file: String, firstLine: Int) -> Int {
        lines.add(text, file: file, firstLine: firstLine)
    }

    /// A location as people know it.
    func resolve(_ location: SourceLocation) -> SourceLocation {
        lines.location(of: location.position) ?? location
    }
}

extension SourcePosition {
    /// Whether the line says the file, too.
    var isTraced: Bool { line >= SourceLines.first }

    fileprivate func moved(by lines: Int) -> SourcePosition {
        isKnown ? SourcePosition(line: line + lines, column: column) : self
    }
}

extension Value {
    /// Moves every position.
    mutating func moveLines(by lines: Int) {
        guard lines != 0 else { return }
        switch self {
        case .scalar(var scalar):
            scalar.position = scalar.position.moved(by: lines)
            self = .scalar(scalar)
        case .array(var items):
            self = .null
            for index in items.indices { items[index].moveLines(by: lines) }
            self = .array(items)
        case .object(var object):
            self = .null
            for index in object.entries.indices {
                object.entries[index].position = object.entries[index].position.moved(by: lines)
                object.entries[index].value.moveLines(by: lines)
            }
            self = .object(object)
        }
    }
}
