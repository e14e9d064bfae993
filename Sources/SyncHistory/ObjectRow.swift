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

    /// The group of an API version: `apps/`, and nothing for the core group.
    private static let group = "rtrim(api_version, replace(api_version, '/', ''))"
    /// What came of an object in the cluster, hooks apart.
    private static let isDelivery = "object.result NOT IN ('failed', 'skipped') AND object.action <> 'hook'"

    static func delivered(by application: ApplicationID, _ database: Database) throws -> Set<ObjectIdentity> {
        // Beside MAX, the other columns are those of its row: what came of the object last.
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT api_version, kind, namespace, name, result, MAX(sync)
                FROM (
                    SELECT api_version, kind, object.namespace AS namespace, name, object.result AS result,
                        object.sync AS sync
                    FROM sync_object AS object JOIN sync ON sync.id = object.sync
                    WHERE sync.application = :application AND sync.namespace = :namespace AND sync.cluster = :cluster
                        AND \(isDelivery)
                    UNION ALL
                    SELECT api_version, kind, nullif(object_namespace, ''), name, result, sync
                    FROM delivery
                    WHERE application = :application AND namespace = :namespace AND cluster = :cluster)
                GROUP BY \(group), kind, namespace, name
                """,
            arguments: [
                "application": application.name, "namespace": application.namespace, "cluster": application.cluster,
            ])
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

    /// Notes what a sync made of the objects in the cluster, before its rows go.
    static func keepDeliveries(of sync: Int64, _ database: Database) throws {
        let keep = try database.cachedStatement(
            sql: """
                INSERT INTO delivery (
                    application, namespace, cluster, object_group, kind, object_namespace, name, api_version, result, sync)
                SELECT sync.application, sync.namespace, sync.cluster, \(group), kind, ifnull(object.namespace, ''), name,
                    api_version, object.result, object.sync
                FROM sync_object AS object JOIN sync ON sync.id = object.sync
                WHERE object.sync = ? AND \(isDelivery)
                ON CONFLICT DO UPDATE SET api_version = excluded.api_version, result = excluded.result, sync = excluded.sync
                WHERE excluded.sync >= delivery.sync
                """)
        try keep.execute(arguments: [sync])
    }

    /// Drops the notes of objects that were taken away again, as far as no sync is left that tells otherwise.
    static func forgetRemoved(by application: ApplicationID, _ database: Database) throws {
        let forget = try database.cachedStatement(
            sql: """
                DELETE FROM delivery
                WHERE application = :application AND namespace = :namespace AND cluster = :cluster AND result = 'pruned'
                    AND sync < (
                        SELECT MIN(id) FROM sync
                        WHERE application = :application AND namespace = :namespace AND cluster = :cluster)
                """)
        try forget.execute(arguments: [
            "application": application.name, "namespace": application.namespace, "cluster": application.cluster,
        ])
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
