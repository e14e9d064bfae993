// Whether two scalars mean the same to the API server, however they are spelt.

extension Scalar {
    /// Equality by meaning, for a place of some format: `1000m` is `1` where a quantity stands, `"80"` is `80` where an
    /// int-or-string does, `1` is `1.0` wherever a number does.
    package func means(_ other: Scalar, as format: Schema.ScalarFormat?) -> Bool {
        if self == other { return true }
        switch format {
        case .quantity:
            guard let left = Quantity(self), let right = Quantity(other) else { return false }
            return left == right
        case .intOrString:
            return isIntOrString && other.isIntOrString && text == other.text
        case .bytes:
            // Base64 may be wrapped in lines: Go's decoder leaves line breaks out.
            return kind == .string && other.kind == .string && unwrapped.elementsEqual(other.unwrapped)
        case .dateTime:
            return text == other.text && !isNull && !other.isNull
        case .string:
            return isTextual && other.isTextual && text == other.text
        case .int32, .int64, .double, .boolean, nil:
            if let left = int, let right = other.int { return left == right }
            guard let left = double, let right = other.double else { return false }
            return left == right
        }
    }

    private var unwrapped: some Sequence<UInt8> { text.utf8.lazy.filter { $0 != 0x0A && $0 != 0x0D } }
    private var isIntOrString: Bool { kind == .int || kind == .string }
    private var isTextual: Bool { kind == .string || kind == .timestamp }
}
