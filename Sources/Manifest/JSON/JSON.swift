// JSON texts into the value tree and back: what a cluster speaks.

/// Reading and writing JSON (RFC 8259).
package enum JSON {
    /// Reads one JSON value.
    ///
    /// Numbers keep their text: those without fraction and exponent that fit 64 bits are integers, all others floats.
    /// Of a key that is given twice the last value counts. Scalars and keys have no positions.
    ///
    /// - Parameter maximumDepth: Arrays and objects within each other that are borne.
    /// - Throws: The first thing that is no JSON, with its place.
    package static func read(_ bytes: [UInt8], maximumDepth: Int = 1000) throws(JSONError) -> Value {
        try parse(bytes.withUnsafeBufferPointer { Result(parsing: $0, maximumDepth: maximumDepth) })
    }

    /// Reads one JSON value from bytes that somebody else holds.
    package static func read(_ bytes: Span<UInt8>, maximumDepth: Int = 1000) throws(JSONError) -> Value {
        try parse(bytes.withUnsafeBufferPointer { Result(parsing: $0, maximumDepth: maximumDepth) })
    }

    /// Reads one JSON value from bytes that somebody else holds for as long as the call lasts.
    package static func read(_ bytes: UnsafeRawBufferPointer, maximumDepth: Int = 1000) throws(JSONError) -> Value {
        try parse(bytes.withMemoryRebound(to: UInt8.self) { Result(parsing: $0, maximumDepth: maximumDepth) })
    }

    private static func parse(_ result: Result<Value, JSONError>) throws(JSONError) -> Value {
        try result.get()
    }
}

extension Result where Success == Value, Failure == JSONError {
    fileprivate init(parsing text: UnsafeBufferPointer<UInt8>, maximumDepth: Int) {
        var parser = JSONParser(text, maximumDepth: maximumDepth)
        do {
            self = .success(try parser.document())
        } catch {
            self = .failure(error)
        }
    }
}

/// A text that is no JSON: what is wrong, and where.
package struct JSONError: Error, Sendable, Hashable {
    /// In a user's words, without a final stop.
    package var message: String
    /// Bytes before the place.
    package var offset: Int
    /// From 1; columns count bytes.
    package var line: Int
    package var column: Int

    init(_ message: String, at offset: Int, in text: UnsafeBufferPointer<UInt8>) {
        self.message = message
        self.offset = offset
        let before = text[..<min(offset, text.count)]
        line = before.reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
        column = offset - (before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0) + 1
    }

    /// The error as a diagnostic in a file.
    package func diagnostic(in file: String, commit: String? = nil) -> Diagnostic {
        let position = SourcePosition(line: line, column: column)
        return .error(message, at: SourceLocation(file: file, position: position, commit: commit))
    }
}

extension JSONError: CustomStringConvertible {
    /// `line:column: message (byte offset)`.
    package var description: String { "\(line):\(column): \(message) (byte \(offset))" }
}
