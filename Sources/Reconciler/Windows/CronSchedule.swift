// Schedules as cron has them: five fields of minutes, hours, days, months and weekdays, or a word for a usual one.
//
// A moment of a time zone is on the schedule when its local minute is. Where a clock is set forward, the minutes that
// it jumps over count as the moment of the jump, so that a window that begins in them begins all the same; where it is
// set back, the minutes that come twice count twice.

import SyncHistory

/// A schedule, in minutes of local time.
package struct CronSchedule: Sendable, Hashable {
    /// As it was written.
    package let text: String
    private var minutes: UInt64 = 0
    private var hours: UInt64 = 0
    private var days: UInt64 = 0
    private var months: UInt64 = 0
    /// 0 is Sunday.
    private var weekdays: UInt64 = 0
    /// Whether a day has to be on the list of days or on that of weekdays, where both are limited: cron's old rule.
    private var isEitherDay = false

    /// What is wrong with a schedule.
    package struct SyntaxError: Error, Sendable, Hashable {
        package var message: String
    }

    package init(parsing text: String) throws(SyntaxError) {
        self.text = text
        let trimmed = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let fields = (Self.words[trimmed] ?? trimmed).split(separator: " ").map(String.init)
        guard fields.count == 5 else {
            throw SyntaxError(
                message: "a schedule has five fields (minute, hour, day, month, weekday), and this has \(fields.count)")
        }
        minutes = try Self.set(fields[0], "minute", 0...59)
        hours = try Self.set(fields[1], "hour", 0...23)
        days = try Self.set(fields[2], "day", 1...31)
        months = try Self.set(fields[3], "month", 1...12, names: Self.monthNames, first: 1)
        weekdays = try Self.set(fields[4], "weekday", 0...7, names: Self.weekdayNames, first: 0)
        if weekdays & 1 << 7 != 0 { weekdays |= 1 }
        isEitherDay = !Self.isAny(fields[2]) && !Self.isAny(fields[4])
        guard hasAnyDay else { throw SyntaxError(message: "no day of any year is on it") }
    }

    private static let words = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]
    private static let monthNames = [
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ]
    private static let weekdayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

    // MARK: Fields

    private static func isAny(_ field: String) -> Bool { field.hasPrefix("*") || field == "?" }

    /// The numbers of a field: a list by commas of numbers, names, ranges and `*`, each with a step.
    private static func set(
        _ field: String, _ name: String, _ range: ClosedRange<Int>, names: [String] = [], first: Int = 0
    ) throws(SyntaxError) -> UInt64 {
        func number(_ text: Substring) throws(SyntaxError) -> Int {
            if let index = names.firstIndex(of: text.uppercased()) { return index + first }
            guard text.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(text), range.contains(number) else {
                throw SyntaxError(message: "\(text) is no \(name) from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
        var set: UInt64 = 0
        for part in field.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
            guard let body = pieces.first, !body.isEmpty, pieces.count <= 2 else {
                throw SyntaxError(message: "\(part.isEmpty ? field : String(part)) is no list of \(name)s")
            }
            var step = 1
            if pieces.count == 2 {
                guard let number = Int(pieces[1]), number > 0 else {
                    throw SyntaxError(message: "\(pieces[1]) is no step of \(name)s")
                }
                step = number
            }
            let ends = body.split(separator: "-", omittingEmptySubsequences: false)
            let bounds: ClosedRange<Int>
            if body == "*" || body == "?" {
                bounds = range.lowerBound...(range.upperBound == 7 ? 6 : range.upperBound)
            } else if ends.count == 2 {
                let (low, high) = (try number(ends[0]), try number(ends[1]))
                guard low <= high else { throw SyntaxError(message: "\(body) ends before it begins") }
                bounds = low...high
            } else {
                let low = try number(body)
                bounds = pieces.count == 2 ? low...range.upperBound : low...low
            }
            for value in stride(from: bounds.lowerBound, through: bounds.upperBound, by: step) {
                set |= 1 << UInt64(value)
            }
        }
        return set
    }

    private static func has(_ set: UInt64, _ number: Int) -> Bool { set & 1 << UInt64(number) != 0 }

    /// Whether some day of four hundred years, after which the calendar repeats itself, is on the schedule. Weekdays
    /// meet every date, but for a day that no month has.
    private var hasAnyDay: Bool {
        if isEitherDay { return true }
        return (1...12).contains { month in
            let last = month == 2 ? 29 : [4, 6, 9, 11].contains(month) ? 30 : 31
            return Self.has(months, month) && (1...last).contains { Self.has(days, $0) }
        }
    }

    // MARK: Local time

    /// Whether a day is on the schedule, by its number since 1970.
    func hasDay(_ number: Int) -> Bool {
        let date = CivilDate(daysSince1970: number)
        guard Self.has(months, date.month) else { return false }
        let isDay = Self.has(days, date.day)
        let isWeekday = Self.has(weekdays, CivilDate.weekday(daysSince1970: number))
        return isEitherDay ? isDay || isWeekday : isDay && isWeekday
    }

    /// Whether a minute of local time, counted from 1970, is on the schedule.
    package func hasLocalMinute(_ minute: Int) -> Bool {
        let day = minute.flooredQuotient(1440)
        let ofDay = minute - day * 1440
        return Self.has(hours, ofDay / 60) && Self.has(minutes, ofDay % 60) && hasDay(day)
    }

    /// The minutes of a day that is on the schedule, ascending.
    private var minutesOfDay: [Int] {
        (0..<24).filter { Self.has(hours, $0) }.flatMap { hour in
            (0..<60).filter { Self.has(minutes, $0) }.map { hour * 60 + $0 }
        }
    }

    // MARK: Moments

    /// The last moment of the schedule at or before one, and after another; both in seconds since 1970.
    package func last(atOrBefore moment: Int, after earliest: Int, in zone: TimeZoneRules) -> Int? {
        var day = (moment + zone.offset(at: moment)).flooredQuotient(86_400) + 1
        let first = (earliest + zone.offset(at: earliest)).flooredQuotient(86_400) - 1
        while day >= first {
            if let found = moments(ofDay: day, in: zone).last(where: { $0 <= moment }), found > earliest {
                // A clock that was set back across midnight has days that overlap.
                let before = moments(ofDay: day - 1, in: zone).last { $0 <= moment } ?? found
                return max(found, before)
            }
            day -= 1
        }
        return nil
    }

    /// The first moment of the schedule after one, in seconds since 1970; nil where there is none in eight years, the
    /// longest time between two 29ths of February.
    package func next(after moment: Int, in zone: TimeZoneRules) -> Int? {
        var day = (moment + zone.offset(at: moment)).flooredQuotient(86_400) - 1
        let last = day + 8 * 366 + 2
        while day <= last {
            if let found = moments(ofDay: day, in: zone).first(where: { $0 > moment }) {
                let after = moments(ofDay: day + 1, in: zone).first { $0 > moment } ?? found
                return min(found, after)
            }
            day += 1
        }
        return nil
    }

    /// The moments of a local day, ascending.
    private func moments(ofDay day: Int, in zone: TimeZoneRules) -> [Int] {
        guard hasDay(day) else { return [] }
        let start = day * 86_400
        let (before, after) = (zone.offset(at: start - 86_400), zone.offset(at: start + 2 * 86_400))
        if before == after { return minutesOfDay.map { start + $0 * 60 - before } }
        return minutesOfDay.flatMap { zone.moments(ofLocal: start + $0 * 60) }.sorted()
    }
}
