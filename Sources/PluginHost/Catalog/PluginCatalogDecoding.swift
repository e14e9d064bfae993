// A catalogue out of a document: `PluginCatalog` of `gitopsctl.dev/v1alpha1`, or a ConfigMap with such documents in it.

package import Manifest

extension PluginCatalog {
    package static let kind = "PluginCatalog"

    /// Reads the catalogues among some documents. A ConfigMap is read for the documents in its `data`.
    ///
    /// - Parameter folder: where relative paths of programs start.
    /// - Throws: every mistake in them.
    package init(documents: [Value], file: String, folder: String) throws(DiagnosticsError) {
        var problems: [Diagnostic] = []
        var found: [PluginDefinition] = []
        for document in documents {
            let object = KubernetesObject(document)
            if object.kind == "ConfigMap" {
                for entry in document["data"]?.object?.entries ?? [] {
                    guard let text = entry.value.string else { continue }
                    do throws(DiagnosticsError) {
                        let inner = try YAML.read(Array(text.utf8), file: "\(file): \(entry.key)")
                        found += try PluginCatalog(documents: inner, file: "\(file): \(entry.key)", folder: folder)
                            .definitions.values
                    } catch {
                        problems += error.diagnostics
                    }
                }
                continue
            }
            guard object.kind == Self.kind, object.gvk.group == "gitopsctl.dev" else { continue }
            for item in document["plugins"]?.array ?? document[path: "spec", "plugins"]?.array ?? [] {
                var reader = DefinitionReader(file: file, folder: folder)
                if let definition = reader.definition(item) { found.append(definition) }
                problems += reader.problems
            }
        }
        if !problems.isEmpty { throw DiagnosticsError(problems) }
        self.init(found)
    }
}

/// Reads one entry, and tells every mistake at its place.
private struct DefinitionReader {
    let file: String
    let folder: String
    var problems: [Diagnostic] = []

    mutating func definition(_ value: Value) -> PluginDefinition? {
        refuseOthers(
            in: value,
            ["name", "executable", "arguments", "stages", "selector", "reentrant", "limits", "grants", "summary"],
            "a plugin")
        guard let name = value["name"]?.string, !name.isEmpty, let executable = value["executable"]?.string,
            !executable.isEmpty
        else {
            report("a plugin needs a name and an executable", at: value.position)
            return nil
        }
        let path = executable.hasPrefix("/") ? executable : "\(folder)/\(executable)"
        var definition = PluginDefinition(name: name, executable: path, stages: [])
        definition.arguments = strings(value["arguments"], "arguments")
        definition.stages = strings(value["stages"], "stages").compactMap { name in
            let stage = PluginStage(rawValue: name)
            if stage == nil {
                report("\(name) is no stage", at: value.position, cure: "Stages are transform, validate and observe")
            }
            return stage
        }
        if definition.stages.isEmpty, value["stages"] == nil { definition.stages = [.transform] }
        definition.summary = value["summary"]?.string ?? ""
        definition.isReentrant = value["reentrant"]?.bool ?? false
        if let selector = value["selector"] { definition.selector = self.selector(selector) }
        if let limits = value["limits"] { definition.limits = self.limits(limits) }
        if let grants = value["grants"] { definition.grants = self.grants(grants) }
        return definition
    }

    private mutating func selector(_ value: Value) -> ObjectSelector {
        refuseOthers(in: value, ["fields", "kinds", "names", "namespaces", "labels"], "selector")
        return ObjectSelector(value)
    }

    private mutating func limits(_ value: Value) -> PluginLimits {
        refuseOthers(in: value, ["timeout", "cpu", "memory", "output", "fileSize", "processes"], "limits")
        var limits = PluginLimits()
        if let timeout = value["timeout"] {
            limits.timeout = seconds(timeout, "timeout").map { .seconds($0) } ?? limits.timeout
        }
        if let cpu = value["cpu"] {
            limits.cpuSeconds = seconds(cpu, "cpu").map { max(1, Int($0.rounded(.up))) } ?? limits.cpuSeconds
        }
        limits.memory = bytes(value["memory"], "memory") ?? limits.memory
        limits.output = bytes(value["output"], "output") ?? limits.output
        limits.fileSize = bytes(value["fileSize"], "fileSize") ?? limits.fileSize
        if let processes = value["processes"] {
            if let count = processes.int, count > 0 {
                limits.processes = count
            } else {
                report("limits.processes must be a whole number from 1", at: processes.position)
            }
        }
        return limits
    }

