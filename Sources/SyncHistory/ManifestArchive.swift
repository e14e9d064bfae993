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
        for body in render.bodies {
            try insert.execute(arguments: [body.digest, body.text])
        }
        try database.cachedStatement(sql: "INSERT INTO manifest (digest, objects) VALUES (?, ?)")
            .execute(arguments: [render.digest, render.list])
    }

    static func load(_ digest: String, _ database: Database) throws -> [Value]? {
        guard let key = bytes(ofHexadecimal: digest) else { return nil }
        let list = try Data.fetchOne(database, sql: "SELECT objects FROM manifest WHERE digest = ?", arguments: [key])
        guard let list else { return nil }
        return try stride(from: 0, to: list.count, by: 32).map { start in
            let key = list.subdata(in: start..<start + 32)
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
