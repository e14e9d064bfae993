// Labels and annotations: entries written into every map that a field specification names.

import Manifest

struct MapEntriesTransformer {
    /// In the order in which they are written; later ones win.
    var entries: [(key: String, value: String)]
    var specs: [FieldSpec]

    init(entries: [String: String], specs: [FieldSpec]) {
        self.entries = entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { ($0.key, $0.value) }
        self.specs = specs
    }

    func transform(_ list: inout ResourceList) throws(TransformFailure) {
        if entries.isEmpty { return }
        var table = FieldSpecTable(specs)
        for index in list.indices where !list[index].isEmpty {
            let matching = table.specs(for: list[index].id)
            do throws(FieldShapeError) {
                try list.updateKeepingIdentity(index) { (value) throws(FieldShapeError) in
                    for spec in matching {
                        try spec.apply(to: &value, creation: .map) { (map) throws(FieldShapeError) in
                            guard map.editObject({ write(&$0) }) != nil else {
                                throw FieldShapeError(path: spec.path, reason: "expected a map of strings")
                            }
                        }
                    }
                }
            } catch {
                throw TransformFailure(error, list[index])
            }
        }
    }

    private func write(_ object: inout Object) {
        for (key, text) in entries {
            if object.edit(key, { $0.overwrite(text, kind: .string) }) == nil { object[key] = .string(text) }
        }
    }
}
