// Labels and annotations: entries written into every map that a field specification names.

import Manifest

struct MapEntriesTransformer {
    /// How many entries may be written in one go: as many as the values of the largest file. The product of a long
    /// kustomization and many objects would fill any memory otherwise.
    private static let limit = 5_000_000

    /// In the order in which they are written; later ones win.
    var entries: [(key: String, value: String)]
    var specs: [FieldSpec]

    init(entries: [String: String], specs: [FieldSpec]) {
        self.entries = entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { ($0.key, $0.value) }
        self.specs = specs
    }

    func transform(_ list: inout ResourceList) throws(TransformFailure) {
        if entries.isEmpty { return }
        for entry in entries { try CreatedKey.check(entry.key) }
        if entries.count * list.indices.count > Self.limit {
            throw TransformFailure(
                "\(entries.count) entries for each of \(list.indices.count) objects are more than a cluster would store",
                cure: "write fewer labels or annotations")
        }
        var table = FieldSpecTable(specs)
        for index in list.indices where !list[index].isEmpty {
            let matching = table.specs(for: list[index].id)
            // One node an entry, however many fields of the object it is written into.
            let nodes = entries.map { _ in matching.count > 1 ? list.newSharedNode(at: index) : 0 }
            var hasOverwritten = false
            do throws(FieldShapeError) {
                try list.updateKeepingIdentity(index) { (value) throws(FieldShapeError) in
                    for spec in matching {
                        try spec.apply(to: &value, creation: .map) { (map) throws(FieldShapeError) in
                            guard map.editObject({ write(&$0, nodes, &hasOverwritten) }) != nil else {
                                throw FieldShapeError(path: spec.path, reason: "expected a map of strings")
                            }
                        }
                    }
                }
            } catch {
                throw TransformFailure(error, list[index])
            }
            if hasOverwritten { list.settleSharedNodes(at: index) }
        }
    }

    private func write(_ object: inout Object, _ nodes: [UInt16], _ hasOverwritten: inout Bool) {
        let positions = object.positions
        for (entry, node) in zip(entries, nodes) {
            if let index = positions.index(of: entry.key, in: object) {
                if let old = object.entries[index].value.scalar, old.sharedNode != 0, old.text != entry.value {
                    hasOverwritten = true
                }
                object.entries[index].value.overwrite(entry.value, kind: .string)
                continue
            }
            var scalar = Scalar(entry.value, kind: .string, style: .created(entry.value))
            scalar.sharedNode = node
            object.entries.append(Object.Entry(key: entry.key, value: .scalar(scalar)))
        }
    }
}
