// The two texts that Go gives a float: one in JSON, another in YAML.

/// A finite double as its shortest decimal digits that read back as the same double.
struct FloatFormat {
    private var isNegative: Bool
    /// Decimal digits without leading or trailing zeros; `0` for zero.
    private var digits: [UInt8]
    /// The power of ten of the first digit.
    private var exponent: Int

    /// - Precondition: the value is finite.
    init(_ value: Double) {
        isNegative = value.sign == .minus
        digits = []
        exponent = 0
        // Swift's description is the shortest round-trip form too; only its layout differs.
        var point: Int?
        var power = 0
        var text = value.magnitude.description.utf8[...]
        while let byte = text.popFirst() {
            switch byte {
            case UInt8(ascii: "."): point = digits.count
            case UInt8(ascii: "e"):
                power = Int(Substring(text)) ?? 0
                text = text[text.endIndex...]
            default: digits.append(byte)
            }
        }
        exponent = (point ?? digits.count) - 1 + power
        let leading = digits.prefix { $0 == UInt8(ascii: "0") }.count
        digits.removeFirst(leading)
        exponent -= leading
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        if digits.isEmpty {
            digits = [UInt8(ascii: "0")]
            exponent = 0
        }
    }

    /// As Go's `encoding/json` writes it: positional from 1e-6 up to 1e21, otherwise `1.5e+21`, `1e-7`.
    var json: String {
        let text = exponent < -6 || exponent >= 21 ? scientific(exponentDigits: 1) : positional
        return isNegative ? "-" + text : text
    }

    /// As go-yaml writes it (`strconv.FormatFloat(x, 'g', -1, 64)`): positional for decimal exponents from −4 to 5,
    /// otherwise `1.5e+06`.
    var yaml: String {
        let text = exponent < -4 || exponent >= 6 ? scientific(exponentDigits: 2) : positional
        return isNegative ? "-" + text : text
    }

    private var positional: String {
        let zero = UInt8(ascii: "0")
        var text: [UInt8]
        if exponent < 0 {
            text = [zero, UInt8(ascii: ".")] + Array(repeating: zero, count: -exponent - 1) + digits
        } else if digits.count <= exponent + 1 {
            text = digits + Array(repeating: zero, count: exponent + 1 - digits.count)
        } else {
            text = Array(digits[...exponent]) + [UInt8(ascii: ".")] + digits[(exponent + 1)...]
        }
        return String(decoding: text, as: UTF8.self)
    }

    private func scientific(exponentDigits: Int) -> String {
        var text = [digits[0]]
        if digits.count > 1 { text += [UInt8(ascii: ".")] + digits[1...] }
        let power = String(exponent.magnitude)
        let padding = String(repeating: "0", count: max(exponentDigits - power.utf8.count, 0))
        return String(decoding: text, as: UTF8.self) + (exponent < 0 ? "e-" : "e+") + padding + power
    }
}
