// What a sync did to an object, as a row of the table `sync_object`.

import GRDB
import Manifest

enum ObjectRow {
    static func insert(_ objects: [ObjectRecord], to sync: Int64, _ database: Database) throws {
        let latest = try database.cachedStatement(sql: "SELECT MAX(ordinal) FROM sync_object WHERE sync = ?")
        let last = try Int.fetchOne(latest, arguments: [sync])
        let insert = try database.cachedStatement(
            sql: """
                INSERT INTO sync_object (
                    sync, ordinal, api_version, kind, namespace, name, action, result, fields, error, duration_microseconds)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        for (ordinal, object) in zip(((last ?? 0) + 1)..., objects) {
            let (seconds, attoseconds) = object.duration.components
            let fields = String(decoding: JSON.write(.array(object.fields.map(Value.string))), as: UTF8.self)
            try insert.execute(arguments: [
                sync, ordinal, object.reference.gvk.apiVersion, object.reference.kind, object.reference.namespace,
                object.reference.name, object.action, object.result, fields, object.error,
                seconds * 1_000_000 + attoseconds / 1_000_000_000_000,
            ])
        }
    }

    static func delivered(by application: ApplicationID, _ database: Database) throws -> Set<ObjectIdentity> {
        // Beside MAX, the other columns are those of its row: what came of the object last.
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT api_version, kind, object.namespace, name, object.result, MAX(sync)
                FROM sync_object AS object JOIN sync ON sync.id = object.sync
                WHERE sync.application = ? AND sync.namespace = ? AND sync.cluster = ?
                    AND object.result NOT IN ('failed', 'skipped') AND object.action <> 'hook'
                GROUP BY rtrim(api_version, replace(api_version, '/', '')), kind, object.namespace, name
                """,
            arguments: [application.name, application.namespace, application.cluster])
        return Set(
            rows.compactMap { row -> ObjectIdentity? in
                let result: String = row["result"]
                if result == "pruned" { return nil }
                return ObjectReference(
                    gvk: GroupVersionKind(apiVersion: row["api_version"], kind: row["kind"]),
                    namespace: row["namespace"],
                    name: row["name"]
                ).identity
            })
    }

    static func find(of sync: Int64, _ database: Database) throws -> [ObjectRecord] {
        try Row.fetchAll(database, sql: "SELECT * FROM sync_object WHERE sync = ? ORDER BY ordinal", arguments: [sync])
            .map { row in
                let fields: String = row["fields"]
                let microseconds: Int64 = row["duration_microseconds"]
                return ObjectRecord(
                    reference: ObjectReference(
                        gvk: GroupVersionKind(apiVersion: row["api_version"], kind: row["kind"]),
                        namespace: row["namespace"],
                        name: row["name"]),
                    action: row["action"], result: row["result"],
                    fields: (try? JSON.read(Array(fields.utf8)))?.array?.compactMap(\.string) ?? [],
                    error: row["error"], duration: .microseconds(microseconds))
            }
    }
}
