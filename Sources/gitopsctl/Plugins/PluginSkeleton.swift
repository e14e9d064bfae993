// The files of a plugin's skeleton, in each language: the same function, held to the same input and output by its test.

import ArgumentParser

struct PluginSkeleton {
    enum Language: String, CaseIterable, ExpressibleByArgument {
        case python, go, swift, shell
    }

    struct File {
        var path: String
        var text: String
        var isProgram = false
    }

    let name: String
    let language: Language

    var files: [File] {
        let common = [
            File(path: "catalog.yaml", text: catalog),
            File(path: "testdata/input.\(suffix)", text: language == .shell ? Self.inputYAML : Self.inputJSON),
            File(path: "testdata/expected.\(suffix)", text: language == .shell ? Self.expectedYAML : Self.expectedJSON),
            File(path: "test.sh", text: test, isProgram: true),
        ]
        switch language {
        case .python: return common + [File(path: "function.py", text: PluginSkeletonPrograms.python, isProgram: true)]
        case .go:
            return common + [
                File(path: "main.go", text: PluginSkeletonPrograms.go),
                File(path: "go.mod", text: "module \(name)\n\ngo 1.19\n"),
            ]
        case .swift:
            return common + [
                File(path: "Sources/\(name)/main.swift", text: PluginSkeletonPrograms.swift),
                File(path: "Package.swift", text: package),
            ]
        case .shell: return common + [File(path: "function.sh", text: PluginSkeletonPrograms.shell, isProgram: true)]
        }
    }

    private var suffix: String { language == .shell ? "yaml" : "json" }

    private var program: String {
        switch language {
        case .python: "function.py"
        case .go: name
        case .swift: ".build/release/\(name)"
        case .shell: "function.sh"
        }
    }

    private var catalog: String {
        """
        # What gitopsctl may run, and what it is granted. See docs/plugins.md of gitopsctl.
        apiVersion: gitopsctl.dev/v1alpha1
        kind: PluginCatalog
        plugins:
        - name: \(name)
          executable: \(program)
          stages: [transform]
          reentrant: \(language != .shell)
          limits: {timeout: 10s, memory: 256Mi}

        """
    }

    private var package: String {
        """
        // swift-tools-version: 5.9
        import PackageDescription

        let package = Package(name: "\(name)", targets: [.executableTarget(name: "\(name)")])

        """
    }

    private var test: String {
        let build =
            switch language {
            case .python, .shell: ""
            case .go: "go build -o \(name) .\n"
            case .swift: "swift build -c release >&2\n"
            }
        return """
            #!/bin/sh
            # Holds the function to its sample: testdata/input.\(suffix) in, testdata/expected.\(suffix) out.
            set -eu
            cd "$(dirname "$0")"
            \(build)./\(program) < testdata/input.\(suffix) | diff -u testdata/expected.\(suffix) - && echo ok

            """
    }

    private static let inputJSON = """
        {"apiVersion":"config.kubernetes.io/v1","functionConfig":{"apiVersion":"gitopsctl.dev/v1alpha1","kind":"PluginConfiguration","spec":{"team":"shop"}},"items":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"shop"}},{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"}}],"kind":"ResourceList"}

        """

    private static let expectedJSON = """
        {"apiVersion":"config.kubernetes.io/v1","functionConfig":{"apiVersion":"gitopsctl.dev/v1alpha1","kind":"PluginConfiguration","spec":{"team":"shop"}},"items":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"labels":{"team":"shop"},"name":"a","namespace":"shop"}},{"apiVersion":"v1","kind":"ConfigMap","metadata":{"labels":{"team":"shop"},"name":"b"}}],"kind":"ResourceList","results":[{"message":"the object names no namespace","resourceRef":{"apiVersion":"v1","kind":"ConfigMap","name":"b"},"severity":"warning"}]}

        """

    private static let inputYAML = """
        apiVersion: config.kubernetes.io/v1
        items:
        - apiVersion: apps/v1
          kind: Deployment
          metadata:
            name: web
          spec:
            template:
              spec:
                containers:
                - image: web:latest
                  name: web
        kind: ResourceList

        """

    private static let expectedYAML = """
        apiVersion: config.kubernetes.io/v1
        items:
        - apiVersion: apps/v1
          kind: Deployment
          metadata:
            name: web
          spec:
            template:
              spec:
                containers:
                - image: web:latest
                  name: web
        kind: ResourceList
        results:
        - message: "an image has the tag latest, which may be another tomorrow: web:latest"
          severity: warning

        """
}
