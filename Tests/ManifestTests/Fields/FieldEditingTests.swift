import Manifest
import Testing

@Suite struct FieldEditingTests {
    private let object: Value = [
        "spec": [
            "replicas": 1, "tags": ["a", "b"],
            "ports": [["port": 80, "protocol": "TCP"], ["port": 53]],
        ]
    ]
    private let spec = FieldPath(fields: "spec")

    private func ports(_ elements: PathElement...) -> FieldPath {
        FieldPath([.field("spec"), .field("ports")] + elements)
    }
    private func port(_ number: Int, _ name: String) -> PathElement {
        .item(("port", Scalar("\(number)", kind: .int)), ("protocol", Scalar(name, kind: .string)))
    }

    @Test func replacesAddsAndRemovesMembers() {
        #expect(object.setting(2, at: FieldPath(fields: "spec", "replicas"))[path: "spec", "replicas"]?.int == 2)
        #expect(
            object.setting("x", at: FieldPath(fields: "metadata", "labels", "a"))[path: "metadata", "labels", "a"]?
                .string == "x")
        #expect(object.setting(nil, at: FieldPath(fields: "spec", "replicas"))[path: "spec", "replicas"] == nil)
        #expect(object.setting(nil, at: FieldPath(fields: "metadata", "labels", "a")) == object)
    }

    @Test func findsItemsByTheirKeys() {
        let tcp = object.setting(8080, at: ports(port(80, "TCP"), .field("targetPort")))
        #expect(tcp[path: "spec", "ports"]?.array?.first?["targetPort"]?.int == 8080)
        // A key that is left to its default does not make another item.
        let dns = object.setting("dns", at: ports(port(53, "UDP"), .field("name")))
        #expect(dns[path: "spec", "ports"]?.array?.map { $0["name"]?.string } == [nil, "dns"])
        let new = object.setting("x", at: ports(port(443, "TCP"), .field("name")))
        #expect(new[path: "spec", "ports"]?.array?.last == ["port": 443, "protocol": "TCP", "name": "x"])
        #expect(object.setting(nil, at: ports(port(80, "TCP")))[path: "spec", "ports"] == [["port": 53]])
        #expect(object.setting(nil, at: ports(port(443, "TCP"))) == object)
    }

    @Test func editsSetsAndPositions() {
        let tags = FieldPath(fields: "spec", "tags")
        let (a, c) = (PathElement.value(Scalar("a", kind: .string)), PathElement.value(Scalar("c", kind: .string)))
        #expect(object.setting("c", at: tags.appending(c))[path: "spec", "tags"] == ["a", "b", "c"])
        #expect(object.setting(nil, at: tags.appending(a))[path: "spec", "tags"] == ["b"])
        #expect(object.setting("z", at: tags.appending(.index(1)))[path: "spec", "tags"] == ["a", "z"])
    }
}
