import Manifest
import Testing

@Suite struct CanonicalFormTests {
    private func canonical(_ text: String) throws -> Value {
        try #require(try YAML.read(Array(text.utf8), file: "f").first).canonicalized(at: SourceLocation(file: "f"))
    }

    @Test("a merge in quotes is refused: readers of the printed text would merge it, or drop it")
    func quotedMerge() throws {
        let value = try #require(try YAML.read(Array("a:\n  \"<<\": {b: c}\n".utf8), file: "f").first)
        let error = #expect(throws: DiagnosticsError.self) { try value.canonicalized(at: SourceLocation(file: "f")) }
        #expect(error?.diagnostics.map { $0.location?.position } == [SourcePosition(line: 2, column: 3)])
    }

    @Test func everyScalarTakesTheFormOfJSON() throws {
        let value = try canonical("[0x1F, 1.0, 1.50, 1e21, 1e-7, True, ~, '', 2001-1-2, 2001-12-14 1:2:3.40, x]\n")
        let texts = [
            "31", "1", "1.5", "1e+21", "1e-7", "true", "null", "", "2001-01-02T00:00:00Z", "2001-12-14T01:02:03.4Z",
            "x",
        ]
        #expect(value.array?.map(\.scalar?.text) == texts)
        #expect(
            value.array?.map(\.scalar?.kind) == [
                .int, .int, .float, .float, .float, .bool, .null, .string, .string, .string, .string,
            ])
        #expect(value.array?.first?.position == SourcePosition(line: 1, column: 2))
    }

    @Test func anEmptyScalarInBracketsBecomesAnEmptyString() throws {
        #expect(
            try canonical("a: {b: , c}\nd:\ne: {f: ~}\n") == ["a": ["b": "", "c": ""], "d": .null, "e": ["f": .null]])
    }

    @Test(arguments: [
        (".inf", "1:4"), ("[1, -.inf]", "1:8"), (".nan", "1:4"), ("\"a\\x80b\"", "1:4"), ("\"\\x7f\"", "1:4"),
        ("\"\\uFFFE\"", "1:4"),
        ("{b: 1, c: 2, b: 3}", "1:17"),
    ])
    func whatJSONOrYAMLCannotHoldIsRefused(text: String, place: String) throws {
        let error = try #require(throws: DiagnosticsError.self) { try canonical("a: \(text)\n") }
        #expect(error.diagnostics.map(\.location?.description) == ["f:\(place)"])
    }

    @Test func aNumberWhoseTextIsNoneIsRefused() {
        let value: Value = ["replicas": .scalar(Scalar("many", kind: .int))]
        #expect(throws: DiagnosticsError.self) { try value.canonicalized() }
    }

    @Test func aRepeatedKeyIsReportedWithTheLineOfTheFirst() throws {
        let error = try #require(throws: DiagnosticsError.self) { try canonical("a: 1\nb: 2\na: 3\n") }
        #expect(error.description.contains("mapping key \"a\" already defined at line 1"))
        let many = (0..<50).map { "k\($0): 1\n" }.joined() + "k7: 2\n"
        #expect(throws: DiagnosticsError.self) { try canonical(many) }
    }

    @Test func nextLineCharactersAreFolded() throws {
        #expect(try canonical("[\"a\\Nb\", \"a \\N \\N b\", \"\\N\"]\n") == ["a b", "a\nb", " "])
    }

    @Test(arguments: [
        ("12", 12), ("0x1F", 31), ("0o17", 15), ("017", 15), ("1_000", 1000), ("-9223372036854775808", Int.min),
        ("18446744073709551615", nil),
    ])
    func integersAreDecodedInEveryBase(text: String, value: Int?) {
        #expect(Scalar(text, kind: .int).int == value)
    }
}
