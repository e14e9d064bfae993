import Manifest
import Testing

/// Reads one document of a text by the rules of resource files.
private func read(_ text: String, options: YAMLReader.Options = .resources) throws -> Value {
    try #require(try YAML.read(Array(text.utf8), file: "test.yaml", options: options).first)
}

@Suite struct YAMLScalarTests {
    @Test(arguments: [
        ("", Scalar.Kind.null), ("~", .null), ("null", .null), ("Null", .null), ("NULL", .null), ("nUll", .string),
        ("true", .bool), ("False", .bool), ("TRUE", .bool), ("tRue", .string), ("yes", .string), ("on", .string),
        ("n", .string),
        ("0", .int), ("-12", .int), ("+1", .int), ("0777", .int), ("0o17", .int), ("0x1F", .int), ("0b11", .int),
        ("1_000", .int),
        ("18446744073709551615", .int), ("18446744073709551616", .float), ("-9223372036854775808", .int),
        ("-9223372036854775809", .float), ("08", .float), ("0x", .string), ("0b2", .string), ("1.2.3", .string),
        ("1-2", .string),
        ("1.5", .float), (".5", .float), ("5.", .float), ("1e3", .float), ("1e", .string), ("e1", .string),
        ("1e400", .string),
        (".inf", .float), ("-.Inf", .float), (".NaN", .float), ("NaN", .string), (".", .string), ("._5", .string),
        ("2001-01-01", .timestamp), ("2001-2-29", .string), ("2000-2-29", .timestamp),
        ("2001-12-14t21:59:43.10-05:00", .timestamp),
        ("2001-12-14 21:59:43", .timestamp), ("2001-12-14T21:59:43", .string), ("2001-13-01", .string),
        ("12:30:45", .string),
        ("v1", .string), ("-", .string), ("<<", .string), ("=", .string), ("100m", .string), ("1Gi", .string),
    ])
    func plainScalarsOfResourcesHaveTheKindsOfGoYAML3(text: String, kind: Scalar.Kind) throws {
        #expect(Scalar.Kind.resolve(text) == kind)
        let options = YAMLReader.Options.resources
        if text != "-", text != "<<" { #expect(try read("a: \(text)\n", options: options)["a"]?.scalar?.kind == kind) }
    }

    @Test(arguments: [
        ("yes", Value.bool(true)), ("Off", false), ("y", true), ("N", false), ("on", true), ("no", false),
        ("True", true), ("0777", 511),
        ("0x10", 16), ("1_000", 1000), ("1:20", "1:20"), ("2001-01-01", "2001-01-01"), ("~", .null), ("1.0", 1),
        ("'yes'", "yes"),
    ])
    func plainScalarsOfKustomizationFilesHaveTheMeaningOfYAML11(text: String, value: Value) throws {
        #expect(try read("a: \(text)\n", options: .yaml11)["a"] == value)
    }

    @Test func textStyleAndPositionAreKept() throws {
        let value = try read("a: 0x1F\nb: 'x'\nc:\n  - \"y\"\n  - |\n    z\n  - >-\n    z\n    z\n")
        let a = try #require(value["a"]?.scalar)
        #expect(
            a.text == "0x1F" && a.style == .plain && a.position == SourcePosition(line: 1, column: 4) && a.int == 31)
        #expect(value["b"]?.scalar?.style == .singleQuoted)
        let items = try #require(value["c"]?.array)
        #expect(items.map(\.scalar?.style) == [.doubleQuoted, .literal, .folded])
        #expect(items.map(\.scalar?.text) == ["y", "z\n", "z z"])
        #expect(items.map(\.position.line) == [4, 5, 7])
        #expect(value.object?.position(of: "c") == SourcePosition(line: 3, column: 1))
    }

    @Test func anEmptyNullIsToldFromAWrittenOne() throws {
        let value = try read("a:\nb: null\nc: ~\n")
        #expect(value.object?.entries.map(\.value.scalar?.text) == ["", "null", "~"])
        #expect(value["a"] == value["b"])
    }

    @Test(arguments: [
        ("!!str 123", Value.string("123")), ("!!int \"123\"", 123), ("!!float 1", .scalar(Scalar("1", kind: .float))),
        ("!!bool \"true\"", true), ("!!null ''", .null), ("!!binary aGVsbG8=", "hello"), ("!!str", ""),
        ("!custom x", "x"), ("!custom 5", "5"),
        ("! 5", 5), ("!!binary \"//79\"", "\u{FFFD}\u{FFFD}\u{FFFD}"),
    ])
    func explicitTagsDecideTheKind(text: String, value: Value) throws {
        #expect(try read("a: \(text)\n")["a"] == value)
    }

    @Test func tagsOfCollectionsAreDropped() throws {
        #expect(try read("a: !foo {x: 1}\nb: !!seq [1]\n") == ["a": ["x": 1], "b": [1]])
    }

    @Test func carriageReturnsAndAByteOrderMarkAreNoContent() throws {
        #expect(try read("\u{FEFF}a: b\r\nc: |\r\n  d\r\n  e\r\n") == ["a": "b", "c": "d\ne\n"])
    }
}

@Suite struct YAMLAliasTests {
    @Test func aliasesAreCopiesOfWhatTheyName() throws {
        let value = try read("a: &x {b: [1, 2]}\nc: *x\nd: &x 5\ne: *x\n")
        #expect(value == ["a": ["b": [1, 2]], "c": ["b": [1, 2]], "d": 5, "e": 5])
    }

