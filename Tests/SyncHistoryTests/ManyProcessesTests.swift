import Manifest
import SyncHistory
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// What other processes do to the history, and what is left of them when they are killed.
@Suite struct ManyProcessesTests {
    @Test func processesThatWriteAtOnceLoseNothing() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    // Each finds no file, or a half-made one, and all migrate.
                    await #expect(processExitsWith: .success) { [path = path as String] in
                        let history = try SQLiteHistory(folder: path)
                        for round in 0..<20 {
                            let id = try await history.begin(start(manifests: [configMap("a", "\(round)")]))
                            try await history.append(
                                [ObjectRecord(reference: deployment, action: "create", result: "created")], to: id)
                            try await history.finish(id, end())
                        }
                    }
                }
            }
        }
        let history = try SQLiteHistory(folder: path)
        let syncs = try await history.syncs(name: "shop", namespace: nil, cluster: nil, limit: 1000)
        #expect(syncs.count == 120)
        #expect(syncs.allSatisfy { $0.result == .succeeded })
    }

    @Test func aKilledSyncIsShownAsInterrupted() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            guard case .acquired(let lock) = try await SyncLock.acquire(shop, in: path, as: .current()) else { return }
            let history = try SQLiteHistory(folder: path)
            let id = try await history.begin(start())
            try await history.append([ObjectRecord(reference: deployment, action: "create", result: "created")], to: id)
            withExtendedLifetime(lock) { _ = kill(getpid(), SIGKILL) }
        }
        let history = try SQLiteHistory(folder: path)
        #expect(try await history.settleInterrupted(billing, at: Timestamp(milliseconds: 9_000)) == 0)
        #expect(try await history.settleInterrupted(nil, at: Timestamp(milliseconds: 9_000)) == 1)
        let sync = try #require(try await history.syncs(name: "shop", namespace: nil, cluster: nil, limit: 1).first)
        #expect(sync.result == .interrupted)
        #expect(sync.counts == SyncCounts(created: 1))
        #expect(sync.diagnostics.first?.message.contains("ended before the sync did") == true)
        #expect(try await history.objects(of: sync.id).count == 1)
        #expect(try await history.settleInterrupted(nil, at: Timestamp(milliseconds: 9_999)) == 0)
    }

    @Test func aSyncThatStillRunsIsLeftAlone() async throws {
        let folder = try TemporaryFolder()
        let history = try SQLiteHistory(folder: folder.path)
        guard case .acquired(let lock) = try await SyncLock.acquire(shop, in: folder.path, as: .current()) else {
            Issue.record("the lock of a new folder is taken")
            return
        }
        let id = try await history.begin(start())
        #expect(try await history.settleInterrupted(nil, at: Timestamp(milliseconds: 9_000)) == 0)
        #expect(try await history.sync(id)?.result == .running)
        withExtendedLifetime(lock) {}
    }

    /// The lock is held, but by another sync than the one whose row still says running.
    @Test func theNextHolderOfTheLockSettlesWhatTheLastOneLeft() async throws {
        let folder = try TemporaryFolder()
        let history = try SQLiteHistory(folder: folder.path)
        var orphan = start()
        orphan.owner = ProcessIdentity(pid: 1, boot: "another boot", startTick: 1)
        let id = try await history.begin(orphan)
        guard case .acquired(let lock) = try await SyncLock.acquire(shop, in: folder.path, as: .current()) else {
            Issue.record("the lock of a new folder is taken")
            return
        }
        #expect(try await history.settleInterrupted(shop, at: Timestamp(milliseconds: 9_000)) == 1)
        #expect(try await history.sync(id)?.result == .interrupted)
        withExtendedLifetime(lock) {}
    }

    @Test func aKillAtAnyMomentLeavesAHistoryThatOpens() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path
        for round in 0..<12 {
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, round = round as Int] in
                // The alarm strikes while the loop below writes, a little later each round.
                signal(SIGALRM) { _ in _ = kill(getpid(), SIGKILL) }
                ualarm(UInt32(5_000 + 4_000 * round), 0)
                let history = try SQLiteHistory(folder: path)
                for text in 0... {
                    let id = try await history.begin(start(manifests: [configMap("a", "\(round) \(text)")]))
                    try await history.append(
                        [ObjectRecord(reference: deployment, action: "create", result: "created")], to: id)
                    try await history.finish(id, end())
                }
            }
            let history = try SQLiteHistory(folder: path)
            _ = try await history.settleInterrupted(nil, at: Timestamp(milliseconds: 9_000))
            let syncs = try await history.syncs(name: nil, namespace: nil, cluster: nil, limit: 100_000)
            #expect(syncs.allSatisfy { $0.result == .succeeded || $0.result == .interrupted })
            #expect(syncs.count { $0.result == .interrupted } <= round + 1)
            for digest in Set(syncs.compactMap(\.manifestDigest)) {
                #expect(try await history.manifests(digest)?.count == 1)
            }
        }
    }
}
