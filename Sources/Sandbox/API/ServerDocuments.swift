// The documents that describe the server itself: its version and its paths.

import Manifest

enum ServerDocuments {
    static let version: Value = [
        "major": .string(SandboxVersion.major), "minor": .string(SandboxVersion.minor),
        "emulationMajor": .string(SandboxVersion.major), "emulationMinor": .string(SandboxVersion.minor),
        "gitVersion": .string(SandboxVersion.text), "gitCommit": "", "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "", "compiler": "swift", "platform": "linux/amd64",
    ]

    /// What `/` lists.
    static func paths(_ catalog: ResourceCatalog) -> [String] {
        var paths = ["/api", "/api/v1", "/apis"]
        for group in catalog.groups where !group.name.isEmpty {
            paths.append("/apis/\(group.name)")
            paths += group.versions.map { "/apis/\(group.name)/\($0)" }
        }
        return paths + ["/healthz", "/livez", "/openapi/v3", "/readyz", "/version"]
    }
}
