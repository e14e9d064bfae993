// What a watch remembers, and what of it is news.

import Manifest
import SyncEngine
import Testing

@testable import Controller

@Suite struct WatchedMembersTests {
    private func object(
        _ name: String = "web", version: Int, replicas: Int = 1, ready: Int = 0, set: String? = "one"
    ) -> Value {
        var metadata: Value = ["name": .string(name), "namespace": "shop", "resourceVersion": .string("\(version)")]
        if let set { metadata["labels"] = .object([Vocabulary.partOf: .string(set)]) }
        return [
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": ["replicas": .int(replicas)],
            "status": ["readyReplicas": .int(ready)],
        ]
    }

    @Test func aChangeByAnotherIsDrift() {
        var members = WatchedMembers()
        _ = members.update(object(version: 1), isOurs: true)
        #expect(members.update(object(version: 2, replicas: 5), isOurs: false) == ["one": [.drift, .status]])
    }

    @Test func aChangeOfTheStatusIsNone() {
        var members = WatchedMembers()
        _ = members.update(object(version: 1), isOurs: true)
        #expect(members.update(object(version: 2, ready: 1), isOurs: false) == ["one": .status])
    }

    @Test func whatWeWroteIsNoNewsWhenTheWatchTellsOfIt() {
        var members = WatchedMembers()
        #expect(members.update(object(version: 7, replicas: 3), isOurs: true) == [:])
        #expect(members.update(object(version: 7, replicas: 3), isOurs: false) == [:])
    }

    /// The watch may be faster than the answer; once that is there, nobody has to look.
    @Test func whatTheWatchTellsBeforeOurAnswerDisturbsNobody() {
        var members = WatchedMembers()
        _ = members.update(object(version: 1), isOurs: true)
        #expect(members.update(object(version: 2, replicas: 3), isOurs: false) == ["one": [.drift, .status]])
        #expect(members.isDisturbed("one"))
        _ = members.update(object(version: 2, replicas: 3), isOurs: true)
        #expect(!members.isDisturbed("one"))
    }

    @Test func anotherDisturbsASetUntilItIsRead() {
        var members = WatchedMembers()
        _ = members.update(object(version: 1), isOurs: true)
        _ = members.update(object("other", version: 2), isOurs: true)
        _ = members.update(object(version: 3, ready: 1), isOurs: false)
        #expect(!members.isDisturbed("one"))
        _ = members.update(object(version: 4, replicas: 9), isOurs: false)
        #expect(members.isDisturbed("one") && !members.isDisturbed("two"))
        _ = members.read("one")
        #expect(!members.isDisturbed("one"))
        _ = members.remove(KubernetesObject(object("other", version: 5)).identity, isOurs: false)
        #expect(members.isDisturbed("one"))
        _ = members.read("one")
        #expect(!members.isDisturbed("one"))
        _ = members.remove(KubernetesObject(object(version: 6)).identity, isOurs: true)
        #expect(!members.isDisturbed("one"))
    }

    @Test func anOlderEventDoesNotTakeBackWhatWeWrote() throws {
        var members = WatchedMembers()
        _ = members.update(object(version: 9, replicas: 3), isOurs: true)
        #expect(members.update(object(version: 8, replicas: 1), isOurs: false) == [:])
        let text = try #require(members.look("one").first)
        #expect(try JSON.read(text)[path: "spec", "replicas"]?.int == 3)
    }

    @Test func whatASyncHasReadIsNoNewsAnyMore() {
        var members = WatchedMembers()
        #expect(members.update(object(version: 1, replicas: 5), isOurs: false) == ["one": [.drift, .status]])
        _ = members.read("one")
        #expect(members.update(object(version: 2, replicas: 5, ready: 5), isOurs: false) == ["one": .status])
        #expect(members.update(object(version: 3, replicas: 6), isOurs: false) == ["one": [.drift, .status]])
    }

    @Test func lookingIsNotReading() {
        var members = WatchedMembers()
        _ = members.update(object(version: 1, replicas: 5), isOurs: false)
        _ = members.look("one")
        #expect(members.update(object(version: 2, replicas: 5, ready: 1), isOurs: false) == ["one": [.drift, .status]])
    }

    @Test func aDeletionByAnotherIsDriftAndOursIsNot() {
        var members = WatchedMembers()
        let identity = KubernetesObject(object(version: 1)).identity
        _ = members.update(object(version: 1), isOurs: true)
        #expect(members.remove(identity, isOurs: false) == ["one": [.drift, .status]])
        _ = members.update(object(version: 2), isOurs: true)
        #expect(members.remove(identity, isOurs: true) == [:])
        #expect(members.count == 0)
    }

    @Test func anObjectThatLosesItsLabelIsAMemberNoMore() {
        var members = WatchedMembers()
        _ = members.update(object(version: 1), isOurs: true)
        #expect(members.update(object(version: 2, set: nil), isOurs: false) == ["one": [.drift, .status]])
        #expect(members.look("one").isEmpty)
    }

    @Test func anObjectThatChangesItsSetIsNewsForBoth() {
        var members = WatchedMembers()
        _ = members.update(object(version: 1), isOurs: true)
        let news = members.update(object(version: 2, set: "two"), isOurs: false)
        #expect(news.keys.sorted() == ["one", "two"])
        #expect(members.look("one").isEmpty)
        #expect(members.look("two").count == 1)
    }

    @Test func aNewListForgetsWhatIsNotInIt() {
        var members = WatchedMembers()
        _ = members.update(object("a", version: 1), isOurs: true)
        _ = members.update(object("b", version: 2), isOurs: true)
        #expect(members.replace(with: [object("b", version: 2)], isFirst: false) == ["one": [.drift, .status]])
        #expect(members.count == 1)
    }

    /// The watch has told of the end of an object before the answer to our write is there.
    @Test func anAnswerAfterItsEndDoesNotBringAMemberBack() {
        var members = WatchedMembers()
        _ = members.update(object(version: 1), isOurs: false)
        _ = members.remove(object(version: 3))
        #expect(members.update(object(version: 2, replicas: 3), isOurs: true) == [:])
        #expect(members.count == 0)
        _ = members.update(object(version: 4), isOurs: true)
        #expect(members.count == 1)
    }

    @Test func aFirstListIsNewsOfWhatIsKnownAlready() {
        var members = WatchedMembers()
        _ = members.update(object("ours", version: 1), isOurs: true)
        let list = [object("ours", version: 2, replicas: 9), object("other", version: 2, set: "two")]
        #expect(members.replace(with: list, isFirst: true) == ["one": [.drift, .status]])
    }

    @Test func aSetThatIsForgottenIsDisturbedByNothingOld() {
        var members = WatchedMembers()
        _ = members.update(object(version: 1), isOurs: true)
        _ = members.remove(object(version: 2))
        #expect(members.isDisturbed("one"))
        members.forget("one")
        #expect(!members.isDisturbed("one"))
    }
}
