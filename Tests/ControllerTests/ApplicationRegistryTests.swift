// What of an Application's versions makes work, whichever side they come from first.

import Manifest
import Reconciler
import SyncEngine
import Testing

@testable import Controller

@Suite struct ApplicationRegistryTests {
    private static let key = ApplicationKey(namespace: "shop", name: "web")

    private func application(
        version: Int, generation: Int = 1, uid: String = "a", requestedAt: String? = nil, isBeingDeleted: Bool = false
    ) -> Value {
        var metadata: Value = [
            "namespace": "shop", "name": "web", "uid": .string(uid), "resourceVersion": .string("\(version)"),
            "generation": .int(generation), "managedFields": [["manager": "kubectl"]],
        ]
        if let requestedAt { metadata["annotations"] = .object([Vocabulary.requestedAt: .string(requestedAt)]) }
        if isBeingDeleted { metadata["deletionTimestamp"] = "2026-11-21T00:00:00Z" }
        return [
            "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Application", "metadata": metadata,
            "spec": ["source": ["repository": "https://git.example.com/shop.git"]],
        ]
    }

    @Test func whatIsToldForTheFirstTimeIsWork() {
        #expect(ApplicationRegistry().take(application(version: 1)) == .changed)
    }

    @Test func aStatusThatWasWrittenIsNone() {
        let registry = ApplicationRegistry()
        _ = registry.take(application(version: 1))
        registry.wrote(application(version: 2))
        #expect(registry.take(application(version: 2)) == [])
    }

    /// The answer to a write of ours may be the first that shows what somebody else has changed.
    @Test func whatAnAnswerShowsFirstIsStillWorkWhenTheWatchTellsOfIt() {
        let registry = ApplicationRegistry()
        _ = registry.take(application(version: 1))
        registry.wrote(application(version: 3, generation: 2, requestedAt: "now"))
        #expect(registry.take(application(version: 2, generation: 2)) == [.changed, .requested])
        #expect(registry[Self.key]?.generation == 2)
        #expect(registry.take(application(version: 3, generation: 2, requestedAt: "now")) == [])
    }

    @Test func aRequestDoesNotHideAChange() {
        let registry = ApplicationRegistry()
        _ = registry.take(application(version: 1))
        #expect(registry.take(application(version: 2, generation: 2, requestedAt: "now")) == [.changed, .requested])
    }

    /// Written by another Application's sync, say: the watch tells of it in a moment.
    @Test func anAnswerMakesNoApplicationKnown() {
        let registry = ApplicationRegistry()
        registry.wrote(application(version: 1))
        #expect(registry[Self.key] == nil)
        #expect(registry.take(application(version: 1)) == .changed)
    }

    @Test func anAnswerAfterItsEndDoesNotBringOneBack() {
        let registry = ApplicationRegistry()
        _ = registry.take(application(version: 1, isBeingDeleted: true))
        registry.remove(Self.key)
        registry.wrote(application(version: 2, isBeingDeleted: true))
        #expect(registry[Self.key] == nil && registry.keys.isEmpty)
    }

    /// While the watch was interrupted: a new one has the same name, and begins with the same generation.
    @Test func anotherOneOfTheSameNameIsWork() {
        let registry = ApplicationRegistry()
        _ = registry.take(application(version: 1))
        #expect(registry.take(application(version: 9, uid: "b")) == .changed)
        registry.wrote(application(version: 10, uid: "a"))
        #expect(registry[Self.key]?.value[path: "metadata", "uid"]?.string == "b")
    }

    @Test func theBookkeepingOfManagersIsNotKept() {
        let registry = ApplicationRegistry()
        _ = registry.take(application(version: 1))
        #expect(registry[Self.key]?.value[path: "metadata", "managedFields"] == nil)
        #expect(registry[Self.key]?.value[path: "metadata", "name"]?.string == "web")
    }
}
