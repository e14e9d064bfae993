// Where the keys of an object stand, for whoever looks up many of them: a million keys in a map, and a million in the
// map that is laid over it, must not cost a million scans.

/// The places of an object's keys as they were when it was asked; keys that are appended later are not known.
package struct KeyPositions: Sendable {
    /// Up to here a scan is faster than a table.
    private static let scanned = 16

    private let count: Int
    private var table: [String: Int]?

    fileprivate init(_ object: Object) {
        count = object.count
        guard count > Self.scanned else { return }
        table = Dictionary(object.entries.enumerated().map { ($1.key, $0) }) { $1 }
    }

    /// - Parameter object: the object that the positions are of. Values of its entries may have changed since, and
    ///   entries may have come at its end.
    package func index(of key: String, in object: Object) -> Int? {
        guard let table else { return object.entries.prefix(count).lastIndex { $0.key == key } }
        return table[key]
    }
}

extension Object {
    package var positions: KeyPositions { KeyPositions(self) }
}
