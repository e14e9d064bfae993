// swift-tools-version: 6.2
import PackageDescription

// One settings list for every Swift target: the language as strict as it gets, and warnings are errors.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// A room of the house: a library module in Sources/ that imports only the modules named here.
func room(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

/// The tests that stand beside a room, in Tests/.
func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

/// The module map and shims of a C library that Debian installs.
func system(_ name: String, library: String) -> Target {
    .target(name: name, linkerSettings: [.linkedLibrary(library)])
}

/// The same for a library that is loaded at its first use: see CLazyLibrary.h for why.
func lazySystem(_ name: String) -> Target {
    .target(name: name, dependencies: ["CLazyLibrary"])
}

/// How the programs are linked for release: by the toolchain's lld, with the relocations of a program that may lie
/// anywhere packed (0.1 MB instead of 3), and without the 34,000 symbols that the static standard library exports for
/// plugins that we do not load. Together 5 MB less are touched at every start.
let release: [LinkerSetting] = [
    .unsafeFlags(
        ["-use-ld=lld", "-Xlinker", "--no-export-dynamic", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs"],
        .when(platforms: [.linux], configuration: .release))
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"), nioSSL,
    .product(name: "NIOHTTP2", package: "swift-nio-http2"),
]

let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")

let package = Package(
    name: "gitopsctl",
    products: [
        .executable(name: "gitopsctl", targets: ["gitopsctl"]),
        .executable(name: "gitops-controller", targets: ["gitops-controller"]),
        .executable(name: "sealed-secrets", targets: ["sealed-secrets"]),
        .executable(name: "drift-detector", targets: ["drift-detector"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-http2", exact: "1.46.0"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess.git", exact: "1.0.2", traits: []),
    ],
    targets: [
        // Floor 1: C libraries
        .target(name: "CLazyLibrary"),
        lazySystem("CCurl"),
        lazySystem("CGit2"),
        lazySystem("CCrypto"),
        .target(name: "CIsolation"),
        system("CYAML", library: "yaml"),

        // Floor 2
        room("LocalFiles"),
        tests("LocalFilesTests", ["LocalFiles"]),
        room("Manifest", ["CYAML"], exclude: ["Schema/generate-schema.py"]),
        tests("ManifestTests", ["Manifest"]),
        room("Crypto", ["CCrypto"]),
        room("HTTPClient", ["CCurl"]),
        room("ServerTLS", [nioSSL]),
        .target(name: "TestServer", path: "Tests/TestServer", swiftSettings: strict),
        tests("HTTPClientTests", ["HTTPClient", "TestServer"]),

        // Floor 3
        room("GitSource", ["CGit2", "HTTPClient", "LocalFiles", "Manifest"]),
        tests("GitSourceTests", ["GitSource", "HTTPClient", "Manifest"]),
        room("Kustomize", ["Manifest"], exclude: ["Schema/generate-merge-schema.py"]),
        .target(name: "SeededNumbers", path: "Tests/SeededNumbers", swiftSettings: strict),
        .target(
            name: "RandomTrees", dependencies: ["SeededNumbers"], path: "Tests/RandomTrees", swiftSettings: strict),
        tests("KustomizeTests", ["Kustomize", "Manifest", "RandomTrees"]),
        room("KubernetesClient", ["HTTPClient", "LocalFiles", "Manifest", subprocess]),
        tests("KubernetesClientTests", ["KubernetesClient", "HTTPClient", "Manifest", "TestServer"]),
        room("SyncHistory", ["LocalFiles", "Manifest", grdb]),
        tests("SyncHistoryTests", ["SyncHistory", "Manifest", grdb]),
        room(
            "Sandbox", ["CCrypto", "Crypto", "LocalFiles", "Manifest", "ServerTLS", grdb] + nio,
            exclude: ["Wire/generate-wire-table.py"]),
        tests("SandboxTests", ["Sandbox", "HTTPClient", "KubernetesClient", "Manifest"]),
        .testTarget(
            name: "KubernetesConformance", dependencies: ["Sandbox", "HTTPClient", "KubernetesClient", "Manifest"],
            path: "Tests/KubernetesConformance", exclude: ["Behaviours"], swiftSettings: strict),

        room("SealedSecrets", ["CCrypto", "Crypto", "Manifest"]),
        tests("SealedSecretsTests", ["Crypto", "SealedSecrets", "Manifest"], exclude: ["vectors.py"]),
        room("DriftDetector", ["Manifest"]),
        tests("DriftDetectorTests", ["DriftDetector", "Manifest"]),
        room("FunctionProcess", ["CIsolation", "Manifest"]),
        room("Validation", ["Manifest"]),

        // Floor 4
        room("SyncEngine", ["KubernetesClient", "Manifest"]),
        tests(
            "SyncEngineTests", ["SyncEngine", "KubernetesClient", "Manifest", "SeededNumbers"],
            exclude: ["Fixtures", "ThreeWayDiffRows"]),
        room("PluginHost", ["CIsolation", "Manifest"]),
        tests("PluginHostTests", ["CIsolation", "PluginHost", "Manifest"]),

        // Floor 5
        room(
            "Reconciler",
            [
                "CIsolation", "GitSource", "HTTPClient", "Kustomize", "KubernetesClient", "LocalFiles", "Manifest",
                "PluginHost",
                "SyncEngine", "SyncHistory", subprocess,
            ]),
        tests(
            "ReconcilerTests",
            [
                "Reconciler", "GitSource", "HTTPClient", "Kustomize", "KubernetesClient", "Manifest", "RandomTrees",
                "Sandbox", "SeededNumbers",
                "SyncEngine", "SyncHistory",
            ]),
        // Floor 6
        room(
            "Controller",
            [
                "Crypto", "DriftDetector", "HTTPClient", "KubernetesClient", "LocalFiles", "Manifest", "PluginHost",
                "Reconciler",
                "ServerTLS", "SyncEngine", "SyncHistory", deque,
                heap, logging, metrics,
            ] + nio),
        tests(
            "ControllerTests",
            [
                "Controller", "Crypto", "DriftDetector", "HTTPClient", "KubernetesClient", "Manifest", "Reconciler",
                "Sandbox", "SyncEngine",
                "SyncHistory", "TestServer", logging,
            ]),

        // Whole syncs through a cluster that fails on request, and what they cost it
        tests(
            "SyncFaultTests",
            [
                "Controller", "HTTPClient", "KubernetesClient", "Manifest", "PluginHost", "Reconciler", "Sandbox",
                "SyncEngine", "SyncHistory",
                logging,
            ]),

        // Floor 7
        .executableTarget(
            name: "gitops-controller",
            dependencies: [
                "Controller", "HTTPClient", "KubernetesClient", "LocalFiles", "Manifest", "PluginHost", "Reconciler",
                "SyncEngine",
                "SyncHistory", argumentParser, logging,
            ],
            swiftSettings: strict, linkerSettings: release),
        .executableTarget(
            name: "sealed-secrets", dependencies: ["FunctionProcess", "SealedSecrets"], swiftSettings: strict,
            linkerSettings: release),
        .executableTarget(
            name: "drift-detector", dependencies: ["DriftDetector", "FunctionProcess"], swiftSettings: strict,
            linkerSettings: release),
        .executableTarget(
            name: "gitopsctl",
            dependencies: [
                "Crypto", "DriftDetector", "GitSource", "HTTPClient", "Kustomize", "KubernetesClient", "LocalFiles",
                "Manifest", "PluginHost", "Reconciler", "Sandbox", "SealedSecrets", "SyncEngine", "SyncHistory",
                "Validation",
                argumentParser,
            ],
            exclude: ["Install/generate-controller-files.py"], swiftSettings: strict, linkerSettings: release),
        tests(
            "gitopsctlTests",
            [
                "gitopsctl", "Crypto", "DriftDetector", "KubernetesClient", "Kustomize", "Manifest", "Reconciler",
                "SealedSecrets", "SeededNumbers", "SyncEngine", "SyncHistory", argumentParser,
            ], exclude: ["Golden"]),
        // Among them the whole run over a tree, which the command puts together
        tests("ValidationTests", ["gitopsctl", "Kustomize", "Manifest", "Reconciler", "Validation"]),
        // The whole way, by the program that users run
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "gitopsctl", "gitops-controller", "sealed-secrets", "drift-detector", "Manifest", "TestServer",
            ], swiftSettings: strict),
    ]
)