    @Test func mergedKeysGiveWayToExplicitOnesAndToEarlierMaps() throws {
        let text = """
            one: &one {a: 1, b: 1}
            two: &two {b: 2, c: 2, d: 2}
            all:
              d: 0
              <<: [*one, *two]
            single: {<<: *two, b: 9}
            "quoted": {"<<": *one}
            """
        let value = try read(text)
        #expect(value["all"] == ["a": 1, "b": 1, "c": 2, "d": 0])
        #expect(value["single"] == ["b": 9, "c": 2, "d": 2])
        #expect(value["quoted"] == ["<<": ["a": 1, "b": 1]])
    }

    @Test func anchorsDoNotReachIntoTheNextDocument() {
        #expect(throws: DiagnosticsError.self) { try YAML.read(Array("a: &x 1\n---\nb: *x\n".utf8), file: "f") }
    }
}

@Suite struct YAMLDocumentTests {
    private func documents(_ text: String, _ documents: YAMLReader.Options.Documents) throws -> [Value] {
        var options = YAMLReader.Options.resources
        options.documents = documents
        return try YAML.read(Array(text.utf8), file: "f", options: options)
    }

    @Test func emptyDocumentsAreLeftOutUnlessTheyAreWanted() throws {
        let text = "---\na: 1\n---\n# nothing\n---\n---\nb: 2\n"
        #expect(try documents(text, .all) == [["a": 1], ["b": 2]])
        #expect(try documents(text, .firstOfEachPiece) == [["a": 1], ["b": 2]])
        #expect(try documents("", .all) == [])
        var options = YAMLReader.Options.resources
        options.documents = .all
        options.keepsEmptyDocuments = true
        #expect(try YAML.read(Array("a: 1\n---\n".utf8), file: "f", options: options) == [["a": 1], .null])
    }

    @Test func piecesAreCutAtSeparatorLinesAndOnlyTheirFirstDocumentCounts() throws {
        #expect(try documents("a: 1\n...\nb: [\n---  # two\nc: 3\n", .firstOfEachPiece) == [["a": 1], ["c": 3]])
        #expect(try documents("a: 1\n---\nb: 2\n", .first) == [["a": 1]])
        #expect(throws: DiagnosticsError.self) { try documents("a: |\n  x\n--- y\n  z\n", .firstOfEachPiece) }
    }

    @Test func positionsCountFromTheStartOfTheFile() throws {
        let bytes = Array("a: 1\n---\n\nb:\n  c: 2\n".utf8)
        let values = try YAML.read(bytes, file: "f")
        #expect(values.last?[path: "b", "c"]?.position == SourcePosition(line: 5, column: 6))
        let pieces = try YAML.pieces(of: bytes, file: "f")
        #expect(pieces.map(\.firstLine) == [1, 3])
        #expect(pieces.map { String(decoding: $0.text, as: UTF8.self) } == ["a: 1\n", "\nb:\n  c: 2\n"])
        var options = YAMLReader.Options.resources
        (options.documents, options.firstLine) = (.first, pieces[1].firstLine)
        #expect(try YAML.read(pieces[1].text, file: "f", options: options).first?["b"]?["c"]?.position.line == 5)
    }

    @Test func problemsOfAllPiecesAreReportedTogether() throws {
        let error = try #require(throws: DiagnosticsError.self) {
            try YAML.read(Array("a: [\n---\nb: 1\n---\n1: c\nd: *e\n".utf8), file: "f")
        }
        #expect(error.diagnostics.map(\.location?.position.line) == [2, 5, 6])
    }
}

@Suite struct YAMLKeyTests {
    private let twice = Array("a: 1\nb: 2\na: 3\n".utf8)

    @Test func duplicateKeysOfResourcesStayAndTheLastCounts() throws {
        let value = try #require(try YAML.read(twice, file: "f").first)
        #expect(value.object?.count == 3)
        #expect(value["a"] == 3)
    }

    @Test func theLastOfTwoKeysOfAKustomizationWinsWithAWarning() throws {
        let result = try YAMLReader(file: "f", options: .yaml11).read(twice)
        #expect(result.documents == [["a": 3, "b": 2]])
        #expect(result.documents.first?.object?.entries.map(\.key) == ["a", "b"])
        #expect(result.warnings.map(\.location?.description) == ["f:1:1", "f:3:1"])
        #expect(result.warnings.map(\.severity) == [.warning, .note])
        #expect(result.warnings.first?.message.contains("line 3") == true)
    }

    @Test func duplicateKeysCanBeRefused() throws {
        var options = YAMLReader.Options.resources
        options.duplicateKeys = .refuse
        let error = try #require(throws: DiagnosticsError.self) { try YAML.read(twice, file: "f", options: options) }
        #expect(error.diagnostics.map(\.location?.description) == ["f:3:1"])
    }

    @Test func keysOfKustomizationsBecomeStrings() throws {
        #expect(
            try read("{1: a, true: b, 1.5: c, yes: d, 0x10: e}\n", options: .yaml11).object?.entries.map(\.key) == [
                "1", "true", "1.5", "16",
            ])
    }

    @Test(arguments: ["1: a", "true: a", "1.5: a", "~: a", "[a]: b", "{a: b}: c", "{{ .Values.x }}: c"])
    func otherKeysOfResourcesAreRefusedAtTheirPlace(text: String) throws {
        let error = try #require(throws: DiagnosticsError.self) { try read("x: y\n" + text + "\n") }
        #expect(error.diagnostics.first?.location?.position.line == 2)
        #expect(error.diagnostics.first?.cure != nil)
    }

    @Test func wordsThatOnlyYAML11TakesForBooleansAreKeysOfResources() throws {
        #expect(
            try read("{on: a, yes: b, n: c, 2001-01-01: d}\n").object?.entries.map(\.key) == [
                "on", "yes", "n", "2001-01-01",
            ])
    }
}
