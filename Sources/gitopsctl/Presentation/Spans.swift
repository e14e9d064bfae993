// Times and counts in few words.

import SyncHistory

enum Spans {
    /// How long something took: `0.42 s`, `12.3 s`, `2 min 5 s`, `1 h 3 min`.
    static func duration(_ duration: Duration) -> String {
        let milliseconds = max(0, Int(duration / .milliseconds(1)))
        switch milliseconds {
        case ..<9_995:
            let hundredths = (milliseconds + 5) / 10
            return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100) s"
        case ..<59_950: return "\((milliseconds + 50) / 1000).\((milliseconds + 50) / 100 % 10) s"
        case ..<3_600_000:
            let seconds = milliseconds / 1000
            return seconds % 60 == 0 ? "\(seconds / 60) min" : "\(seconds / 60) min \(seconds % 60) s"
        default:
            let minutes = milliseconds / 60_000
            return minutes % 60 == 0 ? "\(minutes / 60) h" : "\(minutes / 60) h \(minutes % 60) min"
        }
    }

    /// How long ago something was: `just now`, `40 s ago`, `5 min ago`, `3 h ago`, `2 d ago`, `5 weeks ago`, and the
    /// date after a year.
    static func ago(_ moment: Timestamp, now: Timestamp) -> String {
        let seconds = (now.milliseconds - moment.milliseconds) / 1000
        switch seconds {
        case ..<2: return "just now"
        case ..<60: return "\(seconds) s ago"
        case ..<3600: return "\(seconds / 60) min ago"
        case ..<86_400: return "\(seconds / 3600) h ago"
        case ..<(14 * 86_400): return "\(seconds / 86_400) d ago"
        case ..<(366 * 86_400): return "\(seconds / (7 * 86_400)) weeks ago"
        default: return moment.calendar(offset: 0).date
        }
    }

    /// `1 object`, `7 objects`.
    static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    /// The counts that are not zero, joined by commas: `3 created, 1 pruned`.
    static func list(_ counts: [(Int, String)]) -> String {
        counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }
}
