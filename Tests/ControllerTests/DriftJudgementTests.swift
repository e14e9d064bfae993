// What is done about the drift in a plan: what is told, what is repaired, what the sync leaves.

import DriftDetector
import Manifest
import Reconciler
import Testing

@testable import Controller
@testable import SyncEngine

@Suite struct DriftJudgementTests {
    private func application(_ sync: Value, rules: Value? = nil) throws -> Application {
        var spec: Value = ["source": ["repository": "https://git.example.com/shop", "path": "app"], "sync": sync]
        if let rules { spec["plugins"] = [["name": "drift-detector", "config": ["rules": rules]]] }
        return try Application(
            [
                "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Application",
                "metadata": ["name": "shop", "namespace": "default"], "spec": spec,
            ],
            source: nil)
    }

    /// A ConfigMap that we applied with a colour, and whose colour a rival has set since.
    private func plan(colour: String = "red", rival: String? = "rival") -> Plan {
        let reference = ObjectReference(
            gvk: GroupVersionKind(group: "", version: "v1", kind: "ConfigMap"), namespace: "shop", name: "sky")
        func object(_ colour: String) -> Value {
            [
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": ["name": "sky", "namespace": "shop", "annotations": [Vocabulary.appliedDigest: "1"]],
                "data": ["colour": .string(colour)],
            ]
        }
        func entry(_ manager: String, _ operation: String, _ time: String, _ fields: Value) -> Value {
            [
                "manager": .string(manager), "operation": .string(operation), "apiVersion": "v1",
                "fieldsType": "FieldsV1",
                "time": .string(time), "fieldsV1": fields,
            ]
        }
        var live = object(colour)
        let colours: Value = ["f:data": ["f:colour": .object([:])]]
        var managed = [
            entry("gitopsctl", "Apply", "2026-11-21T01:00:00Z", rival == nil ? colours : ["f:data": .object([:])])
        ]
        if let rival { managed.append(entry(rival, "Update", "2026-11-21T02:00:00Z", colours)) }
        live["metadata"]?["managedFields"] = .array(managed)
        var change = PlannedChange(reference: reference, action: .update)
        change.desired = object("blue")
        change.live = live
        change.fields = [
            FieldChange(path: FieldPath(fields: "data", "colour"), live: .string(colour), desired: "blue", cause: .git)
        ]
        return Plan(
            applySet: ApplySet(configMap: "shop", namespace: "default"), changes: [change], digest: "", diagnostics: [],
            guards: [],
            options: SyncOptions(), scope: ApplySetScope(), desiredCount: 1)
    }

    private func judge(
        _ plan: Plan, _ application: Application, _ watch: inout DriftWatch, at now: Int = 0, onlyReports: Bool = false
    ) -> DriftJudgement {
        DriftJudgement(
            plan, deleted: [], stance: DriftStance(of: application), isDriftOnly: true, onlyReports: onlyReports,
            watch: &watch, at: now)
    }

    @Test func selfHealIsThePolicyOfWhatNoRuleSpeaksOf() throws {
        var watch = DriftWatch()
        let healing = judge(plan(), try application(["automated": true, "selfHeal": true]), &watch)
        #expect(healing.held.isEmpty && healing.heldBack.isEmpty)
        #expect(
            healing.news.map(\.words) == [
                "data.colour is red and should be blue, changed by rival at 2026-11-21T02:00:00Z"
            ])
        var other = DriftWatch()
        let telling = judge(plan(), try application(["automated": true]), &other)
        #expect(telling.held.map(\.words) == ["ConfigMap shop/sky " + telling.news[0].words])
        #expect(telling.heldBack.values.first == .fields([FieldPath(fields: "data", "colour")]))
    }

    @Test(
        arguments: [
            (["automated": true], ["policy": "repair"] as Value, true),
            (["automated": true, "selfHeal": true], ["policy": "report"], false),
            (["automated": true, "selfHeal": true], ["policy": "repair", "quietTime": "1m"], false),
            // Nothing is written by itself for an application that is not synced by itself.
            (["selfHeal": true], ["policy": "repair"], false),
        ] as [(Value, Value, Bool)])
    func aRuleGoesFirst(sync: Value, rule: Value, isRepaired: Bool) throws {
        var watch = DriftWatch()
        let judgement = judge(plan(), try application(sync, rules: [rule]), &watch, at: 100)
        #expect(judgement.held.isEmpty == isRepaired)
        #expect(judgement.next == (rule["quietTime"] == nil ? nil : 160))
    }

    @Test func whatIsAsItShouldBeIsLeftAndNotTold() throws {
        var watch = DriftWatch()
        let rules: Value = [["managers": ["rival"], "severity": "none"]]
        let judgement = judge(plan(), try application(["automated": true, "selfHeal": true], rules: rules), &watch)
        #expect(judgement.news.isEmpty && judgement.held.isEmpty)
        #expect(judgement.heldBack.values.first == .fields([FieldPath(fields: "data", "colour")]))
    }

    @Test func closedWindowsOnlyReport() throws {
        var watch = DriftWatch()
        let application = try application(["automated": true, "selfHeal": true])
        #expect(judge(plan(), application, &watch, onlyReports: true).held.count == 1)
        // Once they open it is repaired, and no news any more.
        let open = judge(plan(), application, &watch, at: 30)
        #expect(open.held.isEmpty && open.news.isEmpty)
    }

    /// With a rival, and with one who applies under our own name: the fourth time is one too many.
    @Test(arguments: ["rival", nil])
    func theFourthFlipIsAFight(rival: String?) throws {
        var watch = DriftWatch()
        let application = try application(["automated": true, "selfHeal": true])
        for flip in 0..<3 {
            let judgement = judge(plan(rival: rival), application, &watch, at: flip * 10)
            #expect(judgement.held.isEmpty && judgement.news.count == 1)
            let identity = try #require(plan().changes.first?.reference.identity)
            #expect(judgement.remaining(without: [identity]).isEmpty)
            _ = watch.observe(judgement.remaining(without: [identity]), at: flip * 10)
        }
        let fight = judge(plan(rival: rival), application, &watch, at: 40)
        #expect(fight.held.map(\.isFight) == [true])
        #expect(fight.news.map(\.isFight) == [true])
        #expect(fight.heldBack.values.first == (rival == nil ? .whole : .fields([FieldPath(fields: "data", "colour")])))
        let after = judge(plan(colour: "green", rival: rival), application, &watch, at: 50)
        #expect(after.held.count == 1 && after.news.isEmpty)
    }

    @Test func rulesThatCannotBeReadLetNothingBeRepaired() throws {
        var watch = DriftWatch()
        let application = try application(["automated": true, "selfHeal": true], rules: [["policy": "destroy"]])
        #expect(judge(plan(), application, &watch).held.count == 1)
    }
}
