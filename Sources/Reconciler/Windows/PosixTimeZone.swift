// The rule by which a time zone goes on for ever: `CET-1CEST,M3.5.0,M10.5.0/3`, as POSIX has it in the variable TZ,
// with the hours beyond a day that RFC 8536 allows.

import SyncHistory

struct PosixTimeZone: Sendable, Hashable {
    /// A day of the year and a time of it, by the clock that holds until then.
    private struct Change: Sendable, Hashable {
        enum Day: Sendable, Hashable {
            /// The weekday of a week of a month; week 5 is the last.
            case weekday(month: Int, week: Int, weekday: Int)
            /// From 1 to 365: the 29th of February is never counted.
            case withoutLeapDay(Int)
            /// From 0 to 365.
            case withLeapDay(Int)
        }

        var day: Day
        /// Seconds from midnight.
        var time = 7200

        /// The day since 1970 in a year.
        func number(in year: Int) -> Int {
            let start = CivilDate(year: year, month: 1, day: 1).daysSince1970
            switch day {
            case .withLeapDay(let number): return start + number
            case .withoutLeapDay(let number):
                let isLeap = CivilDate(year: year + 1, month: 1, day: 1).daysSince1970 - start == 366
                return start + number - 1 + (isLeap && number >= 60 ? 1 : 0)
            case .weekday(let month, let week, let weekday):
                let first = CivilDate(year: year, month: month, day: 1).daysSince1970
                let next = CivilDate(year: month == 12 ? year + 1 : year, month: month % 12 + 1, day: 1).daysSince1970
                let ahead = (weekday - CivilDate.weekday(daysSince1970: first) + 7) % 7
                let found = first + ahead + (week - 1) * 7
                return found < next ? found : found - 7
            }
        }
    }

    private var standard: Int
    private var summer: (offset: Int, from: Change, to: Change)?

    static func == (left: PosixTimeZone, right: PosixTimeZone) -> Bool {
        left.standard == right.standard && left.summer?.offset == right.summer?.offset
            && left.summer?.from == right.summer?.from && left.summer?.to == right.summer?.to
    }

    func hash(into hasher: inout Hasher) { hasher.combine(standard) }

    init?(parsing text: String) {
        var rest = text[...]
        guard Self.name(&rest), let west = Self.time(&rest) else { return nil }
        standard = -west
        if rest.isEmpty { return }
        guard Self.name(&rest) else { return nil }
        let offset = rest.first == "," ? standard + 3600 : Self.time(&rest).map { -$0 }
        guard let offset, let from = Self.change(&rest), let to = Self.change(&rest), rest.isEmpty else { return nil }
        summer = (offset, from, to)
    }

    func offset(at moment: Int) -> Int {
        guard let summer else { return standard }
        let year = CivilDate(daysSince1970: (moment + standard).flooredQuotient(86_400)).year
        let from = summer.from.number(in: year) * 86_400 + summer.from.time - standard
        let to = summer.to.number(in: year) * 86_400 + summer.to.time - summer.offset
        // South of the equator the summer goes across the new year.
        let isSummer = from < to ? moment >= from && moment < to : moment >= from || moment < to
        return isSummer ? summer.offset : standard
    }

    // MARK: Parsing

    private static func name(_ rest: inout Substring) -> Bool {
        if rest.first == "<", let end = rest.firstIndex(of: ">") {
            rest = rest[rest.index(after: end)...]
            return true
        }
        let letters = rest.prefix { $0.isLetter }
        rest = rest.dropFirst(letters.count)
        return letters.count >= 3
    }

    private static func number(_ rest: inout Substring) -> Int? {
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        rest = rest.dropFirst(digits.count)
        return Int(digits)
    }

    /// `[+-]hh[:mm[:ss]]`, in seconds, with the hours of a week (RFC 8536, section 3.3.1).
    private static func time(_ rest: inout Substring) -> Int? {
        var sign = 1
        if let first = rest.first, "+-".contains(first) {
            sign = first == "-" ? -1 : 1
            rest = rest.dropFirst()
        }
        guard let hours = number(&rest), hours <= 167 else { return nil }
        var seconds = hours * 3600
        for unit in [60, 1] where rest.first == ":" {
            rest = rest.dropFirst()
            guard let part = number(&rest), part < 60 else { return nil }
            seconds += part * unit
        }
        return sign * seconds
    }

    private static func change(_ rest: inout Substring) -> Change? {
        guard rest.first == "," else { return nil }
        rest = rest.dropFirst()
        let day: Change.Day
        switch rest.first {
        case "M":
            rest = rest.dropFirst()
            var numbers: [Int] = []
            for index in 0..<3 {
                if index > 0 {
                    guard rest.first == "." else { return nil }
                    rest = rest.dropFirst()
                }
                guard let part = number(&rest) else { return nil }
                numbers.append(part)
            }
            guard (1...12).contains(numbers[0]), (1...5).contains(numbers[1]), (0...6).contains(numbers[2]) else {
                return nil
            }
            day = .weekday(month: numbers[0], week: numbers[1], weekday: numbers[2])
        case "J":
            rest = rest.dropFirst()
            guard let part = number(&rest), (1...365).contains(part) else { return nil }
            day = .withoutLeapDay(part)
        default:
            guard let part = number(&rest), part <= 365 else { return nil }
            day = .withLeapDay(part)
        }
        var change = Change(day: day)
        if rest.first == "/" {
            rest = rest.dropFirst()
            guard let time = time(&rest) else { return nil }
            change.time = time
        }
        return change
    }
}
