// Hundreds of syncs, each of another commit, through faults at random: the cluster is never other than some commit
// said, and the history is what happened.

import Foundation
import KubernetesClient
import Manifest
import Sandbox
import SyncHistory
import Testing

@testable import Reconciler

@Suite(.timeLimit(.minutes(10))) struct RandomFaultTests {
    private static let environment = ProcessInfo.processInfo.environment
    /// 100 with the other tests; `GITOPSCTL_FAULT_SYNCS=1000` takes about ten times as long.
    private static let syncs = environment["GITOPSCTL_FAULT_SYNCS"].flatMap { Int($0) } ?? 100
    private static let seed = environment["GITOPSCTL_FAULT_SEED"].flatMap { UInt64($0) } ?? 1

    /// What each commit wants.
    private static func states() -> [Platform] {
        var dice = Dice(state: seed)
        var states = [Platform.first]
        for commit in 1..<max(syncs, 2) { states.append(states[commit - 1].changed(in: commit, &dice)) }
        return states
    }

    @Test func syncsEndConvergedWithNothingLostAndNothingWrittenTwice() async throws {
        let states = Self.states()
        try await SyncedCluster.with(states) { cluster in
            var syncs = try SyncSeries(cluster, FaultScript(Dice(state: Self.seed &+ 1)))
            for commit in states.indices { try await syncs.sync(commit) }
            try await syncs.converge(to: states.count - 1)
            // So many faults that many syncs fail, and not so many that none gets through.
            #expect(syncs.failed > states.count / 20 && syncs.failed < states.count * 3 / 4, "\(syncs.failed) failed")
            print(
                "\(states.count) syncs under faults (seed \(Self.seed)): \(syncs.failed) failed, \(syncs.written) writes, \(syncs.struck) requests struck"
            )
        }
    }
}

/// What goes wrong during each sync.
private struct FaultScript {
    private var dice: Dice

    init(_ dice: Dice) { self.dice = dice }

    enum Event {
        case fault(Fault)
        case certificate(CertificateChange)
        case restart
    }

    mutating func next() -> [Event] {
        (0..<dice.pick([0, 1, 1, 1, 2, 2, 3])).map { _ in event() }
    }

    private mutating func event() -> Event {
        switch Int.random(in: 0..<100, using: &dice) {
        case 0..<2: return .certificate(.authority)
        case 2..<5: return .certificate(.server)
        case 5..<10: return .restart
        case 10..<12: return .fault(Fault(.missingGroup(dice.pick(["apps", "rbac.authorization.k8s.io"]))))
        case 12..<13: return .fault(Fault(.unavailableGroup(dice.pick(["apps", "rbac.authorization.k8s.io"]))))
        case 13..<18: return .fault(Fault(.webhookDown, on: RequestPattern(group: dice.pick(["", "apps"]))))
        case 18..<22: return .fault(Fault(.latency(.seconds(30)), on: requests(), times: 1))
        case 22..<30:
            return .fault(
                Fault(.latency(.milliseconds(Int.random(in: 1...50, using: &dice))), on: requests(), times: times()))
        case 30..<34: return .fault(Fault(.expiredVersions, times: times()))
        default:
            let effects: [Fault.Effect] = [
                .refusal(409), .refusal(429, retryAfter: 1), .refusal(429), .refusal(500), .refusal(503),
                .refusal(503, retryAfter: 2),
                .cutBefore, .cutBefore, .cutAfter, .cutAfter, .cutAfter,
            ]
            return .fault(Fault(dice.pick(effects), on: requests(), times: times()))
        }
    }

    /// Often less than a request is tried, sometimes more.
    private mutating func times() -> Int { dice.pick([1, 1, 1, 2, 2, 3, 4, 8]) }

    private mutating func requests() -> RequestPattern {
        let plural = dice.pick(Platform.plurals.values.sorted())
        switch Int.random(in: 0..<6, using: &dice) {
        case 0: return .all
        case 1: return RequestPattern(verbs: ["list", "get"])
        case 2: return RequestPattern(verbs: ["delete"])
        case 3: return .writes(of: plural)
        default: return .writes()
        }
    }
}

