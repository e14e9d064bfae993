import Manifest
import Testing

/// Texts that cannot be read: where the diagnostic has to point, and a word that it has to say.
@Suite struct YAMLDiagnosticTests {
    struct Refusal: Sendable, CustomTestStringConvertible {
        let text: [UInt8]
        let place: String
        let word: String

        init(_ text: String, _ place: String, _ word: String) {
            self.init(Array(text.utf8), place, word)
        }

        init(_ text: [UInt8], _ place: String, _ word: String) {
            self.text = text
            self.place = place
            self.word = word
        }

        var testDescription: String { "\(place) \(word)" }
    }

    private static let misspelt = [
        Refusal("a:\n\tb: 1\n", "2:1", "tab"),
        Refusal("a:\n  b: 1\n\tc: 2\n", "3:1", "tab"),
        Refusal("a: |\n\tx\n", "2:1", "tab"),
        Refusal("a: \"open\nb: c\n", "1:4", "never closed"),
        Refusal("a: 'open\n---\nb: c\n", "1:4", "never closed"),
        Refusal("a: b\nc: 'it's'\n", "2:8", "complete"),
        Refusal("a: [1, 2\nb: 3\n", "2:2", "["),
        Refusal("a: {x: 1\nb: 3\n", "2:2", "{"),
        Refusal("a: b: c\n", "1:5", "second colon"),
        Refusal("a: b\n  c: d\n", "2:3", "deeper"),
        Refusal("a:\n  b: 1\n c: 2\n", "3:2", "indented by 1"),
        Refusal("a:\n  - b: 1\n   c: 2\n", "3:4", "indented by 3"),
        Refusal("a: - b\n", "1:4", "list"),
        Refusal("a: 1\nfoo\nb: 2\n", "2:1", "no key"),
        Refusal("a: @b\n", "1:4", "@"),
        Refusal("a: %b\n", "1:4", "%"),
        Refusal("a: *.example.com\n", "1:4", "alias"),
        Refusal("a: *b\n", "1:4", "*b"),
        Refusal("a: &b [*b]\n", "1:8", "inside"),
        Refusal("a: |b\n  c\n", "1:4", "|"),
        Refusal("a: \"\\d\"\n", "1:5", "\\d"),
        Refusal("a: \"\\uZZZZ\"\n", "1:7", "escape"),
        Refusal("a: !x!y z\n", "1:4", "tag"),
        Refusal("a: !!int x\n", "1:4", "!!int"),
        Refusal("a: !!binary '%'\n", "1:4", "base64"),
        Refusal("a: {{ .Values.x }}\n", "1:5", "collection"),
        Refusal("a: 1\n{{- if .x }}\nb: 1\n{{- end }}\n", "2:1", "template"),
        Refusal("a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> x\n", "2:1", "conflict"),
        Refusal("a: 1\n<<: b\n", "2:5", "<<"),
        Refusal("%YAML 3.0\n--- \na: 1\n", "1:1", "directive"),
        Refusal("a: 1\n--- b: 2\nc: 3\n", "2:1", "---"),
    ]

    private static let unreadable = [
        Refusal("a: b\nc: d\0e\n", "2:5", "NUL"),
        Refusal("a: b\nc: d\u{7}e\n", "2:5", "U+0007"),
        Refusal("a: b\nä: \u{7F}\n", "2:4", "U+007F"),
        Refusal(Array("a: b\nc: ".utf8) + [0xFF, 0x0A], "2:4", "0xFF"),
        Refusal(Array("a: b\nc: ".utf8) + [0xC3], "2:4", "UTF-8"),
        Refusal([0xFF, 0xFE, 0x61, 0x00], "1:1", "UTF-16"),
    ]

    private static let greedy = [
        Refusal(bomb, "5:8", "aliases"),
        Refusal(String(repeating: "[", count: 10_000), "1:501", "500 deep"),
        Refusal(String(repeating: "{a: ", count: 10_000), "1:2001", "500 deep"),
        Refusal(String(repeating: "- ", count: 10_000), "1:1001", "500 deep"),
        Refusal((0..<2_000).map { String(repeating: " ", count: $0) + "a:\n" }.joined(), "501:501", "500 deep"),
        Refusal("a: \"" + String(repeating: "x", count: 65 << 20), "1:1", "larger"),
    ]

    /// Each list repeats the one before it ten times.
    private static let bomb: String = {
        var text = "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        for (name, before) in zip("bcdefghij", "abcdefghi") {
            text += "\(name): &\(name) [" + Array(repeating: "*\(before)", count: 10).joined(separator: ",") + "]\n"
        }
        return text
    }()

    @Test(arguments: misspelt + unreadable + greedy)
    func aTextThatCannotBeReadIsRefusedAtItsPlaceInAUsersWords(refusal: Refusal) throws {
        let error = try #require(throws: DiagnosticsError.self) { try YAML.read(refusal.text, file: "f.yaml") }
        let first = try #require(error.diagnostics.first)
        #expect(first.location?.description == "f.yaml:\(refusal.place)")
        #expect(first.message.contains(refusal.word), "\(first)")
        #expect(first.cure != nil)
    }

    @Test func aDuplicateIsFoundAmongVeryManyKeys() throws {
        var text = Array("x: 0\n".utf8)
        for index in 0..<50_000 { text += Array("k\(index): 1\n".utf8) }
        text += Array("x: 1\n".utf8)
        var options = YAMLReader.Options.resources
        options.duplicateKeys = .refuse
        let error = try #require(throws: DiagnosticsError.self) { try YAML.read(text, file: "f", options: options) }
        #expect(error.diagnostics.map(\.location?.description) == ["f:50002:1"])
    }

    @Test func aliasesThatRepeatLongTextsAreRefused() throws {
        let text =
            "a: &a \"" + String(repeating: "x", count: 1 << 20) + "\"\nb: [" + String(repeating: "*a,", count: 100)
            + "]\n"
        let error = try #require(throws: DiagnosticsError.self) { try YAML.read(Array(text.utf8), file: "f") }
        #expect(error.diagnostics.first?.location?.position.line == 2)
    }

    @Test func valuesAreNotQuotedInDiagnostics() throws {
        for text in ["password: !!int hunter2", "password: !!binary hunter2!", "---\n--- hunter2\n"] {
            let error = try #require(throws: DiagnosticsError.self) { try YAML.read(Array(text.utf8), file: "f") }
            #expect(!error.description.contains("hunter2"))
        }
    }
}
