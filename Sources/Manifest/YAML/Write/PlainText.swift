// The great majority of strings in manifests, recognised by one look at each byte: those that nothing could be mistaken
// for.

enum PlainText {
    /// Whether a string is certainly written plain and on one line, wherever it stands: it begins with a letter that
    /// begins no word with a meaning (`true`, `no`, `null`, …), or is too long for one, and goes on with characters
    /// that are never syntax.
    static func isObvious(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = text.first else { return false }
        return classes.withUnsafeBufferPointer { classes in
            let start = classes[Int(first)]
            guard start == letter || (start == wordStart && text.count > longestWord) else { return false }
            for byte in text where classes[Int(byte)] == other { return false }
            return true
        }
    }

    /// `false` and `+.inf`.
    private static let longestWord = 5

    private static let other: UInt8 = 0, inner: UInt8 = 1, wordStart: UInt8 = 2, letter: UInt8 = 3

    private static let classes: [UInt8] = {
        var classes = [UInt8](repeating: other, count: 256)
        func put(_ kind: UInt8, _ characters: StaticString) {
            for index in 0..<characters.utf8CodeUnitCount { classes[Int(characters.utf8Start[index])] = kind }
        }
        put(letter, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/$_(^;")
        put(wordStart, "nNtTfFyYoO")
        put(inner, "0123456789-.=+*@%&!|<>,[]{})~\"'?\\")
        return classes
    }()
}
