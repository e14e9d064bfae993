// Generators and transformers that are programs of their own, by the KRM Functions Specification: a ResourceList in, a
// ResourceList out.
// https://github.com/kubernetes-sigs/kustomize/blob/master/cmd/config/docs/api-conventions/functions-spec.md

import Manifest

/// A function to run.
package struct FunctionRequest: Hashable, Sendable {
    package enum Runtime: Hashable, Sendable {
        /// An executable, as the tree names it, and the directory of its kustomization, where it runs.
        case executable(path: String, directory: String)
        case container(image: String, network: Bool, mounts: [String], environment: [String])
    }

    /// The configuration's kind and name.
    package var name: String
    package var runtime: Runtime
    /// The ResourceList for its standard input.
    package var input: [UInt8]
}

extension BuildRun {
    private static let annotations = ["config.kubernetes.io/function", "config.k8s.io/function"]
    private static let indexKey = "internal.config.kubernetes.io/id"
    private static let oldIndexKey = "config.k8s.io/id"

    /// What a generator that is a program makes; nil as long as it has not run.
    func runGenerator(_ configuration: Resource, _ root: Root) throws(TransformFailure) -> [Resource]? {
        let runtime = try runtime(of: configuration, root)
        guard let items = try run(runtime, configuration, []) else { return nil }
        var resources: [Resource] = []
        for item in items {
            var resource = try resource(from: item, configuration)
            let annotations = resource.value["metadata"]?["annotations"]
            resource.isGenerated = true
            resource.needsHash = annotations?["kustomize.config.k8s.io/needs-hash"]?.text == "true"
            switch annotations?["kustomize.config.k8s.io/behavior"]?.text {
            case "merge": resource.behavior = .merge
            case "replace": resource.behavior = .replace
            case "create": resource.behavior = .create
            default: break
            }
            for key in ["kustomize.config.k8s.io/needs-hash", "kustomize.config.k8s.io/behavior"] {
                resource.removeAnnotation(key)
            }
            resources.append(resource)
        }
        return resources
    }

    /// Lets a program change the list. False as long as it has not run.
    func runTransformer(
        _ configuration: Resource, _ root: Root, _ list: inout ResourceList
    ) throws(TransformFailure) -> Bool {
        let runtime = try runtime(of: configuration, root)
        let input = list.indices.map { index in
            var value = list[index].value
            if value["metadata"]?["annotations"]?.object == nil {
                value["metadata"]?["annotations"] = .object(Object())
            }
            value["metadata"]?["annotations"]?[Self.indexKey] = .string(String(index + 1))
            return value
        }
        guard let items = try run(runtime, configuration, input) else { return false }
        var resources = list.items.map(Optional.some)
        var kept: Set<Int> = []
        var added: [Resource] = []
        for item in items {
            var made = try resource(from: item, configuration)
            if let index = resources.indices.first(where: { resources[$0]?.id == made.id }) {
                kept.insert(index)
                resources[index]?.value = made.value
            } else {
                made.origin = configuration.origin
                added.append(made)
            }
        }
        for index in resources.indices where !kept.contains(index) { resources[index] = nil }
        list.replaceAll(resources.compactMap { $0 } + added)
        return true
    }

    // MARK: - The configuration

    private func runtime(of configuration: Resource, _ root: Root) throws(TransformFailure) -> FunctionRequest.Runtime {
        let annotations = configuration.value["metadata"]?["annotations"]
        guard options.allowsPlugins else {
            throw TransformFailure(
                "plugin `\(configuration.id.kind)` is a program of its own, and this build runs none",
                at: configuration.origin,
                cure: "allow it with `--enable-alpha-plugins`, or use a builtin plugin")
        }
        guard let text = Self.annotations.lazy.compactMap({ annotations?[$0]?.string }).first,
            let function = (try? YAML.read(Array(text.utf8), file: "", options: .resources))?.first
        else {
            throw TransformFailure(
                "`\(configuration.apiVersion)` `\(configuration.id.kind)` is no builtin plugin and no function: plugins of the old kind, "
                    + "executables below KUSTOMIZE_PLUGIN_HOME and Go libraries, are not run", at: configuration.origin,
                cure: "turn it into a function with the annotation `config.kubernetes.io/function`")
        }
        if function["starlark"] != nil {
            throw TransformFailure(
                "`\(configuration.id.name)` is written in Starlark, which is not run here", at: configuration.origin,
                cure: "package it as an executable or an image")
        }
        if let container = function["container"], let image = container["image"]?.string {
            let mounts = container["mounts"]?.array?.compactMap { Self.mount($0) } ?? []
            let environment = container["envs"]?.array?.compactMap(\.string) ?? []
            return .container(
                image: image, network: container["network"]?.bool ?? false, mounts: mounts, environment: environment)
        }
        guard let path = function["exec"]?["path"]?.string else {
            throw TransformFailure(
                "the function of `\(configuration.id.name)` names neither `exec` nor `container`",
                at: configuration.origin)
        }
        guard options.allowsExec else {
            throw TransformFailure(
                "the function `\(path)` is an executable, and this build runs none", at: configuration.origin,
                cure: "allow it with `--enable-exec`")
        }
        return .executable(path: try executable(path, configuration, root), directory: root.directory)
    }

