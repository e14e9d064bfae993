// Kubernetes' quantities: `500m`, `1.5Gi`, `1e3`. Compared by meaning, printed in the form that the API server gives
// them. The rules are those of k8s.io/apimachinery/pkg/api/resource: fixed point, nothing finer than a billionth.

/// An amount in billionths, and the family of suffixes that it was written in.
package struct Quantity: Sendable {
    package enum Format: Sendable, Hashable {
        case binarySI, decimalSI, decimalExponent
    }

    package let nanos: Int128
    package let format: Format

    package init(nanos: Int128, format: Format) {
        self.nanos = nanos
        self.format = format
    }

    /// Reads a quantity, nil for a text that is none. Finer than a billionth rounds up; too large saturates at 2⁶³−1.
    package init?(_ text: String) {
        var bytes = Array(text.utf8)[...]
        var isNegative = false
        if let sign = bytes.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            bytes = bytes.dropFirst()
        }
        guard var number = Decimal(readingFrom: &bytes), let suffix = Suffix(bytes) else { return nil }
        switch suffix {
        case .binary(let power):
            for _ in 0..<power { number.multiply(by: 1024) }
            format = .binarySI
        case .decimal(let exponent):
            number.exponent += exponent
            format = .decimalSI
        case .exponent(let exponent):
            number.exponent += exponent
            format = .decimalExponent
        }
        let amount = number.nanos
        nanos = isNegative ? -amount : amount
    }

    /// The amount that a scalar of a manifest spells, as a number or as a text.
    package init?(_ scalar: Scalar) {
        guard scalar.kind == .string || scalar.kind == .int || scalar.kind == .float else { return nil }
        self.init(scalar.text)
    }
}

extension Quantity: Comparable, Hashable {
    package static func == (left: Quantity, right: Quantity) -> Bool { left.nanos == right.nanos }
    package static func < (left: Quantity, right: Quantity) -> Bool { left.nanos < right.nanos }
    package func hash(into hasher: inout Hasher) { hasher.combine(nanos) }
}

extension Quantity: CustomStringConvertible {
    private static let billion: Int128 = 1_000_000_000

    /// The canonical form: no fraction, the largest suffix that loses nothing.
    package var description: String {
        if nanos == 0 { return "0" }
        let isSmall = nanos > -1024 * Self.billion && nanos < 1024 * Self.billion
        switch format {
        case .binarySI where !isSmall: return binary
        case .binarySI, .decimalSI: return decimal { ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"][$0] }
        case .decimalExponent: return decimal { $0 == 3 ? "" : "e\(($0 - 3) * 3)" }
        }
    }

    private var binary: String {
        var (whole, rest) = nanos.quotientAndRemainder(dividingBy: Self.billion)
        if rest > 0 { whole += 1 }
        var power = 0
        while power < 6, whole % 1024 == 0 {
            whole /= 1024
            power += 1
        }
        return "\(whole)\(["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"][power])"
    }

    private func decimal(suffix: (Int) -> String) -> String {
        var mantissa = nanos
        var step = 0
        while step < 9, mantissa % 1000 == 0 {
            mantissa /= 1000
            step += 1
        }
        return "\(mantissa)\(suffix(step))"
    }
}

private enum Suffix {
    case binary(power: Int)
    case decimal(exponent: Int)
    case exponent(Int)

    init?(_ bytes: ArraySlice<UInt8>) {
        switch String(decoding: bytes, as: UTF8.self) {
        case "Ki": self = .binary(power: 1)
        case "Mi": self = .binary(power: 2)
        case "Gi": self = .binary(power: 3)
        case "Ti": self = .binary(power: 4)
        case "Pi": self = .binary(power: 5)
        case "Ei": self = .binary(power: 6)
        case "n": self = .decimal(exponent: -9)
        case "u": self = .decimal(exponent: -6)
        case "m": self = .decimal(exponent: -3)
        case "": self = .decimal(exponent: 0)
        case "k": self = .decimal(exponent: 3)
        case "M": self = .decimal(exponent: 6)
        case "G": self = .decimal(exponent: 9)
        case "T": self = .decimal(exponent: 12)
        case "P": self = .decimal(exponent: 15)
        case "E": self = .decimal(exponent: 18)
        case let text:
            guard text.first == "e" || text.first == "E", let exponent = Int(text.dropFirst()), abs(exponent) < 1000
            else { return nil }
            self = .exponent(exponent)
        }
    }
}

/// Decimal digits and a power of ten, before they become billionths.
private struct Decimal {
    /// Digits that fit; a further one that is not zero only rounds up.
    var mantissa: Int128 = 0
    var exponent = 0
    var isInexact = false

    init?(readingFrom bytes: inout ArraySlice<UInt8>) {
        var digits = 0
        var afterPoint = false
        while let byte = bytes.first {
            if byte == UInt8(ascii: "."), !afterPoint {
                afterPoint = true
            } else if byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
                add(Int128(byte - UInt8(ascii: "0")), afterPoint: afterPoint)
                digits += 1
            } else {
                break
            }
            bytes = bytes.dropFirst()
        }
        if digits == 0 { return nil }
    }

    private mutating func add(_ digit: Int128, afterPoint: Bool) {
        if mantissa > 1_000_000_000_000_000_000_000_000_000 {
            isInexact = isInexact || digit != 0
            if !afterPoint { exponent += 1 }
        } else {
            mantissa = mantissa * 10 + digit
            if afterPoint { exponent -= 1 }
        }
    }

    mutating func multiply(by factor: Int128) {
        let product = mantissa.multipliedReportingOverflow(by: factor)
        if product.overflow {
            mantissa /= 1000
            exponent += 3
            multiply(by: factor)
        } else {
            mantissa = product.partialValue
        }
    }

    var nanos: Int128 {
        let largest = Int128(Int64.max) * 1_000_000_000
        var amount = mantissa
        var power = exponent + 9
        var roundsUp = isInexact
        while power > 0, amount != 0, amount < largest {
            amount *= 10
            power -= 1
        }
        while power < 0, amount != 0 {
            if amount % 10 != 0 { roundsUp = true }
            amount /= 10
            power += 1
        }
        if roundsUp { amount += 1 }
        return min(amount, largest)
    }
}
