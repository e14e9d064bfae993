import Manifest
import Testing

private func read(_ text: String) throws -> Value { try JSON.read(Array(text.utf8)) }
private func written(_ value: Value, pretty: Bool = false) -> String {
    String(decoding: JSON.write(value, pretty: pretty), as: UTF8.self)
}

@Suite struct JSONReaderTests {
    @Test func valuesOfEveryKindAreRead() throws {
        let value = try read(#" { "a" : [ 1 , -2.5e3 , true , false , null , "x" ] , "b" : { } , "c" : [ ] } "#)
        #expect(value["a"]?.array?.map(\.scalar?.kind) == [.int, .float, .bool, .bool, .null, .string])
        #expect(value["a"]?.array?.map(\.scalar?.text) == ["1", "-2.5e3", "true", "false", "null", "x"])
        #expect(value["b"] == [:] && value["c"] == [])
        #expect(try read("\u{FEFF}1") == 1)
    }

    @Test(arguments: [
        ("1.0", Scalar.Kind.float), ("0", .int), ("-0", .int), ("1e2", .float), ("18446744073709551615", .int),
        ("18446744073709551616", .float),
        ("-9223372036854775808", .int), ("-9223372036854775809", .float), ("123456789012345678901234567890", .float),
    ])
    func numbersKeepTheirText(text: String, kind: Scalar.Kind) throws {
        let scalar = try #require(try read(text).scalar)
        #expect(scalar.text == text && scalar.kind == kind)
        #expect(written(.scalar(scalar)) == text)
    }

    @Test(arguments: [
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u20AC""#, "Aé€"),
        (#""\ud83d\ude00x""#, "😀x"), (#""é€😀""#, "é€😀"),
        (#""12345678\n12345678""#, "12345678\n12345678"), (#""\u0000""#, "\0"), ("\"\u{7F}\"", "\u{7F}"),
    ])
    func stringsAreDecoded(text: String, string: String) throws {
        #expect(try read(text) == .string(string))
        #expect(try read("{\(text): 1}").object?.entries.map(\.key) == [string])
    }

    @Test func theLastOfTwoEqualKeysCounts() throws {
        #expect(
            try read(#"{"a": 1, "b": 2, "a": 3}"#).object?.entries.map { "\($0.key)\($0.value.scalar?.text ?? "")" }
                == ["a3", "b2"])
        let many = "{" + (0..<30_000).map { "\"k\($0)\":\($0)," }.joined() + "\"k5\":7}"
        let object = try #require(try read(many).object)
        #expect(object.count == 30_000)
        #expect(object.entries[5].value == 7)
    }

    @Test func bytesMayBeHeldBySomebodyElse() throws {
        let bytes = Array(#"{"a": "b"}"#.utf8)
        #expect(try JSON.read(bytes.span) == ["a": "b"])
        let value = try bytes.withUnsafeBytes { buffer throws(JSONError) in try JSON.read(buffer) }
        #expect(value == ["a": "b"])
    }

    @Test(arguments: [
        ("", "1:1"), (" ", "1:2"), ("{", "1:2"), ("[1", "1:3"), ("[1 2]", "1:4"), ("[1,]", "1:4"), ("[,1]", "1:2"),
        ("{\"a\"}", "1:5"), ("{\"a\":}", "1:6"),
        ("{\"a\":1,}", "1:8"), ("{a: 1}", "1:2"), ("{'a': 1}", "1:2"), ("1 2", "1:3"), ("tru", "1:1"), ("nul", "1:1"),
        ("True", "1:1"), ("01", "1:1"),
        ("-", "1:2"), ("1.", "1:3"), (".5", "1:1"), ("1e", "1:3"), ("+1", "1:1"), ("NaN", "1:1"), ("\"a", "1:1"),
        ("\"a\\", "1:1"), ("\"a\\\"", "1:1"),
        ("\"\\x\"", "1:2"), ("\"\\u12\"", "1:2"), ("\"\\u12G4\"", "1:2"), ("\"\\ud83d\"", "1:2"),
        ("\"\\ud83dx\"", "1:2"), ("\"\\udc00\"", "1:2"),
        ("\"\\ud83d\\u0041\"", "1:2"), ("{\n \"a\": 1,\n \"b\": x\n}", "3:7"), ("[\"a\tb\"]", "1:4"),
        ("[\"a\nb\"]", "1:4"), ("[1]\u{0}", "1:4"),
        ("// x\n1", "1:1"),
    ])
    func whatIsNoJSONIsRefusedAtItsPlace(text: String, place: String) throws {
        let error = try #require(throws: JSONError.self) { try read(text) }
        #expect("\(error.line):\(error.column)" == place, "\(error)")
        #expect(error.diagnostic(in: "f").location?.description == "f:\(place)")
    }

    @Test(
        arguments: [
            [0xFF], [0xC0, 0x80], [0xC3], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80],
            [0xF0, 0x9F, 0x98],
        ] as [[UInt8]])
    func invalidUTF8IsRefused(bytes: [UInt8]) throws {
        let error = try #require(throws: JSONError.self) { try JSON.read([0x22, 0x61] + bytes + [0x22]) }
        #expect(error.offset == 2)
    }

    @Test func depthIsLimited() throws {
        let deep = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
        let error = try #require(throws: JSONError.self) { try read(deep) }
        #expect(error.column == 1001)
        #expect(throws: JSONError.self) { try JSON.read(Array("[[1]]".utf8), maximumDepth: 1) }
        #expect(throws: Never.self) { try JSON.read(Array("[[1]]".utf8), maximumDepth: 2) }
    }
}

@Suite struct JSONWriterTests {
    @Test func compactTextHasNoWhiteSpace() {
        #expect(written(["a": [1, "x", .null, true], "b": [:], "c": []]) == #"{"a":[1,"x",null,true],"b":{},"c":[]}"#)
    }

    @Test func prettyTextIsIndentedByTwo() {
        let expected = """
            {
              "a": [
                1,
                {
                  "b": {}
                }
              ],
              "c": []
            }

            """
        #expect(written(["a": [1, ["b": [:]]], "c": []], pretty: true) == expected)
    }

    @Test(arguments: [
        ("\"\\", #""\"\\""#), ("\u{8}\t\n\u{C}\r", #""\b\t\n\f\r""#), ("\0\u{1F}", #""\u0000\u001f""#),
        ("é😀\u{7F}<&>/", "\"é😀\u{7F}<&>/\""),
        ("12345678\"12345678", #""12345678\"12345678""#),
    ])
    func stringsAreEscapedWhereTheyMustBe(string: String, text: String) {
        #expect(written(.string(string)) == text)
    }

    @Test func spellingsThatOnlyYAMLHasBecomeJSONs() throws {
        let value = try #require(
            try YAML.read(Array("[0x1F, 0777, .5, 1., +1, True, ~, 2001-01-01, .inf, {a}]".utf8), file: "f").first)
        #expect(written(value) == #"[31,511,0.5,1,1,true,null,"2001-01-01T00:00:00Z",null,{"a":""}]"#)
    }
}
