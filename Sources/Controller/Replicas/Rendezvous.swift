// Whose an application is among several replicas, so that all of them answer alike without asking one another: highest
// random weight, or rendezvous, hashing (Thaler and Ravishankar, 1998). Whoever joins or leaves moves only what is
// theirs.

enum Rendezvous {
    /// The replica with the highest weight for an application; nil where there are none.
    static func owner(of key: ApplicationKey, among replicas: some Sequence<String>) -> String? {
        replicas.map { (weight: weight(of: key, at: $0), name: $0) }.max {
            ($0.weight, $0.name) < ($1.weight, $1.name)
        }?.name
    }

    /// FNV-1a over both names, stirred by the last step of SplitMix64: alike in every process and on every machine.
    private static func weight(of key: ApplicationKey, at replica: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in [Array(key.namespace.utf8), Array(key.name.utf8), Array(replica.utf8)].joined(separator: [0]) {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
        hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
        return hash ^ (hash >> 31)
    }
}
