import Manifest
import Testing

private func written(_ value: Value) -> String {
    String(decoding: YAML.write(value), as: UTF8.self)
}

@Suite struct YAMLWriterTests {
    @Test(arguments: [
        ("hello", "hello"), ("", "\"\""), ("a b", "a b"), ("a:b", "a:b"), ("http://x:80/y?z=1", "http://x:80/y?z=1"),
        ("x]", "x]"),
        ("a#b", "a#b"), ("?x", "?x"), ("-x", "-x"), ("1.2.3", "1.2.3"), ("<<", "<<"), ("=", "="), ("0x", "0x"),
        ("1e", "1e"),
        ("NaN", "NaN"), ("tRue", "tRue"), ("1e400", "1e400"), ("v1", "v1"), ("\\", "\\"), ("é", "é"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("100m", "100m"), ("oh", "oh"), ("yellow", "yellow"), ("note: x", "'note: x'"), ("1:61", "1:61"),
    ])
    func stringsArePlainWherePlainReadsBackAsThem(text: String, written: String) {
        #expect(Self.line(.string(text)) == written)
    }

    @Test(arguments: [
        "true", "Yes", "n", "off", "null", "~", "123", "0777", "0x1", "1_0", "1e3", ".5", "1.", ".inf", "+.inf", ".nan",
        "2001-01-01", "1:20",
        "190:20:30.5", "12:30:45", "0b1", "0o7", "-1", "+1", "2001-12-14 21:59:43",
    ])
    func stringsThatWouldBeReadAsSomethingElseStandInDoubleQuotes(text: String) {
        #expect(Self.line(.string(text)) == "\"\(text)\"")
    }

    @Test(arguments: [
        "a: b", "a:", "a #b", " x", "x ", "- x", "-", "? x", "@x", "`x", "%x", "&x", "*", "!x", "|x", ">x", "{x", "[x",
        "]x", ",x", "#x", "---",
        "...", "--- a", "it's: x", "'", "\"", "1:2:",
    ])
    func stringsThatWouldBeTakenForSyntaxStandInSingleQuotes(text: String) {
        #expect(Self.line(.string(text)) == "'\(text.replacing("'", with: "''"))'")
    }

    @Test(arguments: [
        ("x\t", "\"x\\t\""), ("a\r", "\"a\\r\""), ("a\0b", "\"a\\0b\""), ("\u{1B}", "\"\\e\""),
        ("\u{FEFF}", "\"\\uFEFF\""),
        ("\u{FEFF}hi", "\"\\uFEFF\\x68\\x69\""), ("😀", "\"\\U0001F600\""), ("a\u{1}", "\"a\\x01\""),
        ("\u{A0}", "\u{A0}"),
        ("\t\"\\", "\"\\t\\\"\\\\\""),
    ])
    func charactersThatDoNotPrintAreEscaped(text: String, written: String) {
        #expect(Self.line(.string(text)) == written)
    }

    @Test(arguments: [
        ("a\nb", "|-\n  a\n  b"), ("a\n", "|\n  a"), ("a\n\n", "|+\n  a\n"), ("\n", "|2+\n"), ("\na", "|2-\n\n  a"),
        (" a\nb", "|2-\n   a\n  b"),
        ("a\n\n b\n", "|\n  a\n\n   b"), ("a \nb", "\"a \\nb\""), ("a\tb\nc", "\"a\\tb\\nc\""), ("a\nb ", "\"a\\nb \""),
        ("a\r\nb", "\"a\\r\\nb\""), ("😀\nb", "\"\\U0001F600\\nb\""),
    ])
    func textsOfSeveralLinesAreBlocksWhereBlocksCanHoldThem(text: String, written: String) {
        #expect(Self.line(.string(text)) == written)
    }

    /// What stands behind `k: `, without the final line break.
    private static func line(_ value: Value) -> String {
        let text = written(["k": value])
        #expect(text.hasPrefix("k: ") && text.hasSuffix("\n"))
        return String(text.dropFirst(3).dropLast())
    }

    @Test(arguments: [
        ("511", "511"), ("0777", "511"), ("0x1F", "31"), ("+1", "1"), ("-0", "0"),
        ("18446744073709551615", "18446744073709551615"),
    ])
    func integersAreWrittenInDecimal(text: String, written: String) {
        #expect(Self.line(.scalar(Scalar(text, kind: .int))) == written)
    }

    @Test(arguments: [
        ("1.0", "1"), ("1.50", "1.5"), ("1e3", "1000"), ("-0.0", "0"), ("1e19", "10000000000000000000"),
        ("2e19", "2e+19"), ("1e21", "1e+21"),
        ("999999.5", "999999.5"), ("1234567.5", "1.2345675e+06"), ("0.0001", "0.0001"), ("0.00001234", "1.234e-05"),
        ("100000.1", "100000.1"),
        ("18446744073709551616", "1.8446744073709552e+19"), ("-9223372036854775809", "-9.223372036854776e+18"),
        ("5e-324", "5e-324"),
        ("1.5e300", "1.5e+300"), ("9007199254740993.0", "9007199254740992"), ("08", "8"), ("1e-7", "1e-07"),
    ])
    func floatsAreWrittenAsGoDoesAfterATripThroughJSON(text: String, written: String) {
        #expect(Self.line(.scalar(Scalar(text, kind: .float))) == written)
    }

    @Test func otherScalarsAreWrittenInJSONsForm() {
        #expect(Self.line(.scalar(Scalar("~", kind: .null))) == "null")
        #expect(Self.line(.scalar(Scalar("", kind: .null))) == "null")
        #expect(Self.line(.scalar(Scalar("False", kind: .bool))) == "false")
        #expect(Self.line(.scalar(Scalar("2001-01-01", kind: .timestamp))) == "\"2001-01-01T00:00:00Z\"")
    }

    @Test func collectionsAreBlocksWithListsLevelWithTheirKey() {
        let value: Value = [
            "list": [1, ["a": 1, "b": [2]], [3, [4]], [[]], [:], .null], "empty": [:], "none": [],
            "map": ["x": ["y": "z"]],
        ]
        let expected = """
            empty: {}
            list:
            - 1
            - a: 1
              b:
              - 2
            - - 3
              - - 4
            - - []
            - {}
            - null
            map:
              x:
                "y": z
            none: []

            """
        #expect(written(value) == expected)
        #expect(written([]) == "[]\n" && written("x") == "x\n" && written([1, [2]]) == "- 1\n- - 2\n")
    }

    @Test func documentsAreSeparatedAndNotTerminated() {
        #expect(
            String(decoding: YAML.write(documents: [["a": 1], ["b": "x\n"]]), as: UTF8.self) == "a: 1\n---\nb: |\n  x\n"
        )
        #expect(YAML.write(documents: []).isEmpty)
    }

