// OpenAPI v3 of what is served, one document a group and version, written from the table of types.

import Manifest

enum OpenAPIDocuments {
    /// Answers `/openapi/v3` and what lies below, and `/openapi/v2` for clients older than 1.27.
    static func answer(
        _ request: APIRequest, _ parts: ArraySlice<Substring>, _ catalog: ResourceCatalog
    ) throws(StatusError) -> APIResponse {
        if parts.first == "v2", parts.count == 1 { return version2(request) }
        guard parts.first == "v3" else { throw .noSuchResource }
        let path = parts.dropFirst().joined(separator: "/")
        if path.isEmpty { return .json(index(catalog)) }
        for (group, versions) in catalog.groups {
            for version in versions where path == self.path(group, version) {
                return .json(OpenAPIWriter(group: group, version: version, catalog).document())
            }
        }
        throw .noSuchResource
    }

    /// A version 2 document without types: clients that validate by it then leave validation to the server.
    private static func version2(_ request: APIRequest) -> APIResponse {
        let info: Value = ["title": "Kubernetes", "version": .string(SandboxVersion.text)]
        guard let accept = request.header("accept"), accept.contains("protobuf") else {
            return .json(["swagger": "2.0", "info": info, "paths": [:], "definitions": [:]])
        }
        // openapi.v2.Document: swagger 1, info 2 (title 1, version 2), paths 8, definitions 9.
        func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
            [number << 3 | 2, UInt8(content.count)] + content
        }
        let bytes =
            field(1, Array("2.0".utf8))
            + field(2, field(1, Array("Kubernetes".utf8)) + field(2, Array(SandboxVersion.text.utf8)))
            + field(8, []) + field(9, [])
        return APIResponse(
            status: 200, contentType: "application/com.github.proto-openapi.spec.v2.v1.0+protobuf", body: .bytes(bytes))
    }

    private static func path(_ group: String, _ version: String) -> String {
        group.isEmpty ? "api/\(version)" : "apis/\(group)/\(version)"
    }

    private static func index(_ catalog: ResourceCatalog) -> Value {
        var paths = Object()
        for (group, versions) in catalog.groups {
            for version in versions {
                let path = path(group, version)
                // Clients keep a document under its hash; that of custom resources changes with their definitions.
                var hasher = ContentHash()
                for resource in catalog.resources(group: group, version: version) {
                    hasher.add(resource.plural)
                    if let custom = resource.custom?.versions[version] { hasher.add(custom.structural.text) }
                }
                paths[path] = ["serverRelativeURL": .string("/openapi/v3/\(path)?hash=\(hasher.text)")]
            }
        }
        return ["paths": .object(paths)]
    }
}
