// Discovery kept between processes: a server that knows no aggregated discovery takes some fifty requests to tell its
// kinds.

import Glibc
import HTTPClient
import LocalFiles
import Manifest

/// What one server served a short while ago.
///
/// Whoever uses it finds out what changed since: a kind that is not in it is asked for anew
/// (`KubernetesClient.resource`), and a path that is not served any more is an error that says so
/// (`KubernetesError.isUnknownKind`).
struct DiscoveryFile: Sendable {
    private let path: String
    private let now: @Sendable () -> Int

    /// How old it may be, in seconds. kubectl trusts its own for six hours.
    private static let lifetime = 600

    /// - Parameter now: the time in seconds since 1970.
    init(of connection: ClusterConnection, in folder: String, now: @escaping @Sendable () -> Int = { time(nil) }) {
        let server = Array(connection.server.utf8) + [0] + (connection.tls.caPEM ?? [])
        path = "\(folder)/\(SHA256.hex(server)).json"
        self.now = now
    }

    func read() -> Discovery? {
        guard let bytes = WholeFile.read(path, limit: 16 << 20), let document = try? JSON.read(bytes),
            let saved = document["saved"]?.int, saved <= now(), now() - saved < Self.lifetime,
            let entries = document["resources"]?.array
        else { return nil }
        let resources = entries.compactMap(APIResource.init(kept:))
        return resources.count == entries.count ? Discovery(resources: resources) : nil
    }

    /// One that cannot be kept is asked for again: no error of the user's.
    func write(_ discovery: Discovery) {
        // What a server could not tell it may tell the next time.
        guard discovery.failures.isEmpty, let slash = path.lastIndex(of: "/") else { return forget() }
        let document: Value = [
            "saved": .int(now()), "resources": .array(discovery.resources.map(\.kept)),
        ]
        guard (try? PrivateFolder.create(String(path[..<slash]))) != nil else { return }
        try? WholeFile.replace(path, with: JSON.write(document))
    }

    func forget() {
        unlink(path)
    }
}

extension APIResource {
    fileprivate init?(kept entry: Value) {
        guard let fields = entry.array, fields.count == 10,
            let group = fields[0].string, let version = fields[1].string, let kind = fields[2].string,
            let name = fields[3].string, let singularName = fields[4].string, let isNamespaced = fields[5].bool
        else { return nil }
        let lists = fields[6...].map { $0.array?.compactMap(\.string) ?? [] }
        self.init(
            group: group, version: version, kind: kind, name: name, singularName: singularName, shortNames: lists[0],
            isNamespaced: isNamespaced, verbs: Set(lists[1]), categories: lists[2], subresources: Set(lists[3]))
    }

    fileprivate var kept: Value {
        let lists = [shortNames, verbs.sorted(), categories, subresources.sorted()]
        return .array(
            [
                .string(group), .string(version), .string(kind), .string(name), .string(singularName),
                .bool(isNamespaced),
            ]
                + lists.map { .array($0.map { .string($0) }) })
    }
}
