import Testing

@testable import Manifest

func json(_ text: String) -> Value {
    do {
        return try JSON.read(Array(text.utf8))
    } catch {
        Issue.record("fixture does not parse: \(error)")
        return .null
    }
}

@Suite struct FieldPathTests {
    @Test(
        arguments: [
            (FieldPath(fields: "spec", "replicas"), "spec.replicas"),
            (
                [.field("spec"), .field("containers"), .item(("name", Scalar("web", kind: .string))), .field("image")],
                "spec.containers[name=web].image"
            ),
            (
                [
                    .field("ports"),
                    .item(("protocol", Scalar("TCP", kind: .string)), ("containerPort", Scalar("80", kind: .int))),
                ],
                "ports[containerPort=80,protocol=TCP]"
            ),
            (
                FieldPath(fields: "metadata", "labels", "app.kubernetes.io/name"),
                "metadata.labels[\"app.kubernetes.io/name\"]"
            ),
            ([.field("finalizers"), .value(Scalar("a/b", kind: .string))], "finalizers[=a/b]"),
            ([.field("items"), .index(3), .field("x")], "items[3].x"),
            ([], "."),
        ] as [(FieldPath, String)])
    func printsAsUsersReadIt(path: FieldPath, text: String) {
        #expect(path.description == text)
    }
}

@Suite struct FieldSetTests {
    let left: FieldSet = [["a"], ["a", "b"], ["c", "d"]]
    let right: FieldSet = [["a", "b"], ["c"], ["e"]]

    @Test func combines() {
        #expect(left.union(right) == [["a"], ["a", "b"], ["c"], ["c", "d"], ["e"]])
        #expect(left.intersection(right) == [["a", "b"]])
        #expect(left.difference(right) == [["a"], ["c", "d"]])
        #expect(left.recursiveDifference(right) == [["a"]])
    }

    @Test func tellsMembersFromTheWayToThem() {
        #expect(left.contains(["c", "d"]))
        #expect(!left.contains(["c"]))
        #expect(left.reaches(["c"]))
        #expect(!left.reaches(["c", "x"]))
        #expect(left.leaves == [["a", "b"], ["c", "d"]])
    }

    @Test func keepsFieldsV1AsTheServerWroteIt() {
        let text = """
            {"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:finalizers":{"v:\\"x/y\\"":{}},"f:ports":{".":{},\
            "k:{\\"port\\":80,\\"protocol\\":\\"TCP\\"}":{".":{},"f:port":{}}},"f:rows":{"i:2":{}}}}
            """
        let set = FieldSet(fieldsV1: json(text))
        #expect(set.fieldsV1 == json(text))
        #expect(String(decoding: JSON.write(set.fieldsV1), as: UTF8.self) == text)
        #expect(
            set.leaves.map(\.description) == [
                "metadata.labels.app", "spec.finalizers[=x/y]", "spec.ports[port=80,protocol=TCP].port", "spec.rows[2]",
            ])
    }

    @Test func isTheSameInAnyOrderOfInsertion() {
        let paths: [FieldPath] = [["b"], ["a", "z"], ["a", "c"], ["a"]]
        #expect(FieldSet(paths) == FieldSet(paths.reversed()))
        #expect(FieldSet(paths).paths.map(\.description) == ["a", "a.c", "a.z", "b"])
    }
}

extension PathElement: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self = .field(value) }
}
