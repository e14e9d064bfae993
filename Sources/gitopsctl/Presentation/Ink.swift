// Emphasis by meaning. What it looks like is decided here once, and without colour the text alone must say the same.

/// The look of a piece of text on a terminal.
enum Ink: Sendable, Hashable {
    case plain, quiet, strong, good, warning, bad, accent

    /// The parameters of "Select Graphic Rendition" (ECMA-48, 8.3.117), from the sixteen colours that every theme
    /// defines.
    fileprivate var code: String? {
        switch self {
        case .plain: nil
        case .quiet: "2"
        case .strong: "1"
        case .good: "32"
        case .warning: "33"
        case .bad: "31"
        case .accent: "36"
        }
    }
}

/// A line made of pieces, each with its look.
struct InkedLine: Sendable, Hashable, ExpressibleByStringInterpolation {
    private(set) var pieces: [(text: String, ink: Ink)] = []

    init(_ text: String = "", _ ink: Ink = .plain) {
        if !text.isEmpty { pieces = [(text, ink)] }
    }

    init(stringLiteral value: String) { self.init(value) }

    static func == (left: InkedLine, right: InkedLine) -> Bool {
        left.rendered(colour: true) == right.rendered(colour: true)
    }
    func hash(into hasher: inout Hasher) { hasher.combine(rendered(colour: true)) }

    mutating func append(_ text: String, _ ink: Ink = .plain) {
        if !text.isEmpty { pieces.append((text, ink)) }
    }

    mutating func append(_ line: InkedLine) { pieces += line.pieces }

    var text: String { pieces.map(\.text).joined() }
    var width: Int { TextWidth.of(text) }
    var isEmpty: Bool { pieces.isEmpty }

    func rendered(colour: Bool) -> String {
        guard colour else { return text }
        return pieces.map { piece in piece.ink.code.map { "\u{1b}[\($0)m\(piece.text)\u{1b}[0m" } ?? piece.text }
            .joined()
    }

    /// The line in at most `width` columns; what is beyond is cut off.
    func clipped(to width: Int) -> InkedLine {
        guard self.width > width else { return self }
        var line = InkedLine()
        var left = width
        for piece in pieces {
            let taken = TextWidth.of(piece.text)
            if taken > left || (taken == left && piece.text != pieces.last?.text) {
                line.append(TextWidth.clipped(piece.text + " ", to: left), piece.ink)
                return line
            }
            line.append(piece.text, piece.ink)
            left -= taken
        }
        return line
    }
}
