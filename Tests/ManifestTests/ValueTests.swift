import Manifest
import Testing

@Suite struct ValueTests {
    @Test func equalityIsOfDataAndNotOfSpelling() {
        let quoted = Value.scalar(
            Scalar("a", kind: .string, style: .doubleQuoted, position: SourcePosition(line: 3, column: 1)))
        #expect(quoted == "a")
        #expect(Value.scalar(Scalar("~", kind: .null)) == .null)
        #expect(Value.string("1") != 1)
    }

    @Test func objectsAreEqualWhateverTheOrderOfTheirKeys() {
        let left: Value = ["a": 1, "b": ["c": true]]
        let right: Value = ["b": ["c": true], "a": 1]
        #expect(left == right)
        #expect(left.hashValue == right.hashValue)
        #expect(left != ["a": 1, "b": ["c": false]])
        #expect(left != ["a": 1])
    }

    @Test func membersAreSetAndRemovedInPlace() {
        var value: Value = ["metadata": ["name": "web"]]
        value["metadata"]?["labels"] = ["app": "web"]
        value["metadata"]?["name"] = nil
        value["kind"] = "Service"
        #expect(value == ["metadata": ["labels": ["app": "web"]], "kind": "Service"])
        #expect(value[path: "metadata", "labels", "app"]?.string == "web")
        #expect(value[path: "metadata", "nothing", "app"] == nil)
    }

    @Test func positionsAreKeptAndSaturate() {
        let position = SourcePosition(line: 1234, column: 56)
        #expect(position.description == "1234:56")
        #expect(SourcePosition(line: 1, column: 9000).column == 2047)
        #expect(!SourcePosition.unknown.isKnown)
    }
}

@Suite struct IdentityTests {
    @Test(arguments: [("v1", "", "v1"), ("apps/v1", "apps", "v1"), ("a.b/v1/x", "a.b", "v1/x")])
    func apiVersionsAreSplitAtTheFirstSlash(text: String, group: String, version: String) {
        let gvk = GroupVersionKind(apiVersion: text, kind: "K")
        #expect(gvk.group == group && gvk.version == version && gvk.apiVersion == text)
    }

    @Test func anObjectIsTheSameInEveryVersionOfItsAPI() {
        let old = KubernetesObject(["apiVersion": "apps/v1beta1", "kind": "Deployment", "metadata": ["name": "web"]])
        let new = KubernetesObject(["apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "web"]])
        #expect(old.identity == new.identity)
        #expect(old.reference != new.reference)
        #expect(new.reference.description == "Deployment web")
    }
}
