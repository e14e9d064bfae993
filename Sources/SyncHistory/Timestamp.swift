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
        let fraction = Self.padded(Int(milliseconds) - Int(milliseconds).flooredQuotient(1000) * 1000, 3)
        return "\(description.dropLast()).\(fraction)Z"
    }

    /// The date and time of day of a clock that is `offset` seconds ahead of UTC.
    package func calendar(offset: Int) -> (date: String, time: String) {
        let seconds = Int(milliseconds).flooredQuotient(1000) + offset
        let day = seconds.flooredQuotient(86_400)
        let second = seconds - day * 86_400
        let date = CivilDate(daysSince1970: day)
        return (
            "\(Self.padded(date.year, 4))-\(Self.padded(date.month, 2))-\(Self.padded(date.day, 2))",
            "\(Self.padded(second / 3600, 2)):\(Self.padded(second / 60 % 60, 2)):\(Self.padded(second % 60, 2))"
        )
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Timestamp {
    /// Reads an RFC 3339 time, such as Kubernetes writes: `2026-11-21T00:42:37Z`, with a fraction or an offset as it
    /// may have.
    package init?(parsing text: String) {
        let bytes = Array(text.utf8)
        func number(_ start: Int, _ count: Int) -> Int? {
            guard bytes.count >= start + count else { return nil }
            var value = 0
            for byte in bytes[start..<start + count] {
                guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
                value = value * 10 + Int(byte - UInt8(ascii: "0"))
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
        var fraction = 0
        if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
            let digits = bytes[(at + 1)...].prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            guard !digits.isEmpty else { return nil }
            for place in 0..<3 {
                let digit = digits.dropFirst(place).first ?? UInt8(ascii: "0")
                fraction = fraction * 10 + Int(digit - UInt8(ascii: "0"))
            }
            at += 1 + digits.count
        }
        var offset = 0
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
        let days = CivilDate(year: year, month: month, day: day).daysSince1970
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
        self.init(milliseconds: Int64(seconds * 1000 + fraction))
    }
}
