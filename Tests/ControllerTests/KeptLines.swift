// A log that a test reads.

import Logging
import Synchronization

/// Keeps what is logged.
final class KeptLines: Sendable {
    let lines = Mutex<[String]>([])

    struct Handler: LogHandler {
        let kept: KeptLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) {
            kept.lines.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
        }
    }

    var logger: Logger { Logger(label: "test") { [self] _ in Handler(kept: self) } }
    var all: String { lines.withLock { $0.joined(separator: "\n") } }
}
