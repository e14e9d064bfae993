// What somebody probably meant to write.

/// The known name that is nearest to a word.
package enum NearestName {
    /// nil when none is near enough to be a slip of the fingers.
    package static func find(_ name: String, among known: [String]) -> String? {
        let wanted = Array(name.lowercased().utf8)
        let scored = known.map { (name: $0, distance: distance(wanted, Array($0.lowercased().utf8))) }
        guard let best = scored.min(by: { $0.distance < $1.distance }), best.distance <= max(2, wanted.count / 3) else {
            return nil
        }
        return best.name
    }

    /// Insertions, deletions, replacements and swaps of neighbours.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for i in 1...left.count {
            var row = [i]
            for j in 1...right.count {
                var best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1))
                if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
                    best = min(best, beforeLast[j - 2] + 1)
                }
                row.append(best)
            }
            beforeLast = last
            last = row
        }
        return last[right.count]
    }
}