    /// An executable must stand where the kustomization may read.
    private func executable(_ path: String, _ configuration: Resource, _ root: Root) throws(TransformFailure) -> String
    {
        guard root.repository == nil else {
            throw TransformFailure(
                "`\(path)` is an executable of another repository, and those are not run", at: configuration.origin,
                cure: "copy it into this repository")
        }
        do throws(LoadFailure) {
            return try loader.file(path, from: root).path
        } catch {
            throw TransformFailure(error.reason, at: configuration.origin, cure: error.cure)
        }
    }

    private static func mount(_ value: Value) -> String? {
        guard let type = value["type"]?.string, let source = value["src"]?.string, let target = value["dst"]?.string
        else {
            return nil
        }
        return "type=\(type),source=\(source),target=\(target)" + (value["rw"]?.bool == true ? "" : ",readonly")
    }

    // MARK: - The exchange

    private func run(
        _ runtime: FunctionRequest.Runtime, _ configuration: Resource, _ items: [Value]
    ) throws(TransformFailure) -> [Value]? {
        let list: Value = [
            "apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": .array(items),
            "functionConfig": configuration.value,
        ]
        let name = "\(configuration.id.kind) \(configuration.id.name)"
        let request = FunctionRequest(name: name, runtime: runtime, input: YAML.write(list))
        switch answer(to: .function(request)) {
        case nil: return nil
        case .output(let text): return try self.items(of: text, name, configuration)
        case .failure(let reason, let cure):
            throw TransformFailure("function `\(name)`: \(reason)", at: configuration.origin, cure: cure)
        case .file, .repository: throw TransformFailure("function `\(name)` cannot be run", at: configuration.origin)
        }
    }

    private func items(of text: [UInt8], _ name: String, _ configuration: Resource) throws(TransformFailure) -> [Value]
    {
        do throws(DiagnosticsError) {
            guard let list = try YAML.read(text, file: "the output of \(name)", options: .resources).first else {
                return []
            }
            guard list["kind"]?.text == "ResourceList" else {
                throw DiagnosticsError("function `\(name)` must write a ResourceList", at: configuration.origin)
            }
            try report(list["results"]?.array ?? [], name, configuration)
            return list["items"]?.array ?? []
        } catch {
            throw TransformFailure(error.diagnostics)
        }
    }

    /// What the function found.
    private func report(_ results: [Value], _ name: String, _ configuration: Resource) throws(DiagnosticsError) {
        var errors: [Diagnostic] = []
        for result in results {
            let message = "function `\(name)`: \(result["message"]?.text ?? "")"
            switch result["severity"]?.text {
            case "warning": collector.report(.warning(message, at: configuration.origin, rule: "function-result"))
            case "info": collector.report(Diagnostic(.note, message, at: configuration.origin, rule: "function-result"))
            default: errors.append(.error(message, at: configuration.origin, rule: "function-result"))
            }
        }
        if !errors.isEmpty { throw DiagnosticsError(errors) }
    }

    private func resource(from item: Value, _ configuration: Resource) throws(TransformFailure) -> Resource {
        guard let object = item.object else {
            throw TransformFailure(
                "function `\(configuration.id.name)` wrote \(item.noun) among its objects", at: configuration.origin)
        }
        if let problem = ResourceReader.problem(object, object["kind"]?.text ?? "") {
            throw TransformFailure("function `\(configuration.id.name)`: \(problem)", at: configuration.origin)
        }
        var resource = Resource(item, origin: configuration.origin, scopes: scopes)
        resource.removeAnnotation(Self.indexKey)
        resource.removeAnnotation(Self.oldIndexKey)
        return resource
    }
}

extension Resource {
    fileprivate mutating func removeAnnotation(_ key: String) {
        changeKeepingIdentity { value in
            guard value["metadata"]?["annotations"]?[key] != nil else { return }
            value["metadata"]?["annotations"]?[key] = nil
            if value["metadata"]?["annotations"]?.object?.isEmpty == true { value["metadata"]?["annotations"] = nil }
        }
    }
}
