// Lists that no API server would take, in merges: kustomize 5.8.1 makes something of them, and so does this, for the
// build that repairs them later.

import Manifest
import Testing

@testable import Kustomize

@Suite("Merges of malformed lists")
struct MalformedListTests {
    private static let named = "{name: a, image: i}"
    private static let map = "{name: {a: b}, image: j}"

    /// A list, the patch's list (nil: the patch does not mention it), and what stands there afterwards.
    static let containers: [(list: [String], patch: [String]?, merged: [String])] = [
        ([map], nil, [map]),
        ([map], [named], [map]),
        ([map], [map], [map]),
        ([map], ["80"], [map]),
        ([map], ["{}"], [map]),
        ([named], [map], [map, named]),
        ([named, map], nil, [map, map]),
        ([named, map], [named], [map, map]),
        ([map, named], nil, [map, map, named]),
        ([map, named], [named], [map, named]),
        (["{}"], [map], ["{}"]),
    ]

    private static func deployment(_ containers: [String]?) -> String {
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec: {template: {spec: \(containers.map { "{containers: [\($0.joined(separator: ", "))]}" } ?? "{}")}}

        """
    }

    @Test("a map in the place of a container's name is a name of no letters", arguments: containers)
    func mapAsName(_ row: (list: [String], patch: [String]?, merged: [String])) throws {
        let merged = try build([
            "kustomization.yaml": "resources: [r.yaml]\npatches: [{path: p.yaml}]\n",
            "r.yaml": Self.deployment(row.list),
            "p.yaml": Self.deployment(row.patch),
        ])
        let plain = try build(["kustomization.yaml": "resources: [r.yaml]\n", "r.yaml": Self.deployment(row.merged)])
        #expect(merged == plain)
    }

    @Test("a port that is no object ends the merge", arguments: ["80", "[1]", "{port: 1}, 80"])
    func scalarPort(_ ports: String) {
        func service(_ spec: String) -> String {
            "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: \(spec)\n"
        }
        let found = errors([
            "kustomization.yaml": "resources: [r.yaml]\npatches: [{path: p.yaml}]\n",
            "r.yaml": service("{ports: [\(ports)]}"),
            "p.yaml": service("{type: NodePort}"),
        ])
        #expect(found.count == 1)
        #expect(found.first?.message.contains("is told apart by several keys") == true)
    }
}
