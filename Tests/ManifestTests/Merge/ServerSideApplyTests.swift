import Testing

@testable import Manifest

/// One story of writes to one object: `A` applies, `U` updates, and what is expected of the object and of its owners
/// after.
@Suite struct ServerSideApplyTests {
    let deployment = Schema.builtIn(GroupVersionKind(group: "apps", version: "v1", kind: "Deployment"))

    private func object(_ spec: String, labels: String = "{}") -> Value {
        json(
            #"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","labels":\#(labels)},"spec":\#(spec)}"#
        )
    }

    private func apply(_ config: Value, to live: Value?, by manager: String, force: Bool = false) throws -> Value {
        try ServerSideApply(type: deployment)
            .apply(config, to: live, by: .init(manager: manager, time: "2026-01-01T00:00:00Z"), force: force)
    }

    private func update(_ new: Value, from live: Value?, by manager: String) -> Value {
        ServerSideApply(type: deployment)
            .update(new, from: live, by: .init(manager: manager, time: "2026-01-02T00:00:00Z"))
    }

    private func owned(_ object: Value, by manager: String) -> [String] {
        ManagedFields(of: object).entries.first { $0.manager == manager }?.fields.leaves.map(\.description) ?? []
    }

    @Test func ownsWhatItApplied() throws {
        let live = try apply(
            object(#"{"replicas":1,"template":{"spec":{"containers":[{"name":"a","image":"i"}]}}}"#), to: nil, by: "one"
        )
        #expect(
            owned(live, by: "one") == [
                "metadata.labels", "spec.replicas", "spec.template.spec.containers[name=a].image",
                "spec.template.spec.containers[name=a].name",
            ])
    }

    @Test func changesNothingWhenAppliedAgain() throws {
        let config = object(#"{"replicas":1}"#, labels: #"{"a":"1"}"#)
        let live = try apply(config, to: nil, by: "one")
        let again = try ServerSideApply(type: deployment).apply(
            config, to: live, by: .init(manager: "one", time: "2030-01-01T00:00:00Z"), force: false)
        #expect(again == live)
    }

    @Test func removesWhatItNoLongerApplies() throws {
        let first = try apply(
            object(#"{"replicas":1,"paused":true}"#, labels: #"{"a":"1","b":"2"}"#), to: nil, by: "one")
        let second = try apply(object(#"{"replicas":1}"#, labels: #"{"a":"1"}"#), to: first, by: "one")
        #expect(second["spec"] == ["replicas": 1])
        #expect(second[path: "metadata", "labels"] == ["a": "1"])
    }

    @Test func keepsWhatAnotherOwnsToo() throws {
        let first = try apply(object(#"{"replicas":1}"#, labels: #"{"a":"1"}"#), to: nil, by: "one")
        let second = try apply(object("{}", labels: #"{"a":"1"}"#), to: first, by: "two")
        let third = try apply(object(#"{"replicas":1}"#), to: second, by: "one")
        #expect(third[path: "metadata", "labels"] == ["a": "1"])
        #expect(owned(third, by: "two") == ["metadata.labels.a", "spec.replicas"])
    }

    @Test func removesAKeyedItemAndLeavesTheOthers() throws {
        let first = try apply(
            object(#"{"template":{"spec":{"containers":[{"name":"a","image":"1"},{"name":"b","image":"2"}]}}}"#),
            to: nil, by: "one")
        let second = try apply(
            object(#"{"template":{"spec":{"containers":[{"name":"c","image":"3"}]}}}"#), to: first, by: "two")
        let third = try apply(
            object(#"{"template":{"spec":{"containers":[{"name":"b","image":"4"}]}}}"#), to: second, by: "one")
        let names = third[path: "spec", "template", "spec", "containers"]?.array?.map {
            "\($0["name"]?.string ?? "")\($0["image"]?.string ?? "")"
        }
        #expect(names?.sorted() == ["b4", "c3"])
    }

    @Test func refusesToTakeOverUnlessForced() throws {
        let first = try apply(object(#"{"replicas":1}"#), to: nil, by: "one")
        #expect(throws: ApplyConflictError.self) { try apply(object(#"{"replicas":2}"#), to: first, by: "two") }
        let forced = try apply(object(#"{"replicas":2}"#), to: first, by: "two", force: true)
        #expect(forced[path: "spec", "replicas"] == 2)
        #expect(!owned(forced, by: "one").contains("spec.replicas"))
    }

    @Test func namesTheOwnerAndTheFieldOfAConflict() throws {
        let first = update(object(#"{"replicas":3}"#), from: nil, by: "kubectl-edit")
        do {
            _ = try apply(object(#"{"replicas":2}"#), to: first, by: "two")
            Issue.record("no conflict")
        } catch let error as ApplyConflictError {
            #expect(error.conflicts.map(\.manager.manager) == ["kubectl-edit"])
            #expect(error.conflicts.first?.fields.leaves.map(\.description) == ["spec.replicas"])
        }
    }

    @Test func anUpdateTakesTheFieldsThatItChanges() throws {
        let first = try apply(object(#"{"replicas":1,"paused":true}"#), to: nil, by: "one")
        var edited = first
        edited["spec"]?["replicas"] = 5
        edited["metadata"]?["labels"] = ["x": "y"]
        let second = update(edited, from: first, by: "kubectl-scale")
        #expect(owned(second, by: "one") == ["metadata.labels", "spec.paused"])
        #expect(owned(second, by: "kubectl-scale") == ["metadata.labels.x", "spec.replicas"])
        #expect(ManagedFields(of: second).entries.map(\.operation) == [.apply, .update])
    }

    @Test func anUnchangedUpdateOwnsNothing() throws {
        let first = try apply(object(#"{"replicas":1}"#), to: nil, by: "one")
        #expect(update(first, from: first, by: "other") == first)
    }

    @Test func givesAnUntrackedObjectToWhoeverWroteItBefore() throws {
        let live = object(#"{"replicas":1}"#)
        let applied = try apply(object(#"{"replicas":1}"#), to: live, by: "one")
        #expect(owned(applied, by: "before-first-apply").contains("spec.replicas"))
    }

    @Test func neitherTakesNorOwnsResetFields() throws {
        var config = object(#"{"replicas":1}"#)
        config["status"] = ["replicas": 9]
        let applied = try ServerSideApply(type: deployment, resetFields: [["status"]]).apply(
            config, to: nil, by: .init(manager: "one", time: ""), force: false)
        #expect(applied["status"] == nil)
        #expect(!owned(applied, by: "one").contains { $0.hasPrefix("status") })
    }

    /// live + config → order of a list that is a map: shared items as configured, live ones where they stood.
    @Test(arguments: [
        ("abc", "abc", "abc"), ("abc", "cb", "acb"), ("abc", "d", "abcd"), ("abc", "bd", "abcd"), ("ab", "", "ab"),
        ("", "ba", "ba"),
        ("abc", "ca", "bca"), ("abcd", "db", "acdb"), ("ab", "cab", "cab"),
    ])
    func ordersMergedItems(live: String, config: String, merged: String) {
        func list(_ names: String) -> Value {
            ["spec": ["template": ["spec": ["containers": .array(names.map { ["name": .string(String($0))] })]]]]
        }
        let result = deployment.merging(list(config), into: list(live))
        let names = result["spec"]?[path: "template", "spec", "containers"]?.array?.compactMap { $0["name"]?.string }
            .joined()
        #expect(names == merged)
    }
}
