import SealedSecrets
import Testing

@Suite struct TemplateTests {
    private static let values = ["user": "shop", "pass-word": "p\"w", "empty": "", "b64": "aGk="]

    private static func render(_ template: String) throws -> String {
        let values = values.mapValues { Array($0.utf8) }
        return String(decoding: try SecretTemplate(template).rendered(with: values), as: UTF8.self)
    }

    // What Go's text/template and sprig give.
    @Test(arguments: [
        ("plain", "plain"), ("{{ .user }}", "shop"), ("{{.user}}!", "shop!"), ("{{ index . \"pass-word\" }}", "p\"w"),
        ("{{ $.user }}", "shop"), ("{{ .missing }}", "<no value>"), ("{{ .user | b64enc }}", "c2hvcA=="),
        ("{{ .b64 | b64dec }}", "hi"),
        ("{{ index . \"pass-word\" | quote }}", "\"p\\\"w\""), ("{{ .user | squote }}", "'shop'"),
        ("{{ .empty | default \"none\" }}", "none"), ("{{ .user | upper | trimSuffix \"OP\" }}", "SH"),
        ("a {{- .user -}} b", "ashopb"), ("{{/* nothing */}}x", "x"), ("{{ if .empty }}a{{ else }}b{{ end }}", "b"),
        ("{{ if .empty }}a{{ else if eq .user \"shop\" }}b{{ else }}c{{ end }}", "b"),
        ("{{ with .user }}<{{ . }}>{{ end }}", "<shop>"),
        ("{{ $u := .user }}{{ $u }}{{ $u }}", "shopshop"), ("{{ printf \"%s:%q\" .user .user }}", "shop:\"shop\""),
        ("{{ (index . \"user\") | len }}", "4"), ("{{ .user | toJson }}", "\"shop\""),
        ("{{ \"a\\nb\" | indent 2 }}", "  a\n  b"),
        ("{{ `raw\\n` }}", "raw\\n"), ("{{ .user | replace \"o\" \"0\" }}", "sh0p"), ("{{ not .empty }}", "true"),
        ("{{ and .user .empty | quote }}", "\"\""), ("{{ list \"a\" \"b\" | join \"-\" }}", "a-b"),
    ])
    func rendersAsGoDoes(_ template: String, _ expected: String) throws {
        #expect(try Self.render(template) == expected)
    }

    @Test(arguments: [
        "{{ .user", "{{ end }}", "{{ if .user }}x", "{{ \"open }}", "{{ nosuch .user }}", "{{ range . }}{{ end }}",
        "{{ .a.b }}",
        "{{ $nosuch }}", "{{ }}", "{{ .user | }}", "{{ printf \"%s\" }}", "{{ (.user }}", "{{ .user \"x\" }}",
        "{{ repeat 9999999 .user }}",
    ])
    func refusesWhatItCannotRender(_ template: String) {
        #expect(throws: TemplateError.self) { try Self.render(template) }
    }

    @Test func valuesThatAreNoTextPassThrough() throws {
        #expect(try SecretTemplate("<{{ .raw }}>").rendered(with: ["raw": [0xFF, 0x00]]) == [0x3C, 0xFF, 0x00, 0x3E])
    }
}
