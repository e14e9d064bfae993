// How many columns a text takes, and how it is cut and filled to take an exact number of them.

enum TextWidth {
    /// The columns that a text takes on a terminal, free of control sequences.
    static func of(_ text: String) -> Int {
        // Nearly everything is ASCII, where bytes are columns.
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        return text.reduce(0) { $0 + width($1) }
    }

    /// The text in at most `width` columns, cut in its middle: both ends of an object's name say most about it.
    static func shortened(_ text: String, to width: Int) -> String {
        let full = of(text)
        if full <= width { return text }
        guard width > 1 else { return width == 1 ? "…" : "" }
        let head = width / 2
        return prefix(of: text, width: head) + "…" + suffix(of: text, width: width - 1 - head)
    }

    /// The text in at most `width` columns, cut at its end.
    static func clipped(_ text: String, to width: Int) -> String {
        if of(text) <= width { return text }
        return width > 0 ? prefix(of: text, width: width - 1) + "…" : ""
    }

    static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - of(text)))
    }

    /// Lines of at most `width` columns, broken at spaces; a word that is longer stands alone.
    static func wrapped(_ text: String, to width: Int) -> [String] {
        var lines: [String] = []
        for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
            var line = ""
            for word in paragraph.split(separator: " ", omittingEmptySubsequences: false) {
                if line.isEmpty {
                    line = String(word)
                } else if of(line) + 1 + of(String(word)) <= width {
                    line += " " + word
                } else {
                    lines.append(line)
                    line = String(word)
                }
            }
            lines.append(line)
        }
        return lines
    }

    private static func prefix(of text: String, width: Int) -> String {
        var taken = 0
        return String(
            text.prefix { character in
                taken += Self.width(character)
                return taken <= width
            })
    }

    private static func suffix(of text: String, width: Int) -> String {
        var taken = 0
        var start = text.endIndex
        while start > text.startIndex {
            let before = text.index(before: start)
            taken += Self.width(text[before])
            if taken > width { break }
            start = before
        }
        return String(text[start...])
    }

    /// Two columns for East Asian wide and emoji blocks (Unicode Annex 11, by block), none for what only combines.
    private static func width(_ character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first else { return 0 }
        switch scalar.value {
        case 0..<0x20, 0x7f..<0xa0, 0x300...0x36f, 0x200b...0x200f, 0xfe00...0xfe0f: return 0
        case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f,
            0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1f64f, 0x1f680...0x1f6ff, 0x1f900...0x1f9ff,
            0x20000...0x3fffd:
            return 2
        default: return 1
        }
    }
}
