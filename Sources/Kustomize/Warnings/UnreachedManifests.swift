// Directories that lie beside a base which could not be used, hold manifests, and have no kustomization either. A
// repository that was never built has the same gap in many places; naming only those that one overlay happens to name
// would send its owner through as many runs.

import Manifest

/// Directories that were named as bases in vain.
struct VainBases {
    private(set) var places: [(directory: String, root: Root, location: SourceLocation)] = []

    mutating func note(_ directory: String, _ root: Root, _ location: SourceLocation) {
        places.append((directory, root, location))
    }
}

extension BuildRun {
    /// Says which other directories would fail in the same way.
    func warnOfUnreachedManifests() {
        var parents: [(path: String, root: Root, location: SourceLocation)] = []
        for place in vainBases.places {
            let parent = TreePath.parent(place.directory)
            // What lies around the overlay itself is its own business.
            if TreePath.isInside(place.root.directory, parent) { continue }
            if parents.contains(where: { TreePath.isInside(parent, $0.path) }) { continue }
            parents.removeAll { TreePath.isInside($0.path, parent) }
            parents.append((parent, place.root, place.location))
        }
        let named = vainBases.places.map(\.directory)
        for parent in parents {
            var survey = Survey(tree: parent.root.tree)
            let names = (try? parent.root.tree.tree.names(in: parent.path)) ?? []
            var unreached: [String] = []
            for name in names {
                let path = parent.path.isEmpty ? name : parent.path + "/" + name
                if named.contains(where: { TreePath.isInside(path, $0) }) { continue }
                let before = survey.manifests
                survey.walk(path, depth: 0, named)
                if survey.manifests > before { unreached.append(name) }
            }
            if unreached.isEmpty { continue }
            let place = parent.root.tree.display(parent.path)
            let files = survey.manifests == 1 ? "1 manifest" : "\(survey.manifests) manifests"
            collector.report(
                .warning(
                    "`\(place)` holds \(files) more that no kustomization names, below \(unreached.joined(separator: ", "))",
                    at: parent.location,
                    cure: "add a kustomization.yaml to `\(place)` that lists all of them, and reference that",
                    rule: "manifests-unreached"))
        }
    }
}

/// Counts the manifests below a directory that belong to no kustomization.
private struct Survey {
    let tree: RecordingTree
    var manifests = 0
    private var visited = 0

    init(tree: RecordingTree) { self.tree = tree }

    mutating func walk(_ path: String, depth: Int, _ named: [String]) {
        visited += 1
        // A hint is worth no more than a moment.
        guard depth < 6, visited < 400, let found = try? tree.tree.resolve(path, below: ""), found.kind == .directory,
            found.links.isEmpty, let names = try? tree.tree.names(in: path),
            !names.contains(where: Loader.kustomizationNames.contains)
        else { return }
        for name in names {
            let below = path + "/" + name
            if name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
                if !tree.files.contains(below) { manifests += 1 }
            } else if !name.hasPrefix("."), !named.contains(below) {
                walk(below, depth: depth + 1, named)
            }
        }
    }
}
