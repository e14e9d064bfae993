// YAML texts into value trees: which rules a text is read by, and how much of it a reader will bear.

/// Reading and writing YAML.
package enum YAML {
    /// Reads the documents of a text.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8, with or without a byte order mark; lines may end in CRLF.
    ///   - file: The path that diagnostics name.
    /// - Returns: One value a document; empty documents are left out, or null where the options keep them.
    /// - Throws: Everything that is wrong with the text, each at its line and column.
    package static func read(
        _ bytes: [UInt8], file: String, options: YAMLReader.Options = .resources
    ) throws(DiagnosticsError) -> [Value] {
        try YAMLReader(file: file, options: options).read(bytes).documents
    }
}

/// A reader of YAML texts by one set of rules.
package struct YAMLReader: Sendable {
    /// What a reader makes of a text.
    package struct Options: Sendable {
        /// Which documents of a text count.
        package enum Documents: Sendable {
            /// Each document of a YAML stream.
            case all
            /// The first document; what follows it is not even parsed.
            case first
            /// The first document of each piece between `---` lines, as kustomize reads resource files. See
            /// `YAMLPieces`.
            case firstOfEachPiece
        }

        /// What to do about a key that a mapping holds already.
        package enum DuplicateKeys: Sendable {
            /// Both entries stay; lookups see the last.
            case keep
            /// The last one replaces the earlier, with a warning where it stands.
            case lastWins
            case refuse
        }

        /// What to do about a key that is no string.
        package enum OtherKeys: Sendable {
            case refuse
            /// Numbers and booleans become their text, as on the way into JSON; null and collections are refused.
            case stringify
        }

        /// Who takes a text apart. The result is the same.
        package enum Parser: Sendable {
            /// This module what is plain block YAML, libyaml all else.
            case fastest
            case libyaml
        }

        package var parser = Parser.fastest
        package var schema: YAMLSchema
        package var documents: Documents
        package var duplicateKeys: DuplicateKeys
        package var otherKeys: OtherKeys
        /// Whether booleans and numbers take the text that JSON has for them (`yes` is `true`, `0x10` is `16`, a date
        /// is a string) rather than keep the one they were written with.
        package var canonicalScalars: Bool
        /// Whether a document without content is a null value rather than left out.
        package var keepsEmptyDocuments = false
        package var limits = Limits()
        /// The line of the file on which the text begins; positions count from there.
        package var firstLine = 1

        /// Resource files, patches and plugin output, as kustomize reads them with go-yaml v3: every scalar keeps its
        /// text, duplicate keys are kept (printing refuses them), keys other than strings are refused.
        package static let resources = Options(
            schema: .core, documents: .firstOfEachPiece, duplicateKeys: .keep, otherKeys: .refuse,
            canonicalScalars: false)

        /// Kustomization files and JSON patches, as kustomize reads them with go-yaml v2 on their way into JSON: only
        /// the first document counts, the last of two equal keys wins.
        package static let yaml11 = Options(
            schema: .yaml11, documents: .first, duplicateKeys: .lastWins, otherKeys: .stringify, canonicalScalars: true)
    }

    /// How much a text may ask for. Beyond it the text is refused at the place where it went too far.
    package struct Limits: Sendable {
        /// Bytes of a text.
        package var size = 64 << 20
        /// Collections within collections.
        package var depth = 500
        /// Scalars and collections of a text, aliases expanded.
        package var nodes = 5_000_000
        /// Nodes that aliases may add: any number up to `aliasFloor`, from there on `aliasRatio` for each node that was
        /// written.
        package var aliasFloor = 20_000
        package var aliasRatio = 10
        /// Bytes of scalars that aliases may add.
        package var aliasBytes = 16 << 20

        package init() {}
    }

    /// The documents of a text, and what was doubtful about it.
    package struct Result: Sendable {
        package var documents: [Value]
        package var warnings: [Diagnostic]
        /// Whether any part of the text took the slower way through libyaml.
        package var usedLibyaml: Bool
    }

    package let file: String
    package let options: Options

    package init(file: String, options: Options = .resources) {
        self.file = file
        self.options = options
    }

    package func read(_ bytes: [UInt8]) throws(DiagnosticsError) -> Result {
        let outcome = bytes.withUnsafeBufferPointer { read($0) }
        if !outcome.errors.isEmpty { throw DiagnosticsError(outcome.errors + outcome.result.warnings) }
        return outcome.result
    }

    private func read(_ text: UnsafeBufferPointer<UInt8>) -> (result: Result, errors: [Diagnostic]) {
        var result = Result(documents: [], warnings: [], usedLibyaml: false)
        guard text.count <= options.limits.size else {
            let message = "the text is larger than \(options.limits.size) bytes (it has \(text.count))"
            let place = SourceLocation(file: file, position: SourcePosition(line: 1, column: 1))
            return (result, [.error(message, at: place, cure: "Split it into several files")])
        }
        let body = Self.withoutByteOrderMark(text)
        var builder = YAMLTreeBuilder(file: file, options: options, textSize: text.count)
        var errors: [Diagnostic] = []
        func keep(_ document: Value) -> Bool {
            if options.keepsEmptyDocuments || !document.isNull { result.documents.append(document) }
            return options.documents == .all
        }
        switch options.documents {
        case .all, .first:
            builder.read(body, lineOffset: options.firstLine - 1, keep)
        case .firstOfEachPiece:
            var pieces = YAMLPieces(body)
            while let piece = pieces.next() {
                let lineOffset = options.firstLine - 1 + piece.lineOffset
                if piece.followsBadSeparator {
                    errors.append(YAMLPieces.badSeparator(at: location(line: lineOffset, column: 1)))
                }
                builder.read(piece.text, lineOffset: lineOffset, keep)
            }
        }
        result.warnings = builder.warnings
        result.usedLibyaml = builder.usedLibyaml
        return (result, errors + builder.errors)
    }

    private func location(line: Int, column: Int) -> SourceLocation {
        SourceLocation(file: file, position: SourcePosition(line: line, column: column))
    }

    private static func withoutByteOrderMark(_ text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        text.starts(with: [0xEF, 0xBB, 0xBF]) ? UnsafeBufferPointer(rebasing: text.dropFirst(3)) : text
    }
}
