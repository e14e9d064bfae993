// The order in which go-yaml v2 prints the keys of a mapping: letters by code point, runs of digits by their number.

/// go-yaml v2's `keyList.Less`. It is no strict order for some sets of keys (`a9 < a10 < a1b < a9`).
enum NaturalKeyOrder {
    static func precedes(_ left: String, _ right: String) -> Bool {
        left.withBytes { left in
            right.withBytes { right in precedes(left, right) }
        }
    }

    static func precedes(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        let shared = min(left.count, right.count)
        var index = 0
        while index < shared, left[index] == right[index] { index += 1 }
        if index == shared {
            if left.count == right.count { return false }
            return left.count < right.count
        }
        let (first, second) = (left[index], right[index])
        guard first < 0x80, second < 0x80 else { return precedes(scalars(left), scalars(right)) }
        if isLetter(first) {
            return isLetter(second) ? first < second : false
        }
        if isLetter(second) { return true }
        guard isDigit(first) || isDigit(second) else { return first < second }
        // A run of digits may go on into digits of other scripts.
        guard left.allSatisfy({ $0 < 0x80 }), right.allSatisfy({ $0 < 0x80 }) else {
            return precedes(scalars(left), scalars(right))
        }
        return numberPrecedes(left, right, at: index, isDigit: isDigit, value: { Int64($0) - 0x30 }, order: { $0 })
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    }

    // MARK: - Beyond ASCII

    private static func scalars(_ bytes: UnsafeBufferPointer<UInt8>) -> [Unicode.Scalar] {
        Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
    }

    private static func precedes(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Bool {
        guard let index = zip(left, right).enumerated().first(where: { $1.0 != $1.1 })?.offset else {
            return left.count < right.count
        }
        switch (isLetter(left[index]), isLetter(right[index])) {
        case (true, true): return left[index] < right[index]
        case (true, false): return false
        case (false, true): return true
        case (false, false):
            return numberPrecedes(
                left, right, at: index, isDigit: { $0.properties.generalCategory == .decimalNumber },
                value: { Int64($0.value) - 0x30 }, order: { $0.value })
        }
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: false
        }
    }

    // MARK: - Numbers

    /// Compares two texts that differ first at `index`, where neither has a letter: by the number there, then by its
    /// length, then by the character. Arithmetic wraps, as Go's does.
    private static func numberPrecedes<Text: RandomAccessCollection, Order: Comparable>(
        _ left: Text, _ right: Text, at index: Int, isDigit: (Text.Element) -> Bool, value: (Text.Element) -> Int64,
        order: (Text.Element) -> Order
    ) -> Bool where Text.Index == Int {
        // Zeros behind another digit count as digits of that number and not as leading ones.
        var start: Int64 = 0
        if value(left[index]) == 0 || value(right[index]) == 0 {
            var before = index - 1
            while before >= 0, isDigit(left[before]) {
                if value(left[before]) != 0 {
                    start = 1
                    break
                }
                before -= 1
            }
        }
        func number(_ text: Text) -> (value: Int64, end: Int) {
            var number = start
            var end = index
            while end < text.count, isDigit(text[end]) {
                number = number &* 10 &+ value(text[end])
                end += 1
            }
            return (number, end)
        }
        let (first, second) = (number(left), number(right))
        if first.value != second.value { return first.value < second.value }
        if first.end != second.end { return first.end < second.end }
        return order(left[index]) < order(right[index])
    }
}

extension Object {
    /// Whether the entries stand in the order in which they are printed, each key once.
    var isInPrintOrder: Bool {
        for index in entries.indices.dropFirst()
        where !NaturalKeyOrder.precedes(entries[index - 1].key, entries[index].key) {
            return false
        }
        return true
    }

    /// The places of the entries in the order in which they are printed; of a repeated key only the last.
    func printOrder() -> [Int] {
        let order = entries.indices.sorted { NaturalKeyOrder.precedes(entries[$0].key, entries[$1].key) }
        let repeated = repeatedKeys()
        if repeated.isEmpty { return order }
        let last = Dictionary(entries.indices.map { (entries[$0].key, $0) }) { $1 }
        return order.filter { last[entries[$0].key] == $0 }
    }
}
