import FoundationEssentials
import Testing

@testable import gitopsctl

/// Compares lines with the text that is kept beside the tests, and that no line is wider than the terminal.
///
/// `GITOPSCTL_WRITE_GOLDEN=1` writes the texts anew: look at them before they are committed.
func expectGolden(_ name: String, width: Int, _ lines: [InkedLine], source: SourceLocation = #_sourceLocation) throws {
    for line in lines { #expect(line.width <= width, "\(line.text)", sourceLocation: source) }
    let path =
        "\(#filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.startIndex))/Golden/\(name)-\(width).txt"
    let actual = lines.map(\.text).joined(separator: "\n") + "\n"
    if ProcessInfo.processInfo.environment["GITOPSCTL_WRITE_GOLDEN"] == "1" {
        try Data(actual.utf8).write(to: URL(filePath: path))
        return
    }
    let kept = try #require(
        FileManager.default.contents(atPath: path), "no golden text \(path)", sourceLocation: source)
    #expect(actual == String(decoding: kept, as: UTF8.self), sourceLocation: source)
}
