import Manifest
import Testing

/// Random trees, the same for the same seed.
private struct TreeGenerator {
    private var state: UInt64
    private let hasLineSeparators: Bool

    init(seed: UInt64, lineSeparators: Bool = true) {
        hasLineSeparators = lineSeparators
        state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    }

    private mutating func number(below bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
    }

    mutating func value(depth: Int = 0) -> Value {
        switch number(below: depth > 3 ? 6 : 10) {
        case 0: .null
        case 1: .bool(number(below: 2) == 0)
        case 2: .int(number(below: 2_000_000) - 1_000_000)
        case 3:
            .scalar(
                Scalar(["1.5", "-0.25", "1e+21", "1e-7", "123456.789", "1.5e+300"][number(below: 6)], kind: .float))
        case 4, 5: .string(string())
        case 6, 7: .array((0..<number(below: 5)).map { _ in value(depth: depth + 1) })
        default: .object(object(depth: depth + 1))
        }
    }

    private mutating func object(depth: Int) -> Object {
        var object = Object()
        for _ in 0..<number(below: 20) {
            // kustomize prints a key of << plain, and then it is no key any more.
            let key = string()
            if key != "<<" { object[key] = value(depth: depth) }
        }
        return object
    }

    private mutating func string() -> String {
        let words = [
            "a", "b", "name", "true", "no", "null", "~", "1", "0x1F", "1.5", "2001-01-01", "12:30", "", " ", "  ", "\n",
            "\n\n", "\t", ":", ": ", " #", "#",
            "-", "- ", "?", "\"", "'", "\\", "{", "}", "[", ",", "&", "*", "!", "|", ">", "%", "@", "`", "é", "日本", "😀",
            "\u{A0}", hasLineSeparators ? "\u{2028}" : "", "\u{FEFF}",
            "\r", "\0", "\u{1B}", "---", "...", "<<", "=",
            "word word word word word word word word word word word word word word word word word word",
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        ]
        return (0..<(1 + number(below: 4))).map { _ in words[number(below: words.count)] }.joined()
    }
}

@Suite struct RoundTripTests {
    @Test(arguments: 0..<200 as Range<UInt64>)
    func whatIsWrittenAsYAMLReadsBackAsTheSameTree(seed: UInt64) throws {
        var generator = TreeGenerator(seed: seed)
        let value = Value.array([generator.value()])
        let bytes = YAML.write(value)
        var options = YAMLReader.Options.resources
        options.documents = .all
        let again = try #require(try YAML.read(bytes, file: "f", options: options).first)
        #expect(try again.canonicalized() == value, "\(String(decoding: bytes, as: UTF8.self))")
        #expect(YAML.write(again) == bytes)
        // The rules of kustomization files read the same tree: what they would misread is quoted.
        #expect(try YAML.read(bytes, file: "f", options: .yaml11) == [value])
    }

    @Test(arguments: 0..<200 as Range<UInt64>, [false, true])
    func whatIsWrittenAsJSONReadsBackAsTheSameTree(seed: UInt64, pretty: Bool) throws {
        var generator = TreeGenerator(seed: seed)
        let value = generator.value()
        let bytes = JSON.write(value, pretty: pretty)
        #expect(try JSON.read(bytes) == value)
        #expect(try JSON.write(JSON.read(bytes), pretty: pretty) == bytes)
    }

    /// JSON is YAML, but for line separators in keys and for keys beyond 1024 characters.
    @Test(arguments: 0..<50 as Range<UInt64>)
    func jsonReadsAsYAMLToo(seed: UInt64) throws {
        var generator = TreeGenerator(seed: seed, lineSeparators: false)
        let value = Value.array([generator.value()])
        let read = try #require(try YAML.read(JSON.write(value, pretty: true), file: "f").first)
        #expect(try read.canonicalized() == value)
    }
}
