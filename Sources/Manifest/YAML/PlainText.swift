// The great majority of strings in manifests, recognised by one look at each byte: those that nothing could be mistaken for.

enum PlainText {
    /// Whether a string is certainly written plain and on one line, wherever it stands: it begins with a letter that begins no word
    /// with a meaning (`true`, `no`, `null`, …), or is too long for one, and goes on with characters that are never syntax.
    static func isObvious(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = text.first else { return false }
        let classes = Self.classes
        guard classes[Int(first)] == .letter || (classes[Int(first)] == .wordStart && text.count > 5) else { return false }
        for byte in text where classes[Int(byte)] == .other { return false }
        return true
    }

    private enum Class: UInt8 {
        case other, inner, wordStart, letter
    }

    private static let classes: [Class] = (0..<256).map { byte in
        guard byte < 0x80 else { return .other }
        switch Character(Unicode.Scalar(UInt8(byte))) {
        case "n", "N", "t", "T", "f", "F", "y", "Y", "o", "O": return .wordStart
        case "a"..."z", "A"..."Z", "/", "$", "_", "(", "^", ";": return .letter
        case "0"..."9", "-", ".", "=", "+", "*", "@", "%", "&", "!", "|", "<", ">", ",", "[", "]", "{", "}", ")", "~", "\"", "'", "?", "\\":
            return .inner
        default: return .other
        }
    }
}
