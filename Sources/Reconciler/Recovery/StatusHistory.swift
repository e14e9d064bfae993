// The last syncs of an application as its status has them: what outlives the disk of the controller that did them.

package import Manifest
package import SyncHistory

extension SyncRecord {
    /// Reads a row of `status.history`. What a status does not keep is empty.
    ///
    /// - Returns: nil for what is no row of it.
    package init?(statusRow row: Value, of application: ApplicationID) {
        guard let id = row["id"]?.int, let result = row["result"]?.string.flatMap(SyncResult.init(rawValue:)) else {
            return nil
        }
        // Whoever may write the status may write any number there, and counts are added up.
        func count(_ name: String) -> Int { min(max(row[name]?.int ?? 0, 0), 1 << 32) }
        let trigger = row["trigger"]?.string.flatMap(SyncTrigger.Kind.init(rawValue:)) ?? .controller
        let commit = row["revision"]?.string
        var diagnostics = row["message"]?.string.map { [Diagnostic.error($0)] } ?? []
        if let failed = row["rolledBack"]?.string { diagnostics.append(RollbackHold.remark(failed, path: "")) }
        self.init(
            id: Int64(id), application: application, trigger: SyncTrigger(trigger, by: row["by"]?.string ?? ""),
            revision: SyncRevision(
                requested: row["requested"]?.string ?? commit ?? "", commit: commit, subject: row["subject"]?.string,
                author: row["author"]?.string),
            started: row["started"]?.string.flatMap(Timestamp.init(parsing:)) ?? Timestamp(milliseconds: 0),
            finished: row["finished"]?.string.flatMap(Timestamp.init(parsing:)), result: result,
            counts: SyncCounts(
                created: count("created"), configured: count("configured"), recreated: count("recreated"),
                pruned: count("pruned"), skipped: count("skipped"), failed: count("failed")),
            diagnostics: diagnostics, owner: ProcessIdentity(pid: 0, boot: "", startTick: 0))
    }
}
