// Lines at the bottom of the terminal that are drawn again in place.

#if canImport(Glibc)
    import Glibc
#endif

/// A region that is redrawn. While it stands the cursor is hidden; `close` and the process's end by a signal show it
/// again.
struct LiveRegion {
    private let stream: OutputStream
    /// How many lines stand on the terminal now.
    private var height = 0
    private var isOpen = false
    private var last: [InkedLine] = []

    static let hideCursor = "\u{1b}[?25l"
    static let showCursor = "\u{1b}[?25h"

    init(on stream: OutputStream) {
        self.stream = stream
    }

    /// Shows lines in place of those that were shown before. Each must fit into the terminal's width, all into its
    /// height.
    mutating func draw(_ lines: [InkedLine]) {
        guard lines != last || !isOpen else { return }
        // Begin and end of a synchronized update (mode 2026): a terminal that knows it shows no half-drawn picture.
        var text = "\u{1b}[?2026h"
        if !isOpen { text += Self.hideCursor }
        text += rewind()
        for line in lines { text += "\u{1b}[2K" + line.rendered(colour: stream.hasColour) + "\n" }
        text += "\u{1b}[0J\u{1b}[?2026l"
        stream.write(text)
        isOpen = true
        height = lines.count
        last = lines
    }

    /// Takes the region away and leaves these lines in its place.
    mutating func close(leaving lines: [InkedLine]) {
        guard isOpen else { return stream.print(lines) }
        stream.write(
            rewind() + "\u{1b}[0J" + lines.map { $0.rendered(colour: stream.hasColour) + "\n" }.joined()
                + Self.showCursor)
        isOpen = false
        height = 0
        last = []
    }

    private func rewind() -> String { height > 0 ? "\u{1b}[\(height)A\r" : "" }
}
