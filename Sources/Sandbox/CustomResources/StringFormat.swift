// The formats that a schema may ask of a string, as kube-openapi's `strfmt` knows them. A format that it does not know
// asks nothing.

import Manifest

enum StringFormat {
    static func matches(_ text: String, _ format: String) -> Bool {
        switch format {
        case "date-time", "datetime": Timestamp(text) != nil
        case "date": isDate(text)
        case "ipv4": isIPv4(text)
        case "ipv6": isIPv6(text)
        case "cidr": isCIDR(text)
        case "uri": isURI(text)
        case "email": isEmail(text)
        case "hostname": isHostname(text)
        case "uuid", "uuid3", "uuid4", "uuid5": isUUID(text)
        case "mac": isMAC(text)
        case "byte": isBase64(text)
        case "duration": isDuration(text)
        default: true
        }
    }

    private static func isDate(_ text: String) -> Bool {
        text.utf8.count == 10 && Timestamp(text + "T00:00:00Z") != nil
    }

    // MARK: The network

    private static func isIPv4(_ text: some StringProtocol) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                (part == "0" || !part.hasPrefix("0")) && part.allSatisfy { $0.isASCII && $0.isNumber }
                    && UInt8(part) != nil
            }
    }

    private static func isIPv6(_ text: some StringProtocol) -> Bool {
        var groups = 0
        let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        guard text.contains(":"), halves.count <= 2 else { return false }
        for half in halves where !half.isEmpty {
            let parts = half.split(separator: ":", omittingEmptySubsequences: false)
            for (index, part) in parts.enumerated() {
                if index == parts.count - 1, part.contains("."), isIPv4(part) {
                    groups += 2
                } else if (1...4).contains(part.count), part.allSatisfy({ $0.isASCII && $0.isHexDigit }) {
                    groups += 1
                } else {
                    return false
                }
            }
        }
        return halves.count == 2 ? groups < 8 : groups == 8
    }

    private static func isCIDR(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let bits = Int(parts[1]), bits >= 0, parts[1].allSatisfy(\.isNumber) else {
            return false
        }
        return isIPv4(parts[0]) ? bits <= 32 : isIPv6(parts[0]) && bits <= 128
    }

    private static func isURI(_ text: String) -> Bool {
        guard !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f }) else { return false }
        if text.hasPrefix("/") { return true }
        guard let colon = text.firstIndex(of: ":"), let first = text.first, first.isASCII, first.isLetter else {
            return false
        }
        return text[..<colon].allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
    }

    private static func isEmail(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty && !$0.contains(" ") }
    }

    /// One label, or labels with a last one of two letters at least.
    private static func isHostname(_ text: String) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        func isWord(_ character: Character) -> Bool { character.isLetter || character.isNumber }
        let areLabels = labels.allSatisfy { label in
            guard let first = label.first, let last = label.last else { return false }
            return label.count <= 63 && isWord(first) && isWord(last) && label.allSatisfy { isWord($0) || $0 == "-" }
        }
        guard text.utf8.count <= 255, areLabels, let last = labels.last else { return false }
        return labels.count == 1 || (last.count >= 2 && last.allSatisfy(\.isLetter))
    }

    private static func isMAC(_ text: String) -> Bool {
        let separator: Character = text.contains("-") ? "-" : ":"
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        return [6, 8, 20].contains(parts.count) && parts.allSatisfy { $0.count == 2 && $0.allSatisfy(\.isHexDigit) }
    }

    // MARK: Others

    private static func isUUID(_ text: String) -> Bool {
        let digits = text.filter { $0 != "-" }
        return digits.count == 32 && digits.allSatisfy { $0.isASCII && $0.isHexDigit }
    }

    private static func isBase64(_ text: String) -> Bool {
        let digits = text.prefix { $0 != "=" }
        let isPadded = text.utf8.count.isMultiple(of: 4) && text.utf8.count - digits.utf8.count <= 2
        return isPadded && text[digits.endIndex...].allSatisfy { $0 == "=" }
            && digits.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "+" || $0 == "/") }
    }

    private static let units: Set<String> = [
        "ns", "nano", "nanos", "nanosecond", "nanoseconds", "us", "µs", "μs", "micro", "micros", "microsecond",
        "microseconds", "ms", "milli", "millis", "millisecond", "milliseconds", "s", "sec", "secs", "second", "seconds",
        "m", "min", "mins", "minute", "minutes", "h", "hr", "hrs", "hour", "hours", "d", "day", "days", "w", "wk",
        "wks",
        "week", "weeks",
    ]

    /// Numbers with units, as `1h30m` or `2 days`.
    private static func isDuration(_ text: String) -> Bool {
        if text == "0" { return true }
        var rest = text[...]
        if let sign = rest.first, sign == "-" || sign == "+" { rest.removeFirst() }
        guard !rest.isEmpty else { return false }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest[number.endIndex...].drop { $0 == " " }
            let unit = rest.prefix { $0.isLetter }
            rest = rest[unit.endIndex...].drop { $0 == " " }
            guard Double(number) != nil, units.contains(unit.lowercased()) else { return false }
        }
        return true
    }
}
