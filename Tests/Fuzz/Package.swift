// swift-tools-version: 6.2 The fuzz targets: a package of their own, because everything in it is built with libFuzzer's
// instrumentation. See run.sh.
import PackageDescription

let instrumented: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .unsafeFlags(["-sanitize=fuzzer"]),
]

let package = Package(
    // The name of the package whose `package` declarations these are.
    name: "gitopsctl",
    targets: [
        .target(name: "CYAML", linkerSettings: [.linkedLibrary("yaml")]),
        .target(
            name: "Manifest", dependencies: ["CYAML"], exclude: ["Schema/generate-schema.py"],
            swiftSettings: instrumented),
        .target(
            name: "Kustomize", dependencies: ["Manifest"], exclude: ["Schema/generate-merge-schema.py"],
            swiftSettings: instrumented),
        .target(name: "CLazyLibrary"),
        .target(name: "CCrypto", dependencies: ["CLazyLibrary"]),
        .target(name: "Crypto", dependencies: ["CCrypto"], swiftSettings: instrumented),
        // The part of the controller that strangers may send bytes to, without the rest of it.
        .target(
            name: "Webhook", dependencies: ["Crypto", "Manifest"], path: "Sources/Controller/Webhook",
            exclude: ["WebhookSecrets.swift"],
            swiftSettings: instrumented),
        .executableTarget(
            name: "Fuzz", dependencies: ["Crypto", "Kustomize", "Manifest", "Webhook"], path: "Targets",
            swiftSettings: instrumented + [.unsafeFlags(["-parse-as-library"])],
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer"])]),
    ]
)
