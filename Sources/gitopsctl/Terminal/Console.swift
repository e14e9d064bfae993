// The two streams of the process: results on standard output, progress and findings on standard error.

import FoundationEssentials
import Manifest
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// One output stream, and what the terminal behind it can do, if there is one.
///
/// A reader that went away (`| head`) is no error: what is written after that is dropped.
final class OutputStream: Sendable {
    let isTerminal: Bool
    let hasColour: Bool
    private let descriptor: Int32
    private let isClosed = Atomic(false)

    init(descriptor: Int32, environment: [String: String]) {
        self.descriptor = descriptor
        isTerminal = isatty(descriptor) == 1 && environment["TERM"] != "dumb"
        // https://no-color.org: present and not empty, whatever its value.
        hasColour = isTerminal && (environment["NO_COLOR"] ?? "").isEmpty
    }

    /// The terminal's size at this moment; nil where there is no terminal.
    var size: (columns: Int, lines: Int)? {
        guard isTerminal else { return nil }
        var window = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0 else { return (80, 24) }
        return (Int(window.ws_col), Int(window.ws_row))
    }

    func write(_ bytes: [UInt8]) {
        guard !isClosed.load(ordering: .relaxed) else { return }
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 {
                switch errno {
                case EINTR: continue
                case EAGAIN:
                    var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&state, 1, 1000)
                    continue
                default:
                    isClosed.store(true, ordering: .relaxed)
                    return
                }
            }
            rest = rest.dropFirst(written)
        }
    }

    func write(_ text: String) { write(Array(text.utf8)) }

    func print(_ line: InkedLine) { write(line.rendered(colour: hasColour) + "\n") }

    func print(_ lines: [InkedLine]) {
        if lines.isEmpty { return }
        write(lines.map { $0.rendered(colour: hasColour) + "\n" }.joined())
    }
}

/// The process's streams.
struct Console: Sendable {
    let output: OutputStream
    let error: OutputStream
    let environment: [String: String]

    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.environment = environment
        output = OutputStream(descriptor: STDOUT_FILENO, environment: environment)
        error = OutputStream(descriptor: STDERR_FILENO, environment: environment)
    }

    /// The width that tables and texts are fitted to; where there is no terminal nothing is cut.
    var width: Int { output.size?.columns ?? Int(environment["COLUMNS"] ?? "") ?? 4096 }

    /// Whether a live list can be drawn: both streams are the terminal, so that neither disturbs the other.
    var isLive: Bool { output.isTerminal && error.isTerminal }

    /// Prints findings, none twice: gathered on a terminal, each at its place for programs.
    func report(_ diagnostics: [Diagnostic]) {
        var seen: Set<Diagnostic> = []
        let diagnostics = diagnostics.filter { seen.insert($0).inserted }
        if let width = error.size?.columns {
            error.print(DiagnosticText.gathered(diagnostics, width: width))
        } else {
            error.print(diagnostics.flatMap { DiagnosticText.lines($0, width: nil) })
        }
    }
}
