// `replicas`: counts written into workloads by name, whatever they were called before, and whatever kind they had.

import Manifest

struct ReplicasTransformer {
    struct Entry {
        var name: String
        var count: Int
        var location: SourceLocation?
    }

    var entries: [Entry]
    var specs: [FieldSpec]

    /// Answers the entries that found no workload.
    func transform(_ list: inout ResourceList) throws(TransformFailure) {
        var byName: [String: [Int]] = [:]
        for (index, entry) in entries.enumerated() { byName[entry.name, default: []].append(index) }
        var found = Set<Int>()
        var table = FieldSpecTable(specs)
        for index in list.indices {
            let resource = list[index]
            var wanted = Set(byName[resource.id.name] ?? [])
            for earlier in resource.earlier { wanted.formUnion(byName[earlier.name] ?? []) }
            if wanted.isEmpty { continue }
            // Name and kind have to be of one and the same id, be it an earlier one; the field is that of the kind of
            // today.
            let ids = resource.allIDs.filter { !table.specs(for: $0).isEmpty }
            wanted = wanted.filter { entry in ids.contains { $0.name == entries[entry].name } }
            if wanted.isEmpty { continue }
            found.formUnion(wanted)
            let matching = table.specs(for: resource.id)
            if matching.isEmpty { continue }
            do throws(FieldShapeError) {
                try list.updateKeepingIdentity(index) { (value) throws(FieldShapeError) in
                    for entry in wanted.sorted() {
                        for spec in matching {
                            try spec.apply(to: &value, creation: .scalar) {
                                $0.overwrite(String(entries[entry].count), kind: .int)
                            }
                        }
                    }
                }
            } catch {
                throw TransformFailure(error, resource)
            }
        }
        let missing = entries.indices.filter { !found.contains($0) }
        if missing.isEmpty { return }
        let kinds = specs.map(\.type.kind).filter { !$0.isEmpty }.joined(separator: ", ")
        throw TransformFailure(
            missing.map {
                .error(
                    "replicas: there is no \(kinds.isEmpty ? "workload" : "workload (\(kinds))") named `\(entries[$0].name)`",
                    at: entries[$0].location)
            })
    }
}