    private mutating func grants(_ value: Value) -> PluginGrants {
        refuseOthers(in: value, ["environment", "secrets", "secretValues", "network"], "grants")
        var grants = PluginGrants()
        grants.secretValues = value["secretValues"]?.bool ?? false
        grants.network = value["network"]?.bool ?? false
        for entry in value["environment"]?.object?.entries ?? [] {
            grants.environment[entry.key] = entry.value.scalar?.text ?? ""
        }
        for item in value["secrets"]?.array ?? [] {
            refuseOthers(in: item, ["name", "label", "namespace", "file"], "a granted secret")
            if let path = item["file"]?.string {
                grants.secrets.append(.file(path.hasPrefix("/") ? path : "\(folder)/\(path)"))
            } else if let namespace = item["namespace"]?.string, let name = item["name"]?.string {
                grants.secrets.append(.named(name, namespace: namespace))
            } else if let namespace = item["namespace"]?.string, let label = item["label"]?.string {
                grants.secrets.append(.labelled(label, namespace: namespace))
            } else {
                report(
                    "a granted secret needs a file, or a namespace with a name or a label", at: item.position,
                    cure: "For example: {namespace: kube-system, label: sealedsecrets.bitnami.com/sealed-secrets-key}")
            }
        }
        return grants
    }

    // MARK: Values

    private mutating func strings(_ value: Value?, _ field: String) -> [String] {
        guard let value else { return [] }
        let texts = value.array?.map { $0.scalar?.text }
        guard let texts, texts.allSatisfy({ $0 != nil }) else {
            report("\(field) must be a list of strings", at: value.position)
            return []
        }
        return texts.compactMap(\.self)
    }

    private mutating func bytes(_ value: Value?, _ field: String) -> Int? {
        guard let value else { return nil }
        if let scalar = value.scalar, let quantity = Quantity(scalar),
            let count = Int(exactly: quantity.nanos / 1_000_000_000), count > 0
        {
            return count
        }
        report("limits.\(field) must be a quantity of bytes", at: value.position, cure: "Write it like 256Mi")
        return nil
    }

    private mutating func seconds(_ value: Value, _ field: String) -> Double? {
        if let text = value.scalar?.text, let unit = text.last, let number = Double(text.dropLast()), number > 0 {
            if unit == "s" { return number }
            if unit == "m" { return number * 60 }
        }
        report("limits.\(field) must be a duration", at: value.position, cure: "Write it like 30s or 2m")
        return nil
    }

    private mutating func refuseOthers(in value: Value, _ known: [String], _ what: String) {
        for entry in value.object?.entries ?? [] where !known.contains(entry.key) {
            report(
                "\(entry.key) is not a field of \(what)", at: entry.position,
                cure: "The fields are \(known.sorted().joined(separator: ", "))")
        }
    }

    private mutating func report(_ message: String, at position: SourcePosition, cure: String? = nil) {
        problems.append(.error(message, at: SourceLocation(file: file, position: position), cure: cure))
    }
}

extension ObjectSelector {
    /// Reads `kinds`, `fields`, `names`, `namespaces` and `labels`; whatever else is passed over.
    package init(_ value: Value) {
        func texts(_ key: String) -> [String] { (value[key]?.array ?? []).compactMap { $0.scalar?.text } }
        kinds = texts("kinds")
        fields = texts("fields")
        names = texts("names")
        namespaces = texts("namespaces")
        for entry in value["labels"]?.object?.entries ?? [] { labels[entry.key] = entry.value.scalar?.text ?? "" }
    }
}
