// The history of an application that another replica had, or this one with another disk: what the status of the
// Application says of its last syncs is a part of it, and the numbers go on from there.

import Manifest
import Reconciler
import SyncHistory
import Synchronization

final class ContinuedHistory: HistoryStore {
    private let key: ApplicationKey
    private let own: any HistoryStore
    /// The rows of `status.history`.
    private let rows: @Sendable () -> [Value]
    /// A number that every later sync is above.
    private let reserved = Mutex<SyncRecord.ID>(0)

    /// Above this no number of a status is believed: whoever may write one must not bring the numbers of all to their
    /// end.
    private static let highest = 1 << 48

    /// - Parameters:
    ///   - own: the one on this replica's disk.
    ///   - rows: what the status says at the moment of syncs to the cluster that the application goes to.
    init(of key: ApplicationKey, _ own: any HistoryStore, rows: @escaping @Sendable () -> [Value]) {
        self.key = key
        self.own = own
        self.rows = rows
    }

    func syncs(name: String?, namespace: String?, cluster: String?, limit: Int) async throws(DiagnosticsError)
        -> [SyncRecord]
    {
        let known = try await own.syncs(name: name, namespace: namespace, cluster: cluster, limit: limit)
        guard name == key.name, namespace == key.namespace, let cluster else { return known }
        let ids = Set(known.map(\.id))
        // Where there are as many as were asked for, only what is newer than the oldest of them counts.
        let oldest = known.count >= limit ? known.last?.id ?? 0 : 0
        let missing = rows().filter { row in
            guard let id = Self.number(of: row) else { return false }
            return id > oldest && !ids.contains(id)
        }
        if missing.isEmpty { return known }
        let application = ApplicationID(cluster: cluster, namespace: key.namespace, name: key.name)
        let all = known + missing.compactMap { SyncRecord(statusRow: $0, of: application) }
        return Array(all.sorted { $0.id > $1.id }.prefix(limit))
    }

    func begin(_ start: SyncStart) async throws(DiagnosticsError) -> SyncRecord.ID {
        try await goOn()
        let id = try await own.begin(start)
        note(id)
        return id
    }

    func record(_ start: SyncStart, _ end: SyncEnd, objects: [ObjectRecord]) async throws(DiagnosticsError)
        -> SyncRecord.ID
    {
        try await goOn()
        let id = try await own.record(start, end, objects: objects)
        note(id)
        return id
    }

    /// Of two syncs of an application the later one has the higher number, whoever did them.
    private func goOn() async throws(DiagnosticsError) {
        guard let last = rows().compactMap(Self.number).max(), last > reserved.withLock({ $0 }) else { return }
        try await own.reserve(above: last)
        note(last)
    }

    private func note(_ id: SyncRecord.ID) { reserved.withLock { $0 = max($0, id) } }

    private static func number(of row: Value) -> Int64? {
        guard let id = row["id"]?.int, id > 0, id < highest else { return nil }
        return Int64(id)
    }

    // MARK: What is on this disk alone

    func append(_ objects: [ObjectRecord], to sync: SyncRecord.ID) async throws(DiagnosticsError) {
        try await own.append(objects, to: sync)
    }
    func finish(_ sync: SyncRecord.ID, _ end: SyncEnd) async throws(DiagnosticsError) {
        try await own.finish(sync, end)
    }
    func reserve(above sync: SyncRecord.ID) async throws(DiagnosticsError) { try await own.reserve(above: sync) }
    func settleInterrupted(_ application: ApplicationID?, at moment: Timestamp) async throws(DiagnosticsError) -> Int {
        try await own.settleInterrupted(application, at: moment)
    }
    func sync(_ id: SyncRecord.ID) async throws(DiagnosticsError) -> SyncRecord? { try await own.sync(id) }
    func objects(of sync: SyncRecord.ID) async throws(DiagnosticsError) -> [ObjectRecord] {
        try await own.objects(of: sync)
    }
    func delivered(by application: ApplicationID) async throws(DiagnosticsError) -> Set<ObjectIdentity> {
        try await own.delivered(by: application)
    }
    func manifests(_ digest: String) async throws(DiagnosticsError) -> [Value]? { try await own.manifests(digest) }
}
