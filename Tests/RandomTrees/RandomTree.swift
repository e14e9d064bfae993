// Overlays drawn at random, and what somebody may do to their files: the same trees for every test that wants many.

import SeededNumbers

/// The files of an overlay, `top`, of the bases and components that it names, and of others that it does not, by path.
/// A text that begins with `-> ` is a symbolic link.
package struct RandomTree: Sendable {
    package private(set) var files: [String: String] = [:]
    private var numbers: SeededNumbers

    private static let kustomizations = ["kustomization.yaml", "kustomization.yml", "Kustomization"]

    /// A tree that builds; or, with faults, one that may not.
    package init(seed: Int, faults: Bool = false) {
        numbers = SeededNumbers(seed: seed)
        let bases = (0..<Int.random(in: 1...3, using: &numbers)).map { base($0) }
        overlay(bases)
        files["elsewhere/kustomization.yaml"] = "resources: [x.yaml]\n"
        files["elsewhere/x.yaml"] = Self.object("x")
        if faults { for _ in 0..<Int.random(in: 1...3, using: &numbers) { damage() } }
    }

    /// The files of many trees side by side, each in a folder of its number.
    package static func files(of trees: [RandomTree]) -> [String: String] {
        var files: [String: String] = [:]
        for (index, tree) in trees.enumerated() {
            for (path, text) in tree.files { files["\(index)/\(path)"] = text }
        }
        return files
    }

    // MARK: - Drawing

    private static func object(_ name: String, kind: String = "ConfigMap", _ rest: String = "data: {a: b}\n") -> String
    {
        "apiVersion: v1\nkind: \(kind)\nmetadata: {name: \(name)}\n\(rest)"
    }

    /// Answers the path by which an overlay names the base.
    private mutating func base(_ index: Int) -> String {
        let folder = "base\(index)"
        var resources: [String] = []
        for number in 0..<Int.random(in: 1...3, using: &numbers) {
            let name = "r\(number).yaml"
            files["\(folder)/\(name)"] = Self.object("c\(index)-\(number)")
            if numbers.chance(0.5) || resources.isEmpty { resources.append(name) }
        }
        if numbers.chance(0.3) {
            files["\(folder)/web.yaml"] = """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web\(index)}
                spec: {replicas: 1, template: {spec: {containers: [{name: m, image: nginx, envFrom: [{configMapRef: {name: g\(index)}}]}]}}}

                """
            resources.append("web.yaml")
        }
        if numbers.chance(0.5) {
            files["\(folder)/real/l.yaml"] = Self.object("l\(index)", kind: "Service", "spec: {ports: [{port: 80}]}\n")
            files["\(folder)/link.yaml"] = "-> real/l.yaml"
            resources.append("link.yaml")
        }
        if numbers.chance(0.3) {
            files["\(folder)/hidden/deep/d.yaml"] = Self.object("d\(index)")
            files["\(folder)/shown"] = "-> hidden/deep"
            resources.append("shown/d.yaml")
        }
        var kustomization = "resources: [\(resources.joined(separator: ", "))]\n"
        if numbers.chance(0.5) {
            files["\(folder)/data.txt"] = "k=v\n"
            files["\(folder)/unused.txt"] = "text"
            kustomization += "configMapGenerator: [{name: g\(index), \(numbers.pick(["files", "envs"])): [data.txt]}]\n"
        }
        if numbers.chance(0.3) {
            files["\(folder)/names.yaml"] = "namePrefix: [{path: metadata/name}]\n"
            kustomization += "configurations: [names.yaml]\n"
        }
        files["\(folder)/\(numbers.pick(Self.kustomizations))"] = kustomization
        guard numbers.chance(0.3) else { return "../" + folder }
        files["bases/b\(index)"] = "-> ../\(folder)"
        return "../bases/b\(index)"
    }

    private mutating func overlay(_ bases: [String]) {
        var kustomization = "resources: [\(bases.joined(separator: ", "))]\nnamePrefix: p-\n"
        if numbers.chance(0.3) { kustomization += "commonLabels: {app: x}\n" }
        if numbers.chance(0.3) {
            files["top/patch.yaml"] = "kind: any\nmetadata: {name: any}\ndata: {patched: 'yes'}\n"
            kustomization +=
                "patches: [{path: patch.yaml, target: {kind: \(numbers.pick(["ConfigMap", "Ingress"]))}}]\n"
        }
        if numbers.chance(0.3) {
            files["parts/part/kustomization.yaml"] = "kind: Component\nresources: [s.yaml]\n"
            files["parts/part/s.yaml"] = Self.object("s", kind: "Secret", "stringData: {a: b}\n")
            kustomization += "components: [../parts/part]\n"
        }
        if numbers.chance(0.3) {
            files["top/replacement.yaml"] =
                "source: {kind: ConfigMap, name: c0-0, fieldPath: data.a}\ntargets: [{select: {kind: ConfigMap}, fieldPaths: [data.copy], options: {create: true}}]\n"
            kustomization += "replacements: [{path: replacement.yaml}]\n"
        }
        files["top/\(numbers.pick(Self.kustomizations))"] = kustomization
    }

    private mutating func damage() {
        let path = numbers.pick(files.keys.sorted())
        switch Int.random(in: 0..<11, using: &numbers) {
        case 0: files[path] = nil
        case 1: files[path] = "-> nowhere"
        case 2: files[path] = "-> ../../../../../etc/passwd"
        case 3: files[path] = "-> /etc/passwd"
        case 4: files[path] = "-> \(path.split(separator: "/").last ?? "")"
        case 5: files[path]? += "/."
        case 6: files[path] = "a: [\n"
        case 7: files[path]? += "more: {a: b}\n"
        case 8: files[path] = "resources: [../top, x.yaml]\n"
        case 9: files[path] = ""
        default: files[path]? += "---\n" + Self.object("x") + "---\n" + Self.object("x")
        }
    }

    private func link(_ path: String) -> String? {
        files[path].flatMap { $0.hasPrefix("-> ") ? String($0.dropFirst(3)) : nil }
    }

    // MARK: - Changing

    /// Does what somebody may do in a commit: edits, adds, removes, moves or links something. Answers what.
    package mutating func change() -> String {
        let path = numbers.pick(files.keys.sorted())
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let folder = path.split(separator: "/").dropLast().joined(separator: "/")
        switch Int.random(in: 0..<9, using: &numbers) {
        case 0, 1:
            if let target = link(path) { files[path] = "-> ./" + target } else { files[path]? += "# more\n" }
            return "edit \(path)"
        case 2:
            files[path] = nil
            return "remove \(path)"
        case 3:
            let added = "\(folder)/\(numbers.pick(Self.kustomizations))"
            if files[added] == nil { files[added] = "resources: []\n" }
            return "add \(added)"
        case 4:
            files["\(folder)/new\(Int.random(in: 0..<9, using: &numbers)).yaml"] = "a: b\n"
            return "add to \(folder)"
        case 5:
            files[path] = nil
            files[path + "/inside"] = "a: b\n"
            return "turn \(path) into a folder"
        case 6:
            let text = files[path]
            files["\(folder)/moved-\(name)"] = text
            files[path] = "-> moved-\(name)"
            return "move \(path) and leave a link"
        case 7:
            if let target = link(path) { files[path] = target }
            return "make a file of \(path)"
        default:
            for other in files.keys where other.hasPrefix(folder + "/") {
                files["moved/\(other)"] = files.removeValue(forKey: other)
            }
            files[folder] = "-> moved/\(folder)"
            return "move \(folder) and leave a link"
        }
    }
}