    @Test(arguments: [
        ["_z", "A", "a"], ["a9", "a10"], ["1", "01", "2", "10"], ["a-b", "a.b", "a/b", "a1"], ["a", "aa"], ["1a", "a"],
        ["a1b", "a01", "a2"],
        ["apiVersion", "kind", "metadata", "spec"], ["x", "é"], ["a1000", "a1001"], ["a-1", "a1"], ["é1", "é10"],
        ["10é", "1é"], ["é-1", "é-01", "é-2"],
    ])
    func keysStandInNaturalOrder(keys: [String]) {
        for shuffled in [keys, keys.reversed()] {
            let text = written(.object(Object(entries: shuffled.map { Object.Entry(key: $0, value: 1) })))
            let found = text.split(separator: "\n").map { String($0.prefix { $0 != ":" }).replacing("\"", with: "") }
            #expect(found == keys)
        }
    }

    @Test func ofARepeatedKeyTheLastIsWritten() {
        let entries = [
            Object.Entry(key: "b", value: 1), Object.Entry(key: "a", value: 2), Object.Entry(key: "b", value: 3),
        ]
        #expect(written(.object(Object(entries: entries))) == "a: 2\nb: 3\n")
    }

    @Test func textIsFoldedAtTheFirstSingleSpaceBehindColumnEighty() {
        func words(_ count: Int, by separator: String = " ") -> String {
            Array(repeating: "word", count: count).joined(separator: separator)
        }
        #expect(written(["abc": ["d": .string(words(30))]]) == "abc:\n  d: \(words(16))\n    \(words(14))\n")
        #expect(written(["a": .string(words(30, by: "  "))]) == "a: \(words(30, by: "  "))\n")
        let long = String(repeating: "x", count: 100)
        #expect(written(["a": .string(long + " y")]) == "a: \(long)\n  y\n")
        #expect(written(["a": .string(long + ": y")]) == "a: '\(long):\n  y'\n")
        #expect(written(["a": .string("\t" + long + "  y")]) == "a: \"\\t\(long)\n  \\ y\"\n")
        #expect(written([.string(long + " y")]) == "- \(long)\n  y\n")
        // Columns count characters, not bytes.
        let umlauts = String(repeating: "ä", count: 70)
        #expect(written(["a": .string(umlauts + " y z")]) == "a: \(umlauts) y z\n")
    }

    @Test func longAndManyLinedKeysStandBehindAQuestionMark() {
        func map(_ key: String, _ value: Value) -> Value {
            .object(Object(entries: [Object.Entry(key: key, value: value)]))
        }
        let long = String(repeating: "x", count: 129)
        let short = String(repeating: "x", count: 128)
        #expect(written(map(long, 1)) == "? \(long)\n: 1\n")
        #expect(written(map(short, 1)) == "\(short): 1\n")
        #expect(written(["m": map(long, ["a": 1, "b": [1]])]) == "m:\n  ? \(long)\n  : a: 1\n    b:\n    - 1\n")
        #expect(written(map(long, [1])) == "? \(long)\n: - 1\n")
        #expect(written(["a\nb": 1]) == "? |-\n  a\n  b\n: 1\n")
        #expect(written(["": 1, "y": 2, "a: b": 3]) == "\"\": 1\n'a: b': 3\n\"y\": 2\n")
    }

    @Test func lineSeparatorsStayRawAndAreFollowedByIndentation() {
        #expect(written(["d": ["u": "\u{2028}x"]]) == "d:\n  u: '\u{2028}    x'\n")
        #expect(written(["u": "\u{2028}"]) == "u: '\u{2028}'\n")
    }
}

@Suite struct RecordedBuildTests {
    @Test(.enabled(if: RecordedBuilds.root != nil, "no recorded builds beside the repository"))
    func recordedBuildsAreWrittenAgainByteForByte() throws {
        var different: [String] = []
        for path in RecordedBuilds.outputs {
            let bytes = try RecordedBuilds.bytes(path)
            do {
                let values = try YAML.read(bytes, file: path)
                if YAML.write(documents: values) != bytes { different.append(path) }
            } catch {
                different.append("\(path): \(error)")
            }
        }
        #expect(different == [])
        #expect(RecordedBuilds.outputs.count > 500)
    }
}
