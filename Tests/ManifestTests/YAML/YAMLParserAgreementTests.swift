import Manifest
import Testing

/// The reader of plain blocks and libyaml have to agree in every respect: values, styles, positions, diagnostics.
@Suite struct YAMLParserAgreementTests {
    /// What reading gives, spelt out.
    private func reading(_ text: [UInt8], _ base: YAMLReader.Options, _ parser: YAMLReader.Options.Parser) -> [String] {
        var options = base
        options.parser = parser
        do {
            let result = try YAMLReader(file: "f", options: options).read(text)
            return result.documents.flatMap { describe($0, at: "") } + result.warnings.map(\.description)
        } catch {
            return error.diagnostics.map(\.description)
        }
    }

    private func describe(_ value: Value, at path: String) -> [String] {
        switch value {
        case .scalar(let scalar):
            ["\(path) \(scalar.kind) \(scalar.style) \(scalar.position) \(scalar.text.debugDescription)"]
        case .array(let items):
            ["\(path) []"] + items.enumerated().flatMap { describe($1, at: "\(path)[\($0)]") }
        case .object(let object):
            ["\(path) {}"] + object.entries.flatMap { describe($0.value, at: "\(path).\($0.key)@\($0.position)") }
        }
    }

    private func expectAgreement(_ text: [UInt8]) {
        for options in [YAMLReader.Options.resources, .yaml11] {
            let found = reading(text, options, .fastest)
            let expected = reading(text, options, .libyaml)
            if found != expected {
                Issue.record(
                    "\(String(decoding: text, as: UTF8.self))\n\(found)\n\(expected)")
            }
        }
    }

    /// Everything that is read without libyaml, once.
    private static let manifest = """
        # A comment.
        ---
        apiVersion: v1   # and another
        kind: "ConfigMap"
        metadata:
          name: 'web'
          labels: {app.kubernetes.io/name: web, "tier": 'it''s', m: [1, -2, 3.5, ~], e: {}, f: []}

          annotations:
            quoted: "say \\"hi\\" \\\\ \\n \\t"
            date: 2001-01-01
            ünïcode: Zürich   # ü
            empty:
            none: ~
            "12": 0x1F
        list:
        - a
        - b: 1
          c:
            - d: yes
              e: on
            -   - nested
                - - deeper
            -
            - |
              in a list
          f: g
        -
          h: i
        - 'j: k': l
        text: |
          First line
            indented

          # no comment
          last: line

        strip: |-
            deep
        keep: |+
          kept


        plain: several words
          go on here

          and here:not # c
        url: http://example.com:8080/a?b#c
        time: 12:30
        command: ["sh", "-c", 'echo $HOME']
        dash: -dash
        colon: :colon
        duplicate: 1
        duplicate: 2
        last: |
          without break
        """

    @Test(arguments: [
        "a: b", "a:\n", "- a\n-\n- b\n", "a: |\n  x", "a: |\n\n\n  x\n\n", "a: |+\n  x\n\n\n",
        "a: |-\n  x\n   \n  y\n \n", "a: |\n  x\n y\n", "a: |\n",
        "a: b\n  c\n\n  d\n e\n", "a: b # c\n  d\n", "a: b\n# c\n  d\n", "a: b\n  # c\nd: e\n", "a:\n- b\n- c\nd: e\n",
        "a:\n  - b\n - c\n", "a: b\n c: d\n",
        "a: - b\n", "- - a\n  - b\n- c: d\n  e: f\n", "a: 'b\n  c'\n", "a: \"b\\\n  c\"\n", "a: [b,\n  c]\n",
        "a: {b: c}: d\n", "a: 'b': c\n", "'a' : b\n",
        "a : b\n", "<<: a\n", "a: <<\n", "a: ---\n", "---\na: b\n---\nc: d\n", "--- a\n", "a: b\n...\nc\n",
        "%YAML 1.2\n---\na: b\n", "a: &b c\n", "a: !b c\n",
        "a: *b\n", "? a\n: b\n", "a: ?b\n", "a: ? b\n", "a: -b\n", "a: -\n", "a: :b\n", "a: @b\n", "a: `b\n", "1: a\n",
        "~: a\n", "true: a\n", "yes: a\n",
        "[a]: b\n", "[a, b]\n", "{\"a\":1,\"b\":[true,null]}\n", "[a b, c]\n", "[a, ]\n", "{a}\n", "{a: }\n",
        "a: []b\n", "a: 'b' c\n", "a: 'b'#c\n", "a: b#c\n",
        "  a: b\n  c: d\n", "  a: b\nc: d\n", "a:\n    b: c\n  d: e\n", "a\n", "# only a comment\n", "", "\n\n",
        "a: b\r\nc: d\r\n", "a:\tb\n", "a: b\t\n", "a: \u{85}\n",
        "a: \u{2028}b\n", "a: é\nß: {ö: ü}\n", "a: b\n\u{FEFF}c: d\n", "- a: b\n  - c\n", "a:\n  b\n", "a:\n  'b'\n",
        "a:\n  [b]\n", "a: |2\n   b\n", "a: >\n  b\n  c\n",
        "a: |\n  b\n # c\nd: e\n", "a: .inf\nb: 1\n", "a: \"\\x41\\u00e9\\/\"\n", "--- a!b: c\nd: e\n", "... a: b\n",
        ".a: b\n-c: d\n",
    ])
    func shortTextsAreReadAlike(text: String) {
        expectAgreement(Array(text.utf8))
    }

    @Test func aManifestIsReadAlikeAsAWholeAndCutAnywhere() throws {
        let text = Array(Self.manifest.utf8)
        for options in [YAMLReader.Options.resources, .yaml11] {
            #expect(try !YAMLReader(file: "f", options: options).read(text).usedLibyaml)
        }
        for end in 0...text.count { expectAgreement(Array(text[..<end])) }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func misspeltManifestsAreReadAlike(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func random(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        let characters = Array(" \n:-#'\"|>[]{},&*!?%@~\\\t\ra0.".utf8)
        for _ in 0..<40 {
            var text = Array(Self.manifest.utf8)
            for _ in 0..<(1 + random(3)) {
                let index = random(text.count)
                switch random(4) {
                case 0: text.remove(at: index)
                case 1: text[index] = characters[random(characters.count)]
                case 2: text.insert(characters[random(characters.count)], at: index)
                default: text.insert(contentsOf: Array(repeating: UInt8(ascii: " "), count: 1 + random(3)), at: index)
                }
            }
            expectAgreement(text)
        }
    }

    @Test(.enabled(if: RecordedBuilds.root != nil, "no recorded builds beside the repository"))
    func recordedBuildsAreReadAlike() throws {
        for path in RecordedBuilds.outputs.prefix(300) { expectAgreement(try RecordedBuilds.bytes(path)) }
    }
}
