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
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// The module map and shims of a C library that Debian installs.
func system(_ name: String, library: String) -> Target {
    .target(name: name, linkerSettings: [.linkedLibrary(library)])
}

/// The same for a library that is loaded at its first use: see CLazyLibrary.h for why.
func lazySystem(_ name: String) -> Target {
    .target(name: name, dependencies: ["CLazyLibrary"])
}

let package = Package(
    name: "gitopsctl",
    products: [],
    dependencies: [
        .package(url: "https://github.com/swiftlang/swift-subprocess.git", exact: "1.0.2", traits: []),
    ],
    targets: [
        // Floor 1: C libraries
        .target(name: "CLazyLibrary"),
        lazySystem("CCurl"),
        lazySystem("CGit2"),
        system("CYAML", library: "yaml"),

        // Floor 2
        room("Manifest", ["CYAML"], exclude: ["Schema/generate-schema.py"]),
        tests("ManifestTests", ["Manifest"]),
        room("HTTPClient", ["CCurl"]),
        .target(name: "TestServer", path: "Tests/TestServer", swiftSettings: strict),
        tests("HTTPClientTests", ["HTTPClient", "TestServer"]),

        // Floor 3
        room("GitSource", ["CGit2", "HTTPClient", "Manifest"]),
        tests("GitSourceTests", ["GitSource", "HTTPClient", "Manifest"]),
        room("KubernetesClient", ["HTTPClient", "Manifest", .product(name: "Subprocess", package: "swift-subprocess")]),
    ]
)
