// A moment as the history keeps it: milliseconds since 1970, and its spelling by RFC 3339, without a calendar library.

import Glibc

/// A moment in UTC, to the millisecond.
package struct Timestamp: Sendable, Hashable, Comparable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// This moment, by the machine's clock.
    @Sendable package static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    /// The time between two moments, negative when `other` is the later one.
    package func since(_ other: Timestamp) -> Duration { .milliseconds(milliseconds - other.milliseconds) }
}

extension Timestamp: CustomStringConvertible {
    /// `2026-11-21T00:42:37Z`, as Kubernetes spells times.
    package var description: String {
        let parts = calendar(offset: 0)
        return "\(parts.date)T\(parts.time)Z"
    }

    /// The same with its milliseconds: `2026-11-21T00:42:37.125Z`.
    package var precise: String {
        let fraction = Self.padded(milliseconds - Self.floor(milliseconds, by: 1000) * 1000, 3)
        return "\(description.dropLast()).\(fraction)Z"
    }

    /// The date and time of day of a clock that is `offset` seconds ahead of UTC.
    package func calendar(offset: Int) -> (date: String, time: String) {
        let seconds = Self.floor(milliseconds, by: 1000) + Int64(offset)
        let day = Self.floor(seconds, by: 86_400)
        let second = seconds - day * 86_400
        let (year, month, dayOfMonth) = Self.civil(day)
        return (
            "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(dayOfMonth, 2))",
            "\(Self.padded(second / 3600, 2)):\(Self.padded(second / 60 % 60, 2)):\(Self.padded(second % 60, 2))"
        )
    }

    private static func floor(_ value: Int64, by divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// The Gregorian date of a day since 1970 (Howard Hinnant's `civil_from_days`: years begin in March, eras have 400
    /// years).
    private static func civil(_ day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = day + 719_468
        let era = floor(shifted, by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }
}

extension Timestamp {
    /// Reads an RFC 3339 time, such as Kubernetes writes: `2026-11-21T00:42:37Z`, with a fraction or an offset as it
    /// may have.
    package init?(parsing text: String) {
        let bytes = Array(text.utf8)
        func number(_ start: Int, _ count: Int) -> Int64? {
            guard bytes.count >= start + count else { return nil }
            var value: Int64 = 0
            for byte in bytes[start..<start + count] {
                guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
                value = value * 10 + Int64(byte - UInt8(ascii: "0"))
            }
            return value
        }
        guard let year = number(0, 4), let month = number(5, 2), let day = number(8, 2), let hour = number(11, 2),
            let minute = number(14, 2), let second = number(17, 2), (1...12).contains(month), (1...31).contains(day),
            hour < 24, minute < 60, second < 61, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            [UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")].contains(bytes[10]),
            bytes[13] == UInt8(ascii: ":"),
            bytes[16] == UInt8(ascii: ":")
        else { return nil }
        var at = 19
        var fraction: Int64 = 0
        if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
            let digits = bytes[(at + 1)...].prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            guard !digits.isEmpty else { return nil }
            for place in 0..<3 {
                let digit = digits.dropFirst(place).first ?? UInt8(ascii: "0")
                fraction = fraction * 10 + Int64(digit - UInt8(ascii: "0"))
            }
            at += 1 + digits.count
        }
        var offset: Int64 = 0
        guard at < bytes.count else { return nil }
        switch bytes[at] {
        case UInt8(ascii: "Z"), UInt8(ascii: "z"): at += 1
        case let sign where sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"):
            guard let hours = number(at + 1, 2), let minutes = number(at + 4, 2), bytes[at + 3] == UInt8(ascii: ":")
            else { return nil }
            offset = (hours * 60 + minutes) * (sign == UInt8(ascii: "+") ? 60 : -60)
            at += 6
        default: return nil
        }
        guard at == bytes.count else { return nil }
        let seconds =
            Self.day(year: year, month: month, day: day) * 86_400 + hour * 3600 + minute * 60 + second - offset
        self.init(milliseconds: seconds * 1000 + fraction)
    }

    /// The day since 1970 of a Gregorian date (Howard Hinnant's `days_from_civil`).
    private static func day(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = floor(marchYear, by: 400)
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
