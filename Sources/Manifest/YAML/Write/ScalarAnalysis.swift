// Which ways of writing a string would read back as that string: libyaml's `analyze_scalar`, as go-yaml v2 ports it.

/// How a string is written.
enum StringStyle {
    case plain, singleQuoted, doubleQuoted, literal
}

/// What stands in a string that limits how it can be written.
struct ScalarAnalysis {
    private(set) var isMultiline = false
    private var allowsPlain = true
    private var allowsSingleQuotes = true
    private var allowsBlock = true

    init(_ text: UnsafeBufferPointer<UInt8>) {
        guard let first = text.first else {
            allowsBlock = false
            return
        }
        var hasIndicators = Self.beginsLikeAMarker(text)
        var hasSpecials = false
        var hasBreakThenSpace = false
        var hasSpaceThenBreak = false
        var isAfterSpace = false
        var isAfterBreak = false
        var isAfterBlank = true
        var index = 0
        while index < text.count {
            let byte = text[index]
            if index > 0, UTF8Text.isOrdinary(byte) {
                (isAfterSpace, isAfterBreak, isAfterBlank) = (false, false, false)
                repeat { index += 1 } while index < text.count && UTF8Text.isOrdinary(text[index])
                continue
            }
            let width = UTF8Text.width(byte)
            let isBeforeBlank = index + width >= text.count || UTF8Text.isBlank(text[index + width])
            if index == 0 {
                hasIndicators = hasIndicators || Self.isIndicator(byte, isBeforeBlank: isBeforeBlank)
            } else if (byte == UInt8(ascii: ":") && isBeforeBlank) || (byte == UInt8(ascii: "#") && isAfterBlank) {
                hasIndicators = true
            }
            if !UTF8Text.isPrintable(text, at: index) { hasSpecials = true }
            let isBreak = UTF8Text.isBreak(text, at: index)
            if byte == UInt8(ascii: " ") {
                if isAfterBreak { hasBreakThenSpace = true }
                (isAfterSpace, isAfterBreak) = (true, false)
            } else if isBreak {
                isMultiline = true
                if isAfterSpace { hasSpaceThenBreak = true }
                (isAfterSpace, isAfterBreak) = (false, true)
            } else {
                (isAfterSpace, isAfterBreak) = (false, false)
            }
            isAfterBlank = isBreak || UTF8Text.isBlank(byte)
            index += width
        }
        let hasTrailingSpace = isAfterSpace
        allowsPlain = !(hasIndicators || isMultiline || first == UInt8(ascii: " ") || hasTrailingSpace || hasSpecials)
        allowsSingleQuotes = !(hasBreakThenSpace || hasSpaceThenBreak || hasSpecials)
        allowsBlock = !(hasTrailingSpace || hasSpaceThenBreak || hasSpecials)
    }

    private static func beginsLikeAMarker(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.count >= 3, text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: ".") else { return false }
        return text[1] == text[0] && text[2] == text[0]
    }

    /// Whether a character that begins a text would be taken for syntax in a block collection.
    private static func isIndicator(_ byte: UInt8, isBeforeBlank: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "#"), UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"),
            UInt8(ascii: "}"),
            UInt8(ascii: "&"), UInt8(ascii: "*"), UInt8(ascii: "!"), UInt8(ascii: "|"), UInt8(ascii: ">"),
            UInt8(ascii: "'"),
            UInt8(ascii: "\""), UInt8(ascii: "%"), UInt8(ascii: "@"), UInt8(ascii: "`"):
            true
        case UInt8(ascii: "?"), UInt8(ascii: ":"), UInt8(ascii: "-"): isBeforeBlank
        default: false
        }
    }

    /// The style in which go-yaml v2 writes the string: a block for what has lines, double quotes for what would be
    /// read as something else, plain otherwise, and from there to quotes where the wish cannot be granted.
    func style(of text: UnsafeBufferPointer<UInt8>, isSimpleKey: Bool) -> StringStyle {
        if text.contains(UInt8(ascii: "\n")) {
            return allowsBlock && !isSimpleKey ? .literal : .doubleQuoted
        }
        if YAMLSchema.needsQuotes(text) || (isSimpleKey && isMultiline) { return .doubleQuoted }
        if allowsPlain { return .plain }
        return allowsSingleQuotes ? .singleQuoted : .doubleQuoted
    }
}

extension Scalar.Style {
    /// The style in which the writer writes a string.
    package static func written(_ text: String) -> Scalar.Style {
        text.withBytes { text in
            switch ScalarAnalysis(text).style(of: text, isSimpleKey: false) {
            case .plain: .plain
            case .singleQuoted: .singleQuoted
            case .doubleQuoted: .doubleQuoted
            case .literal: .literal
            }
        }
    }

    /// The style of a string that is put into a tree: double quotes where it would be read as something else, else
    /// none.
    package static func created(_ text: String) -> Scalar.Style {
        text.withBytes(YAMLSchema.needsQuotes) ? .doubleQuoted : .plain
    }
}

/// Characters of UTF-8 as libyaml classes them.
enum UTF8Text {
    /// Whether an ASCII character inside a text is neither white space nor any part of YAML's syntax.
    @inline(__always)
    static func isOrdinary(_ byte: UInt8) -> Bool {
        byte > 0x23 && byte < 0x7F && byte != UInt8(ascii: ":")
    }

    /// The length of the sequence that a lead byte begins.
    static func width(_ lead: UInt8) -> Int {
        lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1
    }

    static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }

    /// CR, LF, U+0085, U+2028 or U+2029.
    static func isBreak(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
        switch text[index] {
        case UInt8(ascii: "\r"), UInt8(ascii: "\n"): true
        case 0xC2: text[index + 1] == 0x85
        case 0xE2: text[index + 1] == 0x80 && (text[index + 2] == 0xA8 || text[index + 2] == 0xA9)
        default: false
        }
    }

    /// LF, U+0020–7E, U+00A0–D7FF and U+E000–FFFD without U+FEFF. What lies above U+FFFF is not printable to go-yaml
    /// v2.
    static func isPrintable(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
        switch text[index] {
        case 0x0A, 0x20...0x7E: true
        case 0xC2: text[index + 1] >= 0xA0
        case 0xC3...0xEC, 0xEE: true
        case 0xED: text[index + 1] < 0xA0
        case 0xEF:
            !(text[index + 1] == 0xBB && text[index + 2] == 0xBF)
                && !(text[index + 1] == 0xBF && (text[index + 2] == 0xBE || text[index + 2] == 0xBF))
        default: false
        }
    }
}
