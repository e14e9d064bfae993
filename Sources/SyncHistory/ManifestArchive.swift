// Rendered manifests, kept by content: a body per distinct object, a list of digests per distinct render.

import FoundationEssentials
import GRDB
import Manifest

enum ManifestArchive {
    /// A render in the form in which it is stored.
    struct Render: Sendable {
        /// Digest and text of each object, in the order of the render.
        let bodies: [(digest: Data, text: Data)]
        /// The digests of the bodies, one behind the other.
        let list: Data
        let digest: Data

        init(_ objects: [KubernetesObject]) {
            bodies = objects.map { object in
                let text = JSON.write(object.value.withoutSecretValues)
                return (Data(SHA256.digest(text)), Data(text))
            }
            list = Data(bodies.flatMap(\.digest))
            digest = Data(SHA256.digest([UInt8](list)))
        }
    }

    static func store(_ render: Render, _ database: Database) throws {
        let exists = try database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM manifest WHERE digest = ?)")
        let known = try Bool.fetchOne(exists, arguments: [render.digest])
        if known == true { return }
        let insert = try database.cachedStatement(sql: "INSERT OR IGNORE INTO object_body (digest, body) VALUES (?, ?)")
        let count = try database.cachedStatement(
            sql: "INSERT INTO body_use (digest, manifests) VALUES (?, 1) "
                + "ON CONFLICT DO UPDATE SET manifests = manifests + 1")
        for body in render.bodies {
            try insert.execute(arguments: [body.digest, body.text])
        }
        for digest in Set(render.bodies.map(\.digest)) { try count.execute(arguments: [digest]) }
        try database.cachedStatement(sql: "INSERT INTO manifest (digest, objects) VALUES (?, ?)")
            .execute(arguments: [render.digest, render.list])
    }

    /// Deletes a render that no sync refers to any more, and the bodies that no other render has.
    static func release(_ digest: Data, _ database: Database) throws {
        let use = try database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM sync WHERE manifest = ?)")
        if try Bool.fetchOne(use, arguments: [digest]) == true { return }
        let select = try database.cachedStatement(sql: "SELECT objects FROM manifest WHERE digest = ?")
        guard let list = try Data.fetchOne(select, arguments: [digest]) else { return }
        try database.cachedStatement(sql: "DELETE FROM manifest WHERE digest = ?").execute(arguments: [digest])
        let last = try database.cachedStatement(sql: "DELETE FROM body_use WHERE digest = ? AND manifests <= 1")
        let delete = try database.cachedStatement(sql: "DELETE FROM object_body WHERE digest = ?")
        let fewer = try database.cachedStatement(
            sql: "UPDATE body_use SET manifests = manifests - 1 WHERE digest = ?")
        for body in Set(bodies(list)) {
            try last.execute(arguments: [body])
            try (database.changesCount > 0 ? delete : fewer).execute(arguments: [body])
        }
    }

    /// The digests in a render's list.
    private static func bodies(_ list: Data) -> [Data] {
        stride(from: 0, to: list.count, by: 32).map { list.subdata(in: $0..<$0 + 32) }
    }

    static func load(_ digest: String, _ database: Database) throws -> [Value]? {
        guard let key = bytes(ofHexadecimal: digest) else { return nil }
        let list = try Data.fetchOne(database, sql: "SELECT objects FROM manifest WHERE digest = ?", arguments: [key])
        guard let list else { return nil }
        return try bodies(list).map { key in
            let body = try Data.fetchOne(
                database, sql: "SELECT body FROM object_body WHERE digest = ?", arguments: [key])
            guard let body else { throw DiagnosticsError("a stored manifest lacks the body of one of its objects") }
            return try JSON.read([UInt8](body))
        }
    }

    private static func bytes(ofHexadecimal text: String) -> Data? {
        let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue.map(UInt8.init) }
        guard digits.count == 64, text.utf8.count == 64 else { return nil }
        return Data(stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
    }
}
