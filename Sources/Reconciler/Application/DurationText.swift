// Durations as Kubernetes users write them: Go's `1h30m`.

extension Duration {
    /// Reads numbers with the units h, m, s and ms, in this order or any, each at most once: `90s`, `5m`, `1h30m`,
    /// `500ms`, `1.5h`. Nil for anything else, for a negative duration, and for one beyond a year.
    package init?(parsing text: String) {
        var rest = text[...]
        var total = 0.0
        var seen: Set<String> = []
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            guard let number = Double(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            let unit = String(rest.prefix { $0.isLetter })
            rest = rest.dropFirst(unit.count)
            let seconds: Double
            switch unit {
            case "h": seconds = 3600
            case "m": seconds = 60
            case "s": seconds = 1
            case "ms": seconds = 0.001
            default: return nil
            }
            guard seen.insert(unit).inserted else { return nil }
            total += number * seconds
        }
        guard total <= 366 * 86_400 else { return nil }
        self = .milliseconds(Int64((total * 1000).rounded()))
    }
}
