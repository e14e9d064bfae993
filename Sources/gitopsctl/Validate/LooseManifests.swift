// The YAML files of a tree that no build read: manifests that somebody applies by hand or nobody at all, and files that
// only look like manifests.

import FoundationEssentials
import Kustomize
import Manifest
import Reconciler
import Validation

struct LooseManifests {
    private struct File {
        var path: String
        var objects: [KubernetesObject] = []
        var findings: [Finding] = []
    }

    private var files: [File] = []
    private var lines = SourceLines()

    /// - Parameter inspections: what was built in the tree.
    init(of survey: TreeSurvey, _ inspections: [Inspection], display: (String) -> String) {
        let read = inspections.reduce(into: Set<String>()) { $0.formUnion($1.files) }
        let extents = inspections.compactMap { Self.extent(of: $0) }
        for path in survey.files where !read.contains(String(path.dropFirst())) {
            var file = File(path: path)
            let shown = display(path)
            guard let data = FileManager.default.contents(atPath: path) else { continue }
            let bytes = [UInt8](data)
            do throws(DiagnosticsError) {
                var documents = try YAML.read(bytes, file: shown, options: .resources)
                let origins = documents.map { Self.origin(of: $0, in: shown) }
                lines.trace(&documents, of: bytes, file: shown)
                for (document, origin) in zip(documents, origins) {
                    file.objects += Self.objects(in: document, origin: origin)
                }
                // Kustomize's own files have rules of their own.
                let isOwn = documents.contains {
                    $0["apiVersion"]?.string?.hasPrefix("kustomize.config.k8s.io/") == true
                }
                file.objects.removeAll { $0.gvk.group == "kustomize.config.k8s.io" }
                if file.objects.isEmpty, !isOwn, !documents.allSatisfy(\.isEmpty) {
                    file.findings.append(
                        Finding(
                            rule: Rule.notAManifest.id, severity: Rule.notAManifest.severity,
                            message: path.contains("values")
                                ? "the file holds values for a Helm chart, and no manifest"
                                : "the file holds no manifest: its documents have no `apiVersion` and `kind`",
                            location: origins.first, cure: Rule.notAManifest.cure))
                } else if let first = file.objects.first, extents.contains(where: { path.hasPrefix("/" + $0 + "/") }),
                    // gitopsctl finds these by itself.
                    !file.objects.contains(where: { $0.gvk.group == Application.group })
                {
                    let count = file.objects.count
                    file.findings.append(
                        Finding(
                            rule: Rule.unreachedManifest.id, severity: Rule.unreachedManifest.severity,
                            message:
                                "no kustomization reaches this file: its \(count == 1 ? "object is" : "\(count) objects are") never applied",
                            location: first.origin, cure: Rule.unreachedManifest.cure))
                }
            } catch {
                file.findings += error.diagnostics.map { Finding($0, rule: .yaml) }
            }
            files.append(file)
        }
        // A tree without any manifest is none of manifests.
        if survey.folders.isEmpty, files.allSatisfy(\.objects.isEmpty) {
            for index in files.indices { files[index].findings.removeAll { $0.rule == Rule.notAManifest.id } }
        }
    }

    /// The objects of all files.
    var objects: [KubernetesObject] { files.flatMap(\.objects) }
    var findings: [Finding] { files.flatMap(\.findings) }

    mutating func keep(where isWanted: (String) -> Bool) { files.removeAll { !isWanted($0.path) } }

    /// The files as one environment.
    func whole(named name: String) -> [Environment] {
        let lines = lines
        return objects.isEmpty ? [] : [Environment(name: name, objects: objects, locate: { lines.location(of: $0) })]
    }

    /// Each file for itself: what does not belong to one build need not belong together.
    func parts(_ display: (String) -> String) -> [Environment] {
        let lines = lines
        return files.filter { !$0.objects.isEmpty }.map { file in
            Environment(
                name: display(file.path), objects: file.objects, scope: .partial, locate: { lines.location(of: $0) })
        }
    }

    /// The folder around everything that a build used or named.
    private static func extent(of inspection: Inspection) -> String? {
        let folders = inspection.directories.map { $0.split(separator: "/") }
        guard var common = folders.first else { return nil }
        for folder in folders.dropFirst() {
            common = Array(zip(common, folder).prefix { $0 == $1 }.map(\.0))
        }
        return common.isEmpty ? nil : common.joined(separator: "/")
    }

    private static func origin(of document: Value, in file: String) -> SourceLocation {
        let kind = document.object?.position(of: "kind") ?? .unknown
        return SourceLocation(file: file, position: kind.isKnown ? kind : document.position)
    }

    private static func objects(in document: Value, origin: SourceLocation) -> [KubernetesObject] {
        guard document["apiVersion"]?.string?.isEmpty == false, let kind = document["kind"]?.string, !kind.isEmpty
        else { return [] }
        if kind.hasSuffix("List"), let items = document["items"]?.array {
            return items.flatMap { objects(in: $0, origin: origin) }
        }
        return [KubernetesObject(document, origin: origin)]
    }
}

/// The folders that Applications name: gitopsctl's, and Argo CD's, which have the same fields.
struct ApplicationPaths {
    /// The namespace of objects that name none, by folder.
    private(set) var namespaces: [String: String] = [:]
    private(set) var findings: [Finding] = []

    init(_ objects: [KubernetesObject], workingFolder: String) {
        var told: Set<SourceLocation> = []
        for object in objects
        where object.kind == Application.kind && [Application.group, "argoproj.io"].contains(object.gvk.group) {
            guard let path = object.value[path: "spec", "source", "path"]?.string, let file = object.origin?.file else {
                continue
            }
            let namespace = object.value[path: "spec", "destination", "namespace"]?.string
            var folder = RepositoryRoot.normalized(file.hasPrefix("/") ? file : "\(workingFolder)/\(file)")
            var isThere = false
            // The tree that the file delivers is the nearest above it that has the path.
            while let slash = folder.lastIndex(of: "/"), !isThere {
                folder = String(folder[..<slash])
                let candidate = RepositoryRoot.normalized("\(folder)/\(path)")
                guard candidate != "/", FileManager.default.fileExists(atPath: candidate) else { continue }
                isThere = true
                if namespaces[candidate] == nil { namespaces[candidate] = namespace }
            }
            // What another repository holds is not known here.
            let repository = object.value[path: "spec", "source", "repository"]?.string
            guard !isThere, repository == "." || repository == "./", let origin = object.origin,
                told.insert(origin).inserted
            else { continue }
            findings.append(
                Finding(
                    rule: Rule.applicationPath.id, severity: Rule.applicationPath.severity,
                    message: "the Application \(object.name) delivers `\(path)`, which is not there", location: origin,
                    object: object.reference, field: "spec.source.path", cure: Rule.applicationPath.cure))
        }
    }
}
