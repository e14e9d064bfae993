// What a store of the history can do, whatever keeps it. SQLite keeps it by default; a fleet may put another behind
// this protocol.

package import Manifest

/// An append-only record of syncs. Only a running sync can be added to, and it ends once; what is in the record is never
/// changed. It goes as a whole, with the manifests that only it had, once it is beyond the limit that a later end of a
/// sync of its application names. The newest sync, those that run, the last that succeeded, and the last that did with
/// another commit stay whatever the limit is.
///
/// All methods throw when the store cannot be reached or read, with the place and a cure.
package protocol HistoryStore: Sendable {
    /// Records a sync as running. Once this returns, a crash of the process, or of the machine, leaves the row.
    func begin(_ start: SyncStart) async throws(DiagnosticsError) -> SyncRecord.ID

    /// Adds what was done to some objects to a running sync.
    func append(_ objects: [ObjectRecord], to sync: SyncRecord.ID) async throws(DiagnosticsError)

    /// Ends a running sync.
    func finish(_ sync: SyncRecord.ID, _ end: SyncEnd) async throws(DiagnosticsError)

    /// Records a sync that wrote nothing, from its beginning to its end at once.
    func record(_ start: SyncStart, _ end: SyncEnd, objects: [ObjectRecord]) async throws(DiagnosticsError)
        -> SyncRecord.ID

    /// Has every sync from now on a number above this one: below it are those of another store that this one goes on
    /// from.
    func reserve(above sync: SyncRecord.ID) async throws(DiagnosticsError)

    /// Ends as interrupted every running sync of an application (of all, when nil) whose process is gone. Returns how
    /// many.
    func settleInterrupted(_ application: ApplicationID?, at moment: Timestamp) async throws(DiagnosticsError) -> Int

    /// The syncs of an application, the newest first; nil matches any.
    func syncs(
        name: String?, namespace: String?, cluster: String?, limit: Int
    ) async throws(DiagnosticsError) -> [SyncRecord]

    func sync(_ id: SyncRecord.ID) async throws(DiagnosticsError) -> SyncRecord?

    /// The objects that a sync touched, in the order in which it did.
    func objects(of sync: SyncRecord.ID) async throws(DiagnosticsError) -> [ObjectRecord]

    /// The objects that syncs of an application made or changed in the cluster and did not take away again, hooks
    /// apart; those of syncs that are beyond the limit, too.
    func delivered(by application: ApplicationID) async throws(DiagnosticsError) -> Set<ObjectIdentity>

    /// The manifests of a digest in their order, without the values of Secrets; nil for an unknown digest.
    func manifests(_ digest: String) async throws(DiagnosticsError) -> [Value]?
}
