// Whether everything that a tree names is there: asked once of every commit that comes in.

/// Walks a tree beside one that is known to be whole, so that what they share costs nothing.
struct Connectivity {
    let objects: ObjectDatabase

    /// - Throws: `ObjectFailure` naming the first object that is missing or damaged.
    func check(tree: ObjectID, against known: ObjectID?) throws(ObjectFailure) {
        var checked: Set<ObjectID> = []
        // A list instead of recursion: how deep the tree is, the server decides.
        var pending = [(tree: tree, known: known)]
        while let (tree, known) = pending.popLast() {
            guard tree != known, checked.insert(tree).inserted else { continue }
            let old = known.flatMap { try? objects.tree($0) }
            for entry in try objects.tree(tree).entries {
                let counterpart = old?.entry(named: entry.name)
                if counterpart?.oid == entry.oid { continue }
                switch entry.mode {
                case .directory:
                    pending.append((entry.oid, counterpart?.mode == .directory ? counterpart?.oid : nil))
                case .file, .executable, .symlink:
                    guard objects.contains(entry.oid) else { throw .missing(entry.oid) }
                case .submodule: break
                }
            }
        }
    }
}
