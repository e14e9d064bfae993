// What libFuzzer calls with every input that it thinks of. `FUZZ_TARGET` says what is done with it; nothing may crash,
// hang, or break the promises that are checked here.

import Glibc
import Kustomize
import Manifest

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    target(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

/// libFuzzer's loop, under the name that the package manager gives a program's entry.
@_cdecl("Fuzz_main")
public func fuzzMain(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
    var count = count
    var arguments = arguments
    return runDriver(&count, &arguments, fuzzOneInput)
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

private let target: @Sendable ([UInt8]) -> Void = {
    switch getenv("FUZZ_TARGET").map({ String(cString: $0) }) {
    case "yaml": fuzzYAML
    case "kustomization": fuzzKustomization
    case "jsonpatch": fuzzJSONPatch
    case "merge": fuzzMerge
    case "fieldpath": fuzzFieldPath
    case "webhook": fuzzWebhook
    default: fatalError("set FUZZ_TARGET to yaml, kustomization, jsonpatch, merge, fieldpath or webhook")
    }
}()

func require(_ condition: Bool, _ promise: StaticString) {
    if !condition { fatalError("\(promise)") }
}

// MARK: - YAML

/// Both parsers read a text alike, and what is written is read back as it was.
@Sendable private func fuzzYAML(_ bytes: [UInt8]) {
    for base in [YAMLReader.Options.resources, .yaml11] {
        var options = base
        let fast = try? YAML.read(bytes, file: "f", options: options)
        options.parser = .libyaml
        let slow = try? YAML.read(bytes, file: "f", options: options)
        require(fast == slow, "the two parsers disagree")
        for value in fast ?? [] {
            guard let canonical = try? value.canonicalized(at: nil) else { continue }
            let text = YAML.write(canonical)
            var reading = YAMLReader.Options.yaml11
            reading.duplicateKeys = .refuse
            guard let again = try? YAML.read(text, file: "f", options: reading) else { continue }
            require(again.first.map(YAML.write) == text || again.isEmpty, "a text is not written as it was")
        }
    }
}

// MARK: - Builds

/// A folder of a few files in memory, the input in one of them.
private struct InputTree: FileTree {
    let files: [String: [UInt8]]

    func resolve(_ path: String, below directory: String) throws(FileTreeError) -> ResolvedPath {
        if files[path] != nil { return ResolvedPath(path: path, kind: .file) }
        if path.isEmpty || files.keys.contains(where: { $0.hasPrefix(path + "/") }) {
            return ResolvedPath(path: path, kind: .directory)
        }
        throw FileTreeError(path, .notFound)
    }

    func read(_ path: String) throws(FileTreeError) -> [UInt8] {
        guard let bytes = files[path] else { throw FileTreeError(path, .notFound) }
        return bytes
    }

    func names(in path: String) throws(FileTreeError) -> [String] { files.keys.sorted() }
    func objectID(of path: String) throws(FileTreeError) -> String { path }
}

/// Objects with a list of every way of merging: by one key, by two, of plain values, and by none.
private let web = Array(
    """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web, labels: {app: web}, annotations: {a: "1"}, finalizers: [x, y]}
    spec:
      replicas: 1
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec:
          initContainers: [{name: first, image: "busybox@sha256:00"}]
          containers:
          - name: main
            image: nginx:1.25
            args: [a, b]
            ports: [{containerPort: 80, protocol: TCP}, {containerPort: 81}]
            env: [{name: A, value: b}, {name: C, valueFrom: {configMapKeyRef: {name: c, key: k}}}]
            volumeMounts: [{name: v, mountPath: /v}]
          hostAliases: [{ip: 10.0.0.1, hostnames: [a]}]
          volumes: [{name: v, emptyDir: {}}, {name: w, configMap: {name: c}}]
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: web}
    spec: {selector: {app: web}, ports: [{port: 80, protocol: TCP, name: http}, {port: 443}]}
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: c}
    data: {k: v, "a.b": "x: [y, {z: 1}]", j: '{"a": [1, {"b": "c"}]}'}
    """.utf8)

/// What a kustomization can name besides the objects.
private let neighbours: [String: String] = [
    "data.txt": "k=v\nl='w'\n",
    "patch.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2}\n",
    "operations.yaml": "- {op: replace, path: /spec/replicas, value: 3}\n",
    "replacement.yaml":
        "source: {kind: ConfigMap, name: c, fieldPath: data.k}\ntargets: [{select: {kind: Deployment}, fieldPaths: [metadata.annotations.a]}]\n",
    "configuration.yaml":
        "namePrefix: [{path: metadata/name}]\nnameReference: [{kind: ConfigMap, fieldSpecs: [{kind: Deployment, path: spec/reference}]}]\nimages: [{path: spec/image}]\n",
    "transformer.yaml":
        "apiVersion: builtin\nkind: LabelTransformer\nmetadata: {name: l}\nlabels: {n: o}\nfieldSpecs: [{path: metadata/labels, create: true}]\n",
    "component/kustomization.yaml": "kind: Component\nnameSuffix: -c\n",
    "base/kustomization.yaml": "resources: [c.yaml]\nconfigMapGenerator: [{name: g, literals: [a=b]}]\n",
    "base/c.yaml": "kind: ConfigMap\nmetadata: {name: other}\n",
]

private func build(_ files: [String: [UInt8]]) {
    let build = KustomizeBuild(tree: InputTree(files: files.merging(["web.yaml": web]) { $1 }))
    guard let result = try? build.build(path: "") else { return }
    require(result.yaml() == (try? build.build(path: ""))?.yaml(), "two builds of one tree differ")
}

@Sendable private func fuzzKustomization(_ bytes: [UInt8]) {
    build(neighbours.mapValues { Array($0.utf8) }.merging(["kustomization.yaml": bytes]) { $1 })
    _ = try? KustomizeBuild(tree: InputTree(files: ["kustomization.yaml": bytes, "web.yaml": web])).fix(path: "")
}

@Sendable private func fuzzJSONPatch(_ bytes: [UInt8]) {
    build([
        "kustomization.yaml": Array(
            "resources: [web.yaml]\npatches: [{path: p.yaml, target: {kind: Deployment}}]".utf8),
        "p.yaml": bytes,
    ])
}

@Sendable private func fuzzMerge(_ bytes: [UInt8]) {
    for target in ["", ", target: {kind: Deployment|Service}"] {
        build([
            "kustomization.yaml": Array("resources: [web.yaml]\npatches: [{path: p.yaml\(target)}]".utf8),
            "p.yaml": bytes,
        ])
    }
}

/// The input is a field path, once of a source and once of a target, a pattern, an image's name, and a path as
/// managedFields has it.
@Sendable private func fuzzFieldPath(_ bytes: [UInt8]) {
    for value in [try? JSON.read(bytes), .object([String(decoding: bytes, as: UTF8.self): [:]])] {
        guard let value else { continue }
        let set = FieldSet(fieldsV1: value)
        require(FieldSet(fieldsV1: set.fieldsV1) == set, "a field set is not read as it was written")
    }
    guard let text = String(validating: bytes, as: UTF8.self), text.utf8.count < 1000 else { return }
    let path = String(decoding: JSON.write(.string(text)), as: UTF8.self)
    let kustomization = """
        resources: [web.yaml]
        replacements:
        - {sourceValue: x, targets: [{select: {kind: ConfigMap}, fieldPaths: [\(path)], options: {create: true}}]}
        - {source: {kind: Deployment, fieldPath: \(path)}, targets: [{select: {kind: ConfigMap}, fieldPaths: [data.k]}]}
        """
    build(["kustomization.yaml": Array(kustomization.utf8)])
    build([
        "kustomization.yaml": Array(
            "resources: [web.yaml]\npatches: [{patch: '[{\"op\": \"add\", \"path\": \"/x\", \"value\": 1}]', target: {name: \(path), labelSelector: \(path)}}]"
                .utf8)
    ])
    build(["kustomization.yaml": Array("resources: [web.yaml]\nimages: [{name: \(path), newTag: v1}]".utf8)])
}
