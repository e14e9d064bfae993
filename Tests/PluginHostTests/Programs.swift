// Functions written to the specification alone, in shell and Python, each a file of its own for as long as a test runs.

import Foundation
import Manifest
import PluginHost

/// A program in a folder of its own, which goes with it.
final class Program: Sendable {
    let path: String
    private let folder: URL

    init(_ text: String) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "gitopsctl-plugin-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.appending(path: "function").path
        // Another test may start a program meanwhile. It must not keep the file open: what is open for writing cannot
        // be run.
        let file = FileHandle(fileDescriptor: open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o755), closeOnDealloc: true)
        try file.write(contentsOf: Data(text.utf8))
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    func definition(_ change: (inout PluginDefinition) -> Void = { _ in }) -> PluginDefinition {
        var definition = PluginDefinition(name: "sample", executable: path, stages: PluginStage.allCases)
        // Far more than any needs, for machines that have much else to do.
        definition.limits.timeout = .seconds(120)
        change(&definition)
        return definition
    }

    /// In shell.
    static func shell(_ body: String) throws -> Program { try Program("#!/bin/sh\n" + body + "\n") }

    /// In Python, over the list as a dictionary: `list` is read, and printed again at the end. JSON in, JSON out:
    /// every YAML reader takes it, and Python has no YAML of its own. The host's YAML is turned to JSON by what
    /// stands in `yaml`.
    static func python(_ body: String) throws -> Program { try Program("#!/usr/bin/python3\n" + body + "\n") }
}

/// A function that answers line by line.
let loopingFunction = """
    import json, os, sys
    for line in sys.stdin:
        list = json.loads(line)
        for item in list["items"]:
            item.setdefault("metadata", {}).setdefault("labels", {})["by"] = "sample"
        list["results"] = [{"message": "from %d" % os.getpid(), "severity": "info"}]
        print(json.dumps(list), flush=True)
    """

func configMap(_ name: String, _ data: [String: String] = [:], kind: String = "ConfigMap") -> KubernetesObject {
    var value: Value = [
        "apiVersion": "v1", "kind": .string(kind), "metadata": ["name": .string(name), "namespace": "shop"],
    ]
    for (key, text) in data.sorted(by: { $0.key < $1.key }) { value["data"]?[key] = .string(text) }
    if !data.isEmpty {
        value["data"] = .object(
            Object(entries: data.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: .string($0.value)) }))
    }
    return KubernetesObject(value, origin: SourceLocation(file: "base/\(name).yaml"))
}

func host(
    _ definitions: PluginDefinition..., namespaces: Bool = true, secrets: [Value] = []
) -> PluginHost {
    PluginHost(catalog: PluginCatalog(definitions), usesNamespaces: namespaces) { _ throws(DiagnosticsError) in secrets
    }
}

/// The first message of a call that fails; nil for one that does not.
func failure(_ definition: PluginDefinition, _ items: [Value] = [], namespaces: Bool = true) async -> Diagnostic? {
    do throws(DiagnosticsError) {
        _ = try await host(definition, namespaces: namespaces).call(definition, ResourceList(items: items))
        return nil
    } catch {
        return error.diagnostics.first
    }
}

let shopContext = PluginContext(application: "shop", namespace: "shop")
