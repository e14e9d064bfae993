// Duplicate keys of a mapping, found in the time of a sort rather than of comparing every key with every other.

/// Which of the entries gathered for one mapping repeat an earlier key.
enum DuplicateKeys {
    /// Mappings of at most this many keys compare each hash with all before it; larger ones are sorted.
    private static let scanLimit = 16

    /// The places in `hashes` whose key occurs earlier too, ascending. Hashes that agree are confirmed by `equal`.
    static func find(_ hashes: UnsafeBufferPointer<UInt64>, equal: (Int, Int) -> Bool) -> [(first: Int, repeated: Int)]
    {
        var found: [(first: Int, repeated: Int)] = []
        if hashes.count <= scanLimit {
            for index in hashes.indices.dropFirst() {
                let hash = hashes[index]
                for earlier in 0..<index where hashes[earlier] == hash && equal(earlier, index) {
                    found.append((earlier, index))
                    break
                }
            }
            return found
        }
        let order = hashes.indices.sorted { (hashes[$0], $0) < (hashes[$1], $1) }
        var runStart = 0
        for place in order.indices.dropFirst() {
            if hashes[order[place]] != hashes[order[runStart]] {
                runStart = place
                continue
            }
            for earlier in order[runStart..<place] where equal(earlier, order[place]) {
                found.append((earlier, order[place]))
                break
            }
        }
        return found.sorted { $0.repeated < $1.repeated }
    }
}
