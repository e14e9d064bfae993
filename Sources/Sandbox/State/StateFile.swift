// The sandbox's state in one SQLite file: every object's newest version, and what the process is known by. Written
// behind the store, in transactions; what a crash loses is the last moment, never the file. Secrets and the sandbox's
// own keys are sealed in it.

import FoundationEssentials
import GRDB
import Glibc
import Manifest
import Synchronization

/// A file that a store is kept in.
final class StateFile: Sendable {
    /// What a sandbox is known by over its restarts.
    struct Identity: Sendable {
        var authority: Sandbox.Identity
        var token: String
        var tokenKey: [UInt8]
    }

    private let database: DatabaseQueue
    private let key: StateKey
    private let changes = Mutex<[(resource: GroupResource, key: ObjectKey, json: [UInt8]?, revision: UInt64)]>([])

    /// Opens the file, and makes it where there is none: readable by its owner alone, because it holds what the objects
    /// hold.
    /// - Parameter keyFile: the file of the key that seals the values of Secrets; made where nothing is sealed yet.
    /// - Throws: the database's error, `StateKeyError` where the key is not there or another one.
    init(_ path: String, keyFile: String) throws {
        let made = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if made >= 0 { close(made) }
        database = try DatabaseQueue(path: path)
        try database.writeWithoutTransaction {
            try $0.execute(sql: "PRAGMA journal_mode = WAL")
            // What is replaced is overwritten: a value that once stood here unsealed does not stay in a free page.
            try $0.execute(sql: "PRAGMA secure_delete = ON")
        }
        try database.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS object (
                        "group" TEXT NOT NULL, resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
                        document BLOB NOT NULL, PRIMARY KEY ("group", resource, namespace, name)) WITHOUT ROWID;
                    CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
                    """)
        }
        let known = try database.read { database in
            try Data.fetchOne(database, sql: "SELECT value FROM note WHERE name = 'token key'")
        }
        let isSealed = known.map { StateKey.isSealed([UInt8]($0)) } ?? false
        key = try StateKey(file: keyFile, makes: !isSealed)
    }

    /// What of a resource's documents is secret.
    private static func isSecret(_ group: String, _ resource: String) -> Bool { group.isEmpty && resource == "secrets" }

    private func document(_ resource: GroupResource, _ json: [UInt8]) throws -> Data {
        Data(Self.isSecret(resource.group, resource.resource) ? try key.seal(json) : json)
    }

    // MARK: Reading

    func identity() throws -> Identity? {
        try database.read { database in
            func note(_ name: String) throws -> [UInt8]? {
                try Data.fetchOne(database, sql: "SELECT value FROM note WHERE name = ?", arguments: [name])
                    .map { try key.open([UInt8]($0)) }
            }
            guard let certificate = try note("authority certificate"), let key = try note("authority key"),
                let token = try note("token"), let tokenKey = try note("token key")
            else { return nil }
            return Identity(
                authority: Sandbox.Identity(certificatePEM: certificate, keyPEM: key),
                token: String(decoding: token, as: UTF8.self), tokenKey: tokenKey)
        }
    }

    func keep(_ identity: Identity) throws {
        try database.write { database in
            for (name, value) in [
                ("authority certificate", identity.authority.certificatePEM),
                ("authority key", identity.authority.keyPEM),
                ("token", Array(identity.token.utf8)), ("token key", identity.tokenKey),
            ] {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO note (name, value) VALUES (?, ?)",
                    arguments: [name, Data(try key.seal(value))])
            }
        }
    }

    /// Fills a store that is empty.
    func load(into store: ObjectStore) throws {
        let (objects, revision) = try database.read { database in
            var objects: [(GroupResource, ObjectKey, Value)] = []
            let rows = try Row.fetchCursor(
                database, sql: "SELECT \"group\", resource, namespace, name, document FROM object")
            while let row = try rows.next() {
                let document: Data = row[4]
                guard let value = try? JSON.read(try key.open([UInt8](document))) else { continue }
                objects.append(
                    (GroupResource(group: row[0], resource: row[1]), ObjectKey(namespace: row[2], name: row[3]), value))
            }
            let revision = try Int64.fetchOne(
                database, sql: "SELECT CAST(value AS INTEGER) FROM note WHERE name = 'revision'")
            return (objects, UInt64(revision ?? 1))
        }
        store.load(objects, revision: revision)
    }

    // MARK: Writing

    /// Takes note of a change; it is written by the next `flush`.
    func note(_ resource: GroupResource, _ event: WatchEvent) {
        let document = event.type == .deleted ? nil : event.object.document
        changes.withLock { $0.append((resource, event.object.key, document, event.object.revision)) }
    }

    /// Writes what was noted, in one transaction.
    func flush() throws {
        let noted = changes.withLock { changes in
            defer { changes = [] }
            return changes
        }
        guard let last = noted.last else { return }
        try database.write { database in
            let store = try database.makeStatement(
                sql:
                    "INSERT OR REPLACE INTO object (\"group\", resource, namespace, name, document) VALUES (?, ?, ?, ?, ?)"
            )
            let remove = try database.makeStatement(
                sql: "DELETE FROM object WHERE \"group\" = ? AND resource = ? AND namespace = ? AND name = ?")
            for change in noted {
                let place: [any DatabaseValueConvertible] = [
                    change.resource.group, change.resource.resource, change.key.namespace, change.key.name,
                ]
                if let json = change.json {
                    try store.execute(arguments: StatementArguments(place + [try document(change.resource, json)]))
                } else {
                    try remove.execute(arguments: StatementArguments(place))
                }
            }
            try database.execute(
                sql: "INSERT OR REPLACE INTO note (name, value) VALUES ('revision', ?)",
                arguments: [String(last.revision)])
        }
    }

    /// Writes everything that a store holds, in the place of what the file holds.
    func rewrite(from store: ObjectStore) throws {
        changes.withLock { $0 = [] }
        let (tables, revision) = store.everything()
        try database.write { database in
            try database.execute(sql: "DELETE FROM object")
            for (resource, objects) in tables {
                for object in objects {
                    try database.execute(
                        sql:
                            "INSERT INTO object (\"group\", resource, namespace, name, document) VALUES (?, ?, ?, ?, ?)",
                        arguments: [
                            resource.group, resource.resource, object.key.namespace, object.key.name,
                            try document(resource, object.document),
                        ])
                }
            }
            try database.execute(
                sql: "INSERT OR REPLACE INTO note (name, value) VALUES ('revision', ?)", arguments: [String(revision)])
        }
    }
}
