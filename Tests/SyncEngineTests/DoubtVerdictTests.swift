import Manifest
import Testing

@testable import SyncEngine

@Suite struct DoubtVerdictTests {
    private let verdicts = DoubtVerdicts()

    private func question(_ name: String, at version: Int) -> DoubtVerdicts.Question {
        let reference = ObjectReference(
            gvk: GroupVersionKind(apiVersion: "v1", kind: "ConfigMap"), namespace: "shop", name: name)
        return DoubtVerdicts.Question(identity: reference.identity, digest: "d", resourceVersion: "\(version)")
    }

    private var verdict: DoubtVerdicts.Verdict {
        DoubtVerdicts.Verdict(live: [:], answer: ["data": ["a": "b"]], type: Schema.anything, manager: "gitopsctl")
    }

    @Test func aNewQuestionOfAnObjectTakesTheOldOnesPlace() {
        verdicts.remember(verdict, on: question("a", at: 1))
        verdicts.remember(verdict, on: question("b", at: 1))
        verdicts.remember(verdict, on: question("a", at: 2))
        #expect(verdicts.verdict(on: question("a", at: 1)) == nil)
        #expect(verdicts.verdict(on: question("a", at: 2)) != nil)
        #expect(verdicts.verdict(on: question("b", at: 1)) != nil)
    }

    /// What has not been asked for the longest time is asked of the server again.
    @Test func asManyAreRememberedAsThereIsRoomFor() {
        let verdicts = DoubtVerdicts(limit: 100)
        for number in 0..<250 {
            verdicts.remember(verdict, on: question("\(number)", at: 1))
            _ = verdicts.verdict(on: question("0", at: 1))
        }
        #expect((0..<250).count { verdicts.verdict(on: question("\($0)", at: 1)) != nil } <= 100)
        #expect(verdicts.verdict(on: question("0", at: 1)) != nil)
        #expect(verdicts.verdict(on: question("249", at: 1)) != nil)
    }
}
