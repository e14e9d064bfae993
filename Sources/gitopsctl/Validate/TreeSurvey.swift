// What stands in a tree of manifests: the kustomizations that nobody else builds upon, and every YAML file.

import FoundationEssentials
import Kustomize
import Manifest
import Reconciler

/// The files of a tree, sorted out. Paths are absolute.
struct TreeSurvey {
    /// A folder with a kustomization file.
    private struct Kustomization {
        var isComponent = false
        /// What it names: files, folders, URLs.
        var entries: [String] = []
    }

    /// Folders with a kustomization that is no component, and no other's base unless it was asked for by name.
    private(set) var roots: [String] = []
    /// Those among them that are others' bases all the same.
    private(set) var bases: Set<String> = []
    /// YAML files that are no kustomizations.
    private(set) var files: [String] = []
    /// Folders with a kustomization file.
    private(set) var folders: Set<String> = []

    /// More files than this are no tree of manifests.
    private static let maximumFiles = 50_000
    private static let kustomizationNames: Set<String> = ["kustomization.yaml", "kustomization.yml", "Kustomization"]

    /// - Parameter paths: the folders that were asked for.
    init(of root: String, asking paths: [String]) {
        var found: [String: Kustomization] = [:]
        walk(root, isInChart: false, into: &found)
        folders = Set(found.keys)
        var used: Set<String> = []
        for (folder, kustomization) in found {
            for entry in kustomization.entries where !entry.contains("://") {
                used.insert(RepositoryRoot.normalized(entry.hasPrefix("/") ? entry : "\(folder)/\(entry)"))
            }
        }
        let buildable = Set(found.filter { !$0.value.isComponent }.keys)
        bases = buildable.intersection(paths).intersection(used)
        roots = buildable.subtracting(used).union(bases).sorted()
        files.sort()
    }

    private mutating func walk(_ folder: String, isInChart: Bool, into found: inout [String: Kustomization]) {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        // A chart's files are templates.
        let isInChart = isInChart || names.contains("Chart.yaml")
        for name in names where !name.hasPrefix(".") && name != "node_modules" {
            let path = folder == "/" ? "/" + name : "\(folder)/\(name)"
            if Self.kustomizationNames.contains(name) {
                found[folder] = Self.kustomization(at: path)
            } else if name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
                if !isInChart, files.count < Self.maximumFiles { files.append(path) }
            } else if Self.isFolder(path) {
                walk(path, isInChart: isInChart, into: &found)
            }
        }
    }

    /// Symbolic links are not followed: what they lead to is found where it stands, or is another tree's.
    private static func isFolder(_ path: String) -> Bool {
        let type = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
        return type == .typeDirectory
    }

    private static func kustomization(at path: String) -> Kustomization {
        guard let data = FileManager.default.contents(atPath: path),
            let value = try? YAML.read([UInt8](data), file: path, options: .yaml11).first
        else { return Kustomization() }
        let fields = ["resources", "bases", "components", "generators", "transformers", "validators"]
        return Kustomization(
            isComponent: value["kind"]?.string == "Component",
            entries: fields.flatMap { (value[$0]?.array ?? []).compactMap(\.string) })
    }
}

/// Which tree a path belongs to.
enum EnclosingTree {
    /// The nearest folder at or above a path that is a tree of its own: a repository, or a folder with `gitops/` or
    /// with a file that switches rules off. The path itself, or the folder of a file, where there is none.
    static func of(_ path: String, marker: String) -> String {
        var isFolder = false
        _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        let start = isFolder ? path : String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        var folder = start
        while true {
            let isTree = ["gitops", marker, ".git"].contains {
                FileManager.default.fileExists(atPath: "\(folder)/\($0)")
            }
            if isTree { return folder }
            guard let slash = folder.lastIndex(of: "/"), slash > folder.startIndex else { return start }
            folder = String(folder[..<slash])
        }
    }
}
