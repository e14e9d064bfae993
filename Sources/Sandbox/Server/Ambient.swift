// What the API takes from outside: the time of day and randomness. Tests hand in their own.

import Glibc

/// A moment, to the microsecond, in UTC.
package struct Timestamp: Sendable, Hashable, Comparable {
    /// Microseconds since 1970-01-01.
    package var microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    package static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    package static func + (time: Timestamp, interval: Duration) -> Timestamp {
        let (seconds, attoseconds) = interval.components
        return Timestamp(microseconds: time.microseconds + seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }

    private var civil: (date: String, time: String, fraction: Int64) {
        let seconds = microseconds / 1_000_000
        let days = seconds / 86400
        let rest = seconds % 86400
        // Howard Hinnant's civil_from_days, for days since 1970.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        let civilMonth = month < 10 ? month + 3 : month - 9
        let year = yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0)
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return (
            "\(year)-\(two(civilMonth))-\(two(day))",
            "\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60))", microseconds % 1_000_000
        )
    }

    /// RFC 3339 to the second, as `metav1.Time` is written.
    package var text: String {
        let civil = civil
        return "\(civil.date)T\(civil.time)Z"
    }

    /// RFC 3339 to the microsecond, as `metav1.MicroTime` is written.
    package var preciseText: String {
        let civil = civil
        let digits = String(civil.fraction)
        return "\(civil.date)T\(civil.time).\(String(repeating: "0", count: 6 - digits.count))\(digits)Z"
    }

    /// Reads RFC 3339 in UTC, such as both texts above; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(whereSeparator: { "-T:.Z".contains($0) }).map { Int64($0) }
        guard parts.count >= 6, text.hasSuffix("Z"), let year = parts[0], let month = parts[1], let day = parts[2],
            let hour = parts[3], let minute = parts[4], let second = parts[5]
        else { return nil }
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        microseconds = (days * 86400 + hour * 3600 + minute * 60 + second) * 1_000_000
    }
}

/// The time and the randomness that the API lives by.
package struct Ambient: Sendable {
    package var now: @Sendable () -> Timestamp
    package var random: @Sendable () -> UInt64

    package init(now: @escaping @Sendable () -> Timestamp, random: @escaping @Sendable () -> UInt64) {
        self.now = now
        self.random = random
    }

    package static let system = Ambient(now: Timestamp.now, random: { UInt64.random(in: .min ... .max) })

    /// A version 4 UUID.
    func uuid() -> String {
        let high = random() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = random() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        func hex(_ value: UInt64) -> String {
            let digits = String(value, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
        let digits = hex(high) + hex(low)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text.append("-") }
            text.append(digit)
        }
        return text
    }

    /// Letters and digits that spell no words, as the API server appends them to `generateName`.
    func nameSuffix(_ count: Int = 5) -> String {
        let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")
        var bits = random()
        var text = ""
        for _ in 0..<count {
            text.append(alphabet[Int(bits % UInt64(alphabet.count))])
            bits /= UInt64(alphabet.count)
        }
        return text
    }
}
