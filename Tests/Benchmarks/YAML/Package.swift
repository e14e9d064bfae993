// swift-tools-version: 6.2 The reader and printer alone, to be timed: a package of its own, so that it builds in a
// minute. See ../run.py.
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    // The name of the package whose `package` declarations these are.
    name: "gitopsctl",
    targets: [
        .target(name: "CYAML", linkerSettings: [.linkedLibrary("yaml")]),
        .target(
            name: "Manifest", dependencies: ["CYAML"], exclude: ["Schema/generate-schema.py"], swiftSettings: settings),
        .executableTarget(name: "YAMLSpeed", dependencies: ["Manifest"], path: "Program", swiftSettings: settings),
    ]
)
