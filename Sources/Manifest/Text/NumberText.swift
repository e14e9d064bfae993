// Numbers as texts: the integers and floats that Go's readers accept, and the texts that its writers give them.

/// The number syntax that go-yaml and Go's `strconv` share.
enum NumberText {
    /// An integer as sign and magnitude: wide enough for both of Go's int64 and uint64.
    struct Integer: Equatable {
        var isNegative: Bool
        var magnitude: UInt64

        /// In decimal.
        var text: String { isNegative && magnitude != 0 ? "-\(magnitude)" : String(magnitude) }
    }

    /// Reads an integer as go-yaml does: Go's `ParseInt`, then `ParseUint`, with base 0 (`0x`, `0o`, `0b`, a leading
    /// `0` for octal), after every underscore is deleted. Nil for anything else and for what fits neither int64 nor
    /// uint64.
    static func integer(_ text: UnsafeBufferPointer<UInt8>) -> Integer? {
        withoutUnderscores(text) { text in
            var digits = text[...]
            let sign = digits.first
            let isSigned = sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+")
            if isSigned { digits = digits.dropFirst() }
            var base: UInt64 = 10
            if digits.count > 1, digits.first == UInt8(ascii: "0") {
                switch digits[digits.startIndex + 1] | 0x20 {
                case UInt8(ascii: "x"): (base, digits) = (16, digits.dropFirst(2))
                case UInt8(ascii: "o"): (base, digits) = (8, digits.dropFirst(2))
                case UInt8(ascii: "b"): (base, digits) = (2, digits.dropFirst(2))
                default: (base, digits) = (8, digits.dropFirst(1))
                }
            }
            guard !digits.isEmpty, let magnitude = magnitude(digits, base: base) else { return nil }
            let isNegative = sign == UInt8(ascii: "-")
            if isNegative, magnitude > UInt64(Int64.max) + 1 { return nil }
            if isSigned, !isNegative, magnitude > UInt64(Int64.max) { return nil }
            return Integer(isNegative: isNegative, magnitude: magnitude)
        }
    }

    private static func magnitude(_ digits: Slice<UnsafeBufferPointer<UInt8>>, base: UInt64) -> UInt64? {
        var magnitude: UInt64 = 0
        for byte in digits {
            guard let digit = hexadecimalDigit(byte), digit < base else { return nil }
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: base)
            let (sum, carry) = product.addingReportingOverflow(digit)
            if overflow || carry { return nil }
            magnitude = sum
        }
        return magnitude
    }

    static func hexadecimalDigit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// Reads a finite float written as `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, after every underscore is
    /// deleted. Nil for anything else and for what is too large for a double.
    static func float(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
        withoutUnderscores(text) { text in
            guard isFloat(text) else { return nil }
            return Double(String(decoding: text, as: UTF8.self)).flatMap { $0.isFinite ? $0 : nil }
        }
    }

    private static func isFloat(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var index = 0
        func digits() -> Int {
            let start = index
            while index < text.count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= text[index] { index += 1 }
            return index - start
        }
        func skip(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Bool {
            guard index < text.count, text[index] == UInt8(ascii: first) || text[index] == UInt8(ascii: second) else {
                return false
            }
            index += 1
            return true
        }
        _ = skip("-", "+")
        if skip(".", ".") {
            guard digits() > 0 else { return false }
        } else {
            guard digits() > 0 else { return false }
            if skip(".", ".") { _ = digits() }
        }
        if skip("e", "E") {
            _ = skip("-", "+")
            guard digits() > 0 else { return false }
        }
        return index == text.count
    }

    private static func withoutUnderscores<Result>(
        _ text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        guard text.contains(UInt8(ascii: "_")) else { return body(text) }
        return text.filter { $0 != UInt8(ascii: "_") }.withUnsafeBufferPointer(body)
    }
}
