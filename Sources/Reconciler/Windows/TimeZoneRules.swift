// When a place's clocks are how far ahead of UTC: a compiled file of the time zone database (RFC 8536), read without a
// calendar library. Foundation's needs ICU, which costs each start of the program 5 ms.

/// The offsets of one time zone.
package struct TimeZoneRules: Sendable, Hashable {
    /// When an offset begins to hold, in seconds since 1970, ascending.
    private var transitions: [Int] = []
    private var offsets: [Int] = []
    /// What holds before the first transition.
    private var first = 0
    /// What holds after the last.
    private var rule: PosixTimeZone?

    package static let utc = TimeZoneRules()

    private init() {}

    /// Reads a file of the database; nil for what is none.
    package init?(file bytes: [UInt8]) {
        var reader = Reader(bytes)
        guard let header = reader.header() else { return nil }
        if header.version >= 2 {
            // The old block of 32-bit times comes first.
            reader.skip(header.blockSize(timeSize: 4))
            guard let header = reader.header(), read(&reader, header, timeSize: 8) else { return nil }
            rule = reader.footer().flatMap(PosixTimeZone.init(parsing:))
        } else {
            guard read(&reader, header, timeSize: 4) else { return nil }
        }
    }

    private mutating func read(_ reader: inout Reader, _ header: Reader.Header, timeSize: Int) -> Bool {
        var times: [Int] = []
        for _ in 0..<header.times {
            guard let time = reader.integer(timeSize) else { return false }
            times.append(time)
        }
        var kinds: [Int] = []
        for _ in 0..<header.times {
            guard let kind = reader.byte() else { return false }
            kinds.append(Int(kind))
        }
        var types: [Int] = []
        for _ in 0..<header.types {
            guard let offset = reader.integer(4), reader.byte() != nil, reader.byte() != nil else { return false }
            types.append(offset)
        }
        guard let type = types.first, kinds.allSatisfy(types.indices.contains) else { return false }
        reader.skip(header.rest(timeSize: timeSize))
        transitions = times
        offsets = kinds.map { types[$0] }
        first = type
        return true
    }

    /// How many seconds the clock is ahead of UTC at a moment, in seconds since 1970.
    package func offset(at moment: Int) -> Int {
        guard let start = transitions.first, moment >= start else {
            return transitions.isEmpty ? rule?.offset(at: moment) ?? first : first
        }
        if let last = transitions.last, moment >= last, let rule { return rule.offset(at: moment) }
        // The last transition that is not after the moment.
        var (low, high) = (0, transitions.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if transitions[middle] <= moment { low = middle } else { high = middle }
        }
        return offsets[low]
    }

    /// The moments at which the clock shows a local time, in seconds since 1970: two where it was set back; the moment
    /// of the jump where it jumped over it.
    func moments(ofLocal local: Int) -> [Int] {
        let (before, after) = (offset(at: local - 86_400), offset(at: local + 86_400))
        let found = Set([local - before, local - after]).filter { $0 + offset(at: $0) == local }
        if !found.isEmpty { return found.sorted() }
        var (low, high) = (local - 86_400, local + 86_400)
        while high - low > 1 {
            let middle = (low + high) / 2
            if middle + offset(at: middle) > local { high = middle } else { low = middle }
        }
        return [high]
    }
}

/// The parts of a compiled file, one after the other; integers are big-endian.
private struct Reader {
    struct Header {
        var version: Int
        var isUT, isStandard, leaps, times, types, characters: Int

        func blockSize(timeSize: Int) -> Int { times * (timeSize + 1) + types * 6 + rest(timeSize: timeSize) }
        /// What follows the types: names, leap seconds and indicators.
        func rest(timeSize: Int) -> Int { characters + leaps * (timeSize + 4) + isStandard + isUT }
    }

    private var bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    mutating func byte() -> UInt8? { bytes.popFirst() }

    mutating func skip(_ count: Int) { bytes = bytes.dropFirst(max(0, count)) }

    mutating func integer(_ size: Int) -> Int? {
        guard bytes.count >= size, let first = bytes.first else { return nil }
        var value = first & 0x80 == 0 ? 0 : -1
        for byte in bytes.prefix(size) { value = value << 8 | Int(byte) }
        bytes = bytes.dropFirst(size)
        return value
    }

    mutating func header() -> Header? {
        guard bytes.prefix(4).elementsEqual("TZif".utf8) else { return nil }
        skip(4)
        guard let version = byte() else { return nil }
        skip(15)
        guard let isUT = integer(4), let isStandard = integer(4), let leaps = integer(4), let times = integer(4),
            let types = integer(4), let characters = integer(4),
            [isUT, isStandard, leaps, times, types, characters].allSatisfy({ (0...100_000).contains($0) })
        else { return nil }
        return Header(
            version: version == 0 ? 1 : Int(version) - 48, isUT: isUT, isStandard: isStandard, leaps: leaps,
            times: times,
            types: types, characters: characters)
    }

    /// The rule for the future, between two line breaks.
    mutating func footer() -> String? {
        guard byte() == 10, let end = bytes.firstIndex(of: 10) else { return nil }
        return String(decoding: bytes[..<end], as: UTF8.self)
    }
}
