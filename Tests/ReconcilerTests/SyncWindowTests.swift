// When syncs are allowed: schedules and time zones against a search of every minute, and what windows say together.

import Foundation
import Manifest
import SeededNumbers
import SyncHistory
import Testing

@testable import Reconciler

@Suite struct SyncWindowTests {
    private static func zone(_ name: String) -> TimeZoneRules {
        name == "UTC" ? .utc : TimeZoneFiles.rules(of: name) ?? .utc
    }

    private static func moment(_ text: String) throws -> Int {
        Int(try #require(Timestamp(parsing: text)).milliseconds / 1000)
    }

    // MARK: Schedules

    /// Whether a moment is on a schedule, by its definition: its local minute is, or one that the clock has jumped
    /// over.
    private func isOn(_ moment: Int, _ schedule: CronSchedule, _ zone: TimeZoneRules) -> Bool {
        let now = (moment + zone.offset(at: moment)) / 60
        let before = (moment - 60 + zone.offset(at: moment - 60)) / 60
        if schedule.hasLocalMinute(now) { return true }
        return now > before + 1 && ((before + 1)..<now).contains { schedule.hasLocalMinute($0) }
    }

    @Test(arguments: [
        "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia",
    ])
    func theMomentsOfASchedulesAreThoseThatASearchOfEveryMinuteFinds(_ name: String) throws {
        let zone = Self.zone(name)
        var random = SeededNumbers(seed: 4711)
        // Around the days on which clocks change, and a day that Samoa left out.
        let days = [
            "2026-03-29T00:00:00Z", "2026-10-25T00:00:00Z", "2026-03-08T00:00:00Z", "2026-11-01T00:00:00Z",
            "2011-12-30T00:00:00Z", "2040-03-25T00:00:00Z", "2028-02-28T00:00:00Z", "2026-04-04T12:00:00Z",
        ]
        for day in days {
            let start = try Self.moment(day) - 86_400
            for _ in 0..<8 {
                let schedule = try CronSchedule(parsing: random.schedule())
                let minutes = (0..<(3 * 1440)).map { start + $0 * 60 }
                let found = minutes.filter { isOn($0, schedule, zone) }
                for _ in 0..<20 {
                    let now = start + Int.random(in: 0..<(3 * 86_400), using: &random)
                    let last = schedule.last(atOrBefore: now, after: start - 1, in: zone)
                    #expect(last == found.last { $0 <= now }, "\(schedule.text) \(name) \(now)")
                    if let next = found.first(where: { $0 > now }) {
                        #expect(schedule.next(after: now, in: zone) == next, "\(schedule.text) \(name) \(now)")
                    }
                }
            }
        }
    }

    @Test(arguments: [
        ("0 22 * * MON-FRI", "2026-11-21T12:00:00Z", "2026-11-23T22:00:00Z"),
        ("*/15 9-17/4 * * *", "2026-11-21T09:50:00Z", "2026-11-21T13:00:00Z"),
        // Either of both days, where both are limited.
        ("0 0 13 * 5", "2026-11-14T00:00:00Z", "2026-11-20T00:00:00Z"),
        ("0 0 29 2 *", "2026-11-21T00:00:00Z", "2028-02-29T00:00:00Z"),
        ("0 12 * * 7", "2026-11-21T00:00:00Z", "2026-11-22T12:00:00Z"),
        ("5/20 * ? jan sun", "2026-11-21T00:00:00Z", "2027-01-03T00:05:00Z"),
        ("@monthly", "2026-11-21T00:00:00Z", "2026-12-01T00:00:00Z"),
    ])
    func schedulesAreReadAsCronReadsThem(_ text: String, _ now: String, _ next: String) throws {
        let found = try CronSchedule(parsing: text).next(after: try Self.moment(now), in: .utc)
        #expect(found == (try Self.moment(next)))
    }

    @Test(arguments: [
        ("* * * *", "a schedule has five fields (minute, hour, day, month, weekday), and this has 4"),
        ("60 * * * *", "60 is no minute from 0 to 59"), ("* * 0 * *", "0 is no day from 1 to 31"),
        ("* * * FOO *", "FOO is no month from 1 to 12"), ("5-1 * * * *", "5-1 ends before it begins"),
        ("*/0 * * * *", "0 is no step of minutes"), ("1,,2 * * * *", "1,,2 is no list of minutes"),
        ("0 0 30 2 *", "no day of any year is on it"),
    ])
    func whatIsWrongWithAScheduleIsTold(_ text: String, _ message: String) {
        #expect(throws: CronSchedule.SyntaxError(message: message)) { try CronSchedule(parsing: text) }
    }

    // MARK: Time zones

    @Test(arguments: [
        "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata", "Australia/Lord_Howe",
        "Africa/Casablanca", "Europe/Dublin",
    ])
    func theOffsetsOfAZoneAreThoseOfFoundation(_ name: String) throws {
        let zone = try #require(TimeZoneFiles.rules(of: name))
        let known = try #require(TimeZone(identifier: name))
        // Every 11 hours from 1975 to 2036, and beyond the tables.
        for moment in stride(from: 157_766_400, to: 2_082_758_400, by: 39_600) {
            let expected = known.secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment)))
            if zone.offset(at: moment) != expected {
                Issue.record("\(name) \(moment): \(zone.offset(at: moment)), not \(expected)")
                break
            }
        }
    }

    @Test(arguments: [
        ("CET-1CEST,M3.5.0,M10.5.0/3", "2100-07-01T00:00:00Z", 7200),
        ("CET-1CEST,M3.5.0,M10.5.0/3", "2100-12-01T00:00:00Z", 3600),
        ("CET-1CEST,M3.5.0,M10.5.0/3", "2100-03-28T00:59:59Z", 3600),
        ("CET-1CEST,M3.5.0,M10.5.0/3", "2100-03-28T01:00:00Z", 7200),
        ("AEST-10AEDT,M10.1.0,M4.1.0/3", "2100-01-01T00:00:00Z", 39600),
        ("AEST-10AEDT,M10.1.0,M4.1.0/3", "2100-07-01T00:00:00Z", 36000),
        ("<+0545>-5:45", "2100-01-01T00:00:00Z", 20700), ("EST5EDT,J60,J300/1", "2100-05-01T00:00:00Z", -14400),
    ])
    func aZoneGoesOnByItsRule(_ rule: String, _ moment: String, _ offset: Int) throws {
        #expect(try #require(PosixTimeZone(parsing: rule)).offset(at: try Self.moment(moment)) == offset)
    }

    /// RFC 8536, section 3.3.1: hours from 0 to 167; POSIX: minutes and seconds to 59.
    @Test(arguments: [
        "A9223372036854775807", "AAA9223372036854775807", "AAA168", "AAA-168", "AAA1:60", "AAA1:00:60",
        "AAA1:9223372036854775807", "AAA1BBB,J366,J1", "AAA1BBB,J0,J1", "AAA1BBB,9223372036854775807,1",
        "AAA1BBB,366,1", "AAA1BBB,1/168,2",
    ])
    func aRuleBeyondItsFormatIsRefused(_ rule: String) {
        #expect(PosixTimeZone(parsing: rule) == nil)
    }

    @Test func aRuleMayNameTheHoursOfAWeek() throws {
        // America/Nuuk of today.
        #expect(PosixTimeZone(parsing: "<-02>2<-01>,M3.5.0/-1,M10.5.0/0") != nil)
        #expect(PosixTimeZone(parsing: "AAA1BBB,J365/167,365/-167") != nil)
    }

    @Test(arguments: ["", "TZif", "../../etc/passwd", "Europe/Nowhere", "/etc/localtime", "posixrules/.."])
    func whatIsNoZoneIsNone(_ name: String) {
        #expect(TimeZoneFiles.rules(of: name) == nil)
        #expect(TimeZoneRules(file: Array(name.utf8)) == nil)
    }

    @Test func aFileThatEndsTooSoonIsNoZone() throws {
        let whole = [UInt8](try Data(contentsOf: URL(filePath: "\(TimeZoneFiles.folder)/Europe/Berlin")))
        for length in stride(from: 0, to: whole.count / 2, by: 7) {
            #expect(TimeZoneRules(file: Array(whole.prefix(length))) == nil)
        }
    }

    // MARK: Windows

    private func windows(_ lines: String) throws -> SyncWindows {
        let text =
            "apiVersion: gitopsctl.dev/v1alpha1\nkind: Application\nmetadata: {name: shop}\nspec:\n  source: {repository: ., path: app}\n  sync:\n    windows:\n\(lines)"
        let document = try #require(try YAML.read(Array(text.utf8), file: "shop.yaml").first)
        return try Application(document, source: SourceLocation(file: "shop.yaml")).sync.windows
    }

    private func closed(_ windows: SyncWindows, _ now: String, isManual: Bool = false) throws -> String? {
        windows.closed(at: try #require(Timestamp(parsing: now)), isManual: isManual)?.message
    }

    private static let night = "    - {kind: allow, schedule: '0 22 * * *', duration: 8h, timeZone: Europe/Berlin}\n"
    private static let freeze = "    - {kind: deny, schedule: '0 0 24 12 *', duration: 72h, manualSync: true}\n"

    @Test func syncsAreAllowedWhereNoWindowSaysOtherwise() throws {
        #expect(try closed(SyncWindows(), "2026-11-21T12:00:00Z") == nil)
        #expect(try closed(windows(Self.freeze), "2026-11-21T12:00:00Z") == nil)
    }

    @Test func anAllowWindowAllowsNothingOutsideOfIt() throws {
        let windows = try windows(Self.night)
        #expect(
            try closed(windows, "2026-11-21T20:59:59Z")
                == "no window allows syncs before 2026-11-21 22:00 Europe/Berlin, when “0 22 * * *” (8h, Europe/Berlin) opens"
        )
        #expect(try closed(windows, "2026-11-21T21:00:00Z") == nil)
        #expect(try closed(windows, "2026-11-22T04:59:59Z") == nil)
        #expect(try closed(windows, "2026-11-22T05:00:00Z") != nil)
        // In the night of the change to summer the eight hours are eight hours.
        #expect(try closed(windows, "2026-03-29T04:59:59Z") == nil)
        #expect(try closed(windows, "2026-03-29T05:00:00Z") != nil)
    }

    @Test func aDenyWindowGoesBeforeEveryOther() throws {
        let windows = try windows(Self.night + Self.freeze)
        #expect(
            try closed(windows, "2026-12-24T22:00:00Z")
                == "the window “0 0 24 12 *” (72h, UTC) denies syncs until 2026-12-27 00:00 UTC")
        #expect(try closed(windows, "2026-12-27T22:00:00Z") == nil)
    }

    @Test func somebodyWhoAsksMayWhereEveryWindowInTheWaySaysSo() throws {
        let freeze = try windows(Self.freeze)
        #expect(try closed(freeze, "2026-12-24T22:00:00Z", isManual: true) == nil)
        #expect(try closed(freeze, "2026-12-24T22:00:00Z") != nil)
        #expect(try closed(windows(Self.night), "2026-11-21T12:00:00Z", isManual: true) != nil)
        // The freeze lets people through, and the hours of the night do not.
        #expect(try closed(windows(Self.night + Self.freeze), "2026-12-24T12:00:00Z", isManual: true) != nil)
        let both = Self.freeze + Self.freeze.replacing(", manualSync: true", with: "")
        #expect(try closed(windows(both), "2026-12-24T12:00:00Z", isManual: true) != nil)
    }

    @Test func windowsThatMeetAreToldAsOne() throws {
        let hours = try windows("    - {kind: deny, schedule: '0 8-11 * * *', duration: 1h}\n")
        #expect(try closed(hours, "2026-11-21T08:30:00Z")?.hasSuffix("until 2026-11-21 12:00 UTC") == true)
    }
}

extension SeededNumbers {
    /// A random schedule.
    fileprivate mutating func schedule() -> String {
        func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
        func field(_ range: ClosedRange<Int>) -> String {
            switch number(0...4) {
            case 0, 1: return "*"
            case 2: return "*/\(number(1...20))"
            case 3:
                let low = number(range)
                return "\(low)-\(number(low...range.upperBound))"
            default: return "\(number(range)),\(number(range))"
            }
        }
        // Days and months mostly open, so that three days have some moments.
        let months = number(0...5) == 0 ? field(1...12) : "*"
        return
            "\(field(0...59)) \(field(0...23)) \(number(0...2) == 0 ? field(1...28) : "*") \(months) \(number(0...2) == 0 ? field(0...6) : "*")"
    }
}