/// The syncs of one application one after the other, each held against what the server saw.
private struct SyncSeries {
    private let cluster: SyncedCluster
    private var script: FaultScript
    private var reconciler: Reconciler
    private var reports: [SyncReport] = []
    private(set) var failed = 0
    private(set) var written = 0
    private(set) var struck = 0

    init(_ cluster: SyncedCluster, _ script: FaultScript) throws {
        self.cluster = cluster
        self.script = script
        reconciler = try Self.reconciler(cluster)
    }

    /// Lists come in pages, so that their versions may become too old. A stall ends soon, and not so soon that a busy
    /// machine looks like one.
    private static func reconciler(_ cluster: SyncedCluster) throws -> Reconciler {
        cluster.reconciler(
            try cluster.client {
                $0.pageSize = 3
                $0.requestTimeout = .milliseconds(1500)
            })
    }

    mutating func sync(_ commit: Int) async throws {
        var changesAuthority = false
        for event in script.next() {
            switch event {
            case .fault(let fault): cluster.sandbox.faults.add(fault)
            case .certificate(let change):
                try await cluster.sandbox.changeCertificates(change)
                changesAuthority = changesAuthority || change == .authority
            case .restart: try await cluster.sandbox.restart()
            }
        }
        try await sync(commit, isUndisturbed: false)
        struck += cluster.sandbox.faults.all.reduce(0) { $0 + $1.hits }
        cluster.sandbox.faults.clearAll()
        // Whoever runs the syncs notices that the kubeconfig is another one.
        if changesAuthority { reconciler = try Self.reconciler(cluster) }
    }

    /// The last commit once more, with nothing in the way, and then the whole history.
    mutating func converge(to commit: Int) async throws {
        try await sync(commit, isUndisturbed: true)
        #expect(reports.last?.result == .succeeded)
        try await sync(commit, isUndisturbed: true)
        #expect(reports.last?.counts.changed == 0, "what has converged is left alone")
        #expect(cluster.live == cluster.states[commit])

        let records = try await cluster.records()
        #expect(records.map(\.id) == reports.compactMap(\.id), "every sync has a row, in its order")
        for (record, report) in zip(records, reports) {
            #expect(record.result == report.result && record.counts == report.counts)
            #expect(record.revision.commit == report.commit?.id && record.finished != nil)
        }
    }

    private mutating func sync(_ commit: Int, isUndisturbed: Bool) async throws {
        let before = cluster.live
        let desired = cluster.states[commit]
        let report = try await cluster.sync(commit, by: reconciler)
        let writes = cluster.writes.take()
        let place = Comment("commit \(commit): \(report.result) \(report.errors), writes \(writes)")
        reports.append(report)
        written += writes.count
        if report.result != .succeeded { failed += 1 }

        let after = cluster.live
        // Whatever happened, each object is as it was or as it should be, and what is in both is there.
        for slot in Set(before.versions.keys).union(desired.versions.keys).union(after.versions.keys) {
            let version = after.versions[slot]
            #expect(version == before.versions[slot] || version == desired.versions[slot], "\(slot) \(place)")
        }
        #expect(Set(writes.map(\.object)).count == writes.count, "written twice: \(place)")
        if report.result == .succeeded {
            #expect(after == desired, place)
        } else {
            #expect(!report.errors.isEmpty, place)
        }

        // The rows say what the server saw. Of a write that failed without an answer nobody knows.
        let id = try #require(report.id, place)
        let rows = try await cluster.history.objects(of: id).filter {
            Platform.slots.contains("\($0.reference.kind) \($0.reference.name)")
        }
        let done = Set(
            rows.compactMap { row in
                ServerWrite.Effect(rawValue: row.result).map {
                    ServerWrite(effect: $0, object: "\(row.reference.kind) \(row.reference.name)")
                }
            })
        let unanswered = Set(rows.filter { $0.result == "failed" }.map { "\($0.reference.kind) \($0.reference.name)" })
        #expect(done.subtracting(writes) == [], "in the history and not in the cluster: \(place)")
        #expect(
            Set(writes).subtracting(done).filter { !unanswered.contains($0.object) } == [],
            "in the cluster and not in the history: \(place)")
        if isUndisturbed { #expect(unanswered == [], place) }
    }
}
