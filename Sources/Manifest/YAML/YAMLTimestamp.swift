// Timestamps as go-yaml recognises them in plain scalars, and the RFC 3339 text that they become in JSON.

/// A date, or a date and time, that go-yaml's `parseTimestamp` accepts: `YYYY-M-D`, `YYYY-M-D[Tt]h:m:s(.f)(Z|±hh:mm)`
/// or `YYYY-M-D h:m:s(.f)`.
struct YAMLTimestamp {
    private var year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0
    /// Up to nine digits of the second, without trailing zeros.
    private var fraction = ""
    /// Minutes east of UTC.
    private var offset = 0

    /// As Go's `time.Time` marshals itself into JSON.
    var rfc3339: String {
        func padded(_ value: Int, _ width: Int = 2) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(width - digits.utf8.count, 0)) + digits
        }
        var text =
            "\(padded(year, 4))-\(padded(month))-\(padded(day))T\(padded(hour)):\(padded(minute)):\(padded(second))"
        if !fraction.isEmpty { text += "." + fraction }
        if offset == 0 { return text + "Z" }
        let distance = Int(offset.magnitude)
        return text + (offset < 0 ? "-" : "+") + padded(distance / 60) + ":" + padded(distance % 60)
    }

    init?(_ text: UnsafeBufferPointer<UInt8>) {
        var scanner = Scanner(text: text)
        guard let year = scanner.number(digits: 4...4), scanner.take("-"),
            let month = scanner.number(digits: 1...2), 1...12 ~= month, scanner.take("-"),
            let day = scanner.number(digits: 1...2), 1...Self.days(of: month, in: year) ~= day
        else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
        if scanner.isAtEnd { return }

        let isSpaced = scanner.take(" ")
        guard isSpaced || scanner.take("T") || scanner.take("t"),
            let hour = scanner.number(digits: 1...2), hour < 24, scanner.take(":"),
            let minute = scanner.number(digits: 1...2), minute < 60, scanner.take(":"),
            let second = scanner.number(digits: 1...2), second < 60
        else { return nil }
        (self.hour, self.minute, self.second) = (hour, minute, second)
        if let fraction = scanner.fraction() { self.fraction = fraction }
        if !isSpaced {
            guard let offset = scanner.zone() else { return nil }
            self.offset = offset
        }
        guard scanner.isAtEnd else { return nil }
    }

    private static func days(of month: Int, in year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private struct Scanner {
        let text: UnsafeBufferPointer<UInt8>
        var index = 0

        var isAtEnd: Bool { index == text.count }
        private var isAtDigit: Bool { index < text.count && UInt8(ascii: "0")...UInt8(ascii: "9") ~= text[index] }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard index < text.count, text[index] == UInt8(ascii: character) else { return false }
            index += 1
            return true
        }

        mutating func number(digits: ClosedRange<Int>) -> Int? {
            var value = 0
            var count = 0
            while count < digits.upperBound, isAtDigit {
                value = value * 10 + Int(text[index] - UInt8(ascii: "0"))
                index += 1
                count += 1
            }
            return count >= digits.lowerBound ? value : nil
        }

        mutating func fraction() -> String? {
            let start = index
            guard take(".") || take(","), isAtDigit else {
                index = start
                return nil
            }
            var digits: [UInt8] = []
            while isAtDigit {
                if digits.count < 9 { digits.append(text[index]) }
                index += 1
            }
            while digits.last == UInt8(ascii: "0") { digits.removeLast() }
            return String(decoding: digits, as: UTF8.self)
        }

        mutating func zone() -> Int? {
            if take("Z") { return 0 }
            let isWest = take("-")
            guard isWest || take("+"), let hours = number(digits: 2...2), hours < 24, take(":"),
                let minutes = number(digits: 2...2), minutes < 60
            else { return nil }
            let distance = hours * 60 + minutes
            return isWest ? -distance : distance
        }
    }
}
