// What somebody probably meant to write.

/// The known name that is nearest to a word.
package enum NearestName {
    /// nil when none is near enough to be a slip of the fingers; of several that are as near, the first in the order of
    /// text.
    ///
    /// - Parameter slips: how many edits away the meant name may be, however short the word; a third of a longer word's
    ///   length.
    package static func find(_ name: String, among known: some Sequence<String>, slips: Int = 2) -> String? {
        let wanted = Array(name.lowercased().utf8)
        let nearest = known.map { (distance: distance(wanted, Array($0.lowercased().utf8)), name: $0) }
            .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
        guard let nearest, nearest.distance <= max(slips, wanted.count / 3) else { return nil }
        return nearest.name
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
