import SyncHistory
import Testing

@Suite struct SyncLockTests {
    @Test func oneSyncAtATimeHoldsTheLockOfAnApplication() async throws {
        let folder = try TemporaryFolder()
        let me = ProcessIdentity.current()
        var held: SyncLock?
        if case .acquired(let lock) = try await SyncLock.acquire(shop, in: folder.path, as: me) { held = lock }
        #expect(held != nil)
        guard case .held(by: me) = try await SyncLock.acquire(shop, in: folder.path, as: me) else {
            Issue.record("two hold one lock")
            return
        }
        #expect(try SyncLock.holder(of: shop, in: folder.path) == .process(me))
        guard case .acquired = try await SyncLock.acquire(billing, in: folder.path, as: me) else {
            Issue.record("one application's lock bars another's")
            return
        }
        held = nil
        #expect(try SyncLock.holder(of: shop, in: folder.path) == .nobody)
        guard case .acquired = try await SyncLock.acquire(shop, in: folder.path, as: me) else {
            Issue.record("the lock was not given back")
            return
        }
    }

    @Test func aProcessIsToldFromALaterOneOfItsNumber() {
        let me = ProcessIdentity.current()
        #expect(me.isAlive)
        #expect(!ProcessIdentity(pid: me.pid, boot: me.boot, startTick: me.startTick + 1).isAlive)
        #expect(!ProcessIdentity(pid: me.pid, boot: "another", startTick: me.startTick).isAlive)
    }
}
