// The list of windows in an Application, and the time zones that they name.

import FoundationEssentials
import Manifest

extension FieldReader {
    /// Every mistake is reported where it stands.
    mutating func syncWindows(_ field: String, _ findings: inout FieldFindings) -> SyncWindows {
        let example = "{kind: allow, schedule: \"0 22 * * *\", duration: 8h, timeZone: Europe/Berlin}"
        return SyncWindows(
            mappings(field, example: example, &findings).compactMap { entry in
                var entry = entry
                return entry.syncWindow(&findings)
            })
    }

    private mutating func syncWindow(_ findings: inout FieldFindings) -> SyncWindow? {
        let before = findings.diagnostics.count
        let word = requiredString("kind", example: "allow", &findings)
        let kind = SyncWindow.Kind(rawValue: word)
        if kind == nil, !word.isEmpty {
            findings.report("\(name(of: "kind")) must be allow or deny", at: position(of: "kind"))
        }
        let schedule = schedule(&findings)
        let duration = duration("duration", &findings)
        if duration == nil, findings.diagnostics.count == before {
            findings.report(
                "\(name(of: "duration")) is missing", at: position, cure: "Add it, for example duration: 8h")
        } else if let duration, duration < .seconds(60) || duration > .seconds(28 * 86_400) {
            findings.report(
                "\(name(of: "duration")) must be between one minute and 28 days", at: position(of: "duration"))
        }
        let zone = string("timeZone", &findings) ?? "UTC"
        let rules = zone == "UTC" ? .utc : TimeZoneFiles.rules(of: zone)
        if rules == nil {
            findings.report(
                "\(name(of: "timeZone")) \(zone) is not known here", at: position(of: "timeZone"),
                cure: "Write a name like Europe/Berlin; \(TimeZoneFiles.folder) has them all")
        }
        let allowsManual = bool("manualSync", &findings) ?? false
        finish(&findings)
        guard let kind, let schedule, let duration, let rules else { return nil }
        let place = SourceLocation(file: findings.source.file, position: position, commit: findings.source.commit)
        return SyncWindow(
            kind: kind, schedule: schedule, duration: duration, timeZone: zone, allowsManual: allowsManual,
            origin: place,
            rules: rules)
    }

    private mutating func schedule(_ findings: inout FieldFindings) -> CronSchedule? {
        let text = requiredString("schedule", example: "\"0 22 * * *\"", &findings)
        if text.isEmpty { return nil }
        do throws(CronSchedule.SyntaxError) {
            return try CronSchedule(parsing: text)
        } catch {
            findings.report(
                "\(name(of: "schedule")): \(error.message)", at: position(of: "schedule"),
                cure: "Write it as cron has it: \"0 22 * * MON-FRI\" is at 22:00 from Monday to Friday")
            return nil
        }
    }
}

/// The compiled time zone database of this machine.
enum TimeZoneFiles {
    static let folder = "/usr/share/zoneinfo"

    /// The zone of a name; nil for a name that the database does not have.
    static func rules(of name: String) -> TimeZoneRules? {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let isPlain = parts.allSatisfy { part in
            part.first?.isLetter == true
                && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_+-".contains($0)) }
        }
        guard isPlain, let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else { return nil }
        return TimeZoneRules(file: [UInt8](data))
    }
}
