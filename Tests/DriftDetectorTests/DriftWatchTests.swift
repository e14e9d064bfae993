import DriftDetector
import Manifest
import Testing

@Suite struct DriftWatchTests {
    private func drift(
        _ field: String, _ policy: DriftPolicy, actual: Value = 5, of name: String = "web", manager: String = "kubectl"
    ) -> Drift {
        Drift(
            object: object(name), change: .field(FieldPath(fields: "spec", field), expected: 3, actual: actual),
            manager: manager, severity: .major, policy: policy)
    }

    private func object(_ name: String) -> ObjectReference {
        ObjectReference(gvk: GroupVersionKind(apiVersion: "apps/v1", kind: "Deployment"), namespace: "shop", name: name)
    }

    @Test func whatIsOnlyReportedIsToldOnceAndAgainWhenItChanges() {
        var watch = DriftWatch()
        let first = drift("replicas", .report)
        #expect(watch.observe([first], at: 0) == .init(news: [.init(drift: first, isFight: false)]))
        #expect(watch.observe([first], at: 10) == .init())
        let second = drift("replicas", .report, actual: 7)
        #expect(
            watch.observe([second], at: 20).news.map(\.words) == [
                "spec.replicas is 7 and should be 3, changed by kubectl"
            ])
        _ = watch.observe([], at: 30)
        #expect(watch.observe([second], at: 40).news.count == 1)
    }

    @Test func anObjectIsRepairedButForTheFieldsThatAreToStay() {
        var watch = DriftWatch()
        let response = watch.observe(
            [
                drift("paused", .repair), drift("replicas", .report), drift("strategy", .repairAfter(seconds: 60)),
                drift("paused", .report, of: "api"),
            ],
            at: 100)
        #expect(
            response.repairs == [
                .init(
                    object: object("web"),
                    leaving: [FieldPath(fields: "spec", "replicas"), FieldPath(fields: "spec", "strategy")])
            ])
        #expect(response.next == 160)
        #expect(response.news.count == 4)
    }

    @Test func theNextLookIsWhenTheFirstQuietTimeIsOver() {
        var watch = DriftWatch()
        let all = [drift("a", .repairAfter(seconds: 60)), drift("b", .repairAfter(seconds: 30))]
        #expect(watch.observe(all, at: 0).next == 30)
        let due = watch.observe(all, at: 30)
        #expect(due.repairs == [.init(object: object("web"), leaving: [FieldPath(fields: "spec", "a")])])
        #expect(due.next == 60)
        #expect(watch.observe([all[0]], at: 60).repairs == [.init(object: object("web"), leaving: [])])
    }

    @Test func aGoneObjectIsMadeAgainWhole() {
        var watch = DriftWatch()
        let gone = Drift(object: object("web"), change: .missing, severity: .critical, policy: .repair)
        #expect(watch.observe([gone], at: 0).repairs == [.init(object: object("web"), leaving: [])])
    }

    @Test func aFightIsToldOnceAndLeftAloneWhileTheRestIsRepaired() {
        var watch = DriftWatch()
        var news: [DriftWatch.Notice] = []
        for flip in 0..<6 {
            // Two others set the field to a value of their own each time, until we let it be.
            let response = watch.observe(
                [drift("replicas", .repair, actual: .int(flip), manager: "keda")], at: flip * 20)
            news += response.news
            if !response.repairs.isEmpty { _ = watch.observe([], at: flip * 20 + 10) }
        }
        #expect(news.map(\.isFight) == [false, false, false, true])
        #expect(
            news.last?.words
                == "spec.replicas was set against Git more than 3 times in 10 minutes by keda; it is left alone until that ends"
        )
        let rest = watch.observe([drift("replicas", .repair, manager: "keda"), drift("paused", .repair)], at: 130)
        #expect(rest.repairs == [.init(object: object("web"), leaving: [FieldPath(fields: "spec", "replicas")])])
        #expect(rest.news.map(\.words) == ["spec.paused is 5 and should be 3, changed by kubectl"])
    }

    @Test func aFightIsOverWhenTheFieldWasAsGitSaysForTenMinutes() {
        var watch = DriftWatch()
        for flip in 0..<4 {
            _ = watch.observe([drift("replicas", .repair)], at: flip * 20)
            _ = watch.observe([], at: flip * 20 + 10)
        }
        #expect(watch.observe([drift("replicas", .repair)], at: 200).repairs.isEmpty)
        _ = watch.observe([], at: 210)
        #expect(watch.observe([drift("replicas", .repair)], at: 900).repairs.count == 1)
    }
}
