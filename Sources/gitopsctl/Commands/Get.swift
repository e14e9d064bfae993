// `gitopsctl get`: the Applications of the cluster as they are described.

import ArgumentParser
import Manifest
import Reconciler
import SyncHistory

struct Get: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Show the cluster's Applications: what they deliver, from where, and how they are synced.",
        discussion:
            "-o yaml and -o json print the objects themselves, -o wide more columns. gitopsctl status says how they are."
    )

    enum Output: String, ExpressibleByArgument, CaseIterable {
        case text, wide, json, yaml
    }

    @Argument(help: "The application's name; all applications otherwise.")
    var name: String?

    @Option(name: [.customShort("o"), .customLong("output")], help: "How the result is printed.")
    var output = Output.text

    @OptionGroup var namespace: NamespaceOption
    @OptionGroup var clusterOptions: ClusterOptions

    func run() async throws {
        let console = Console()
        let applications = try Session(console: console).applications(clusterOptions, in: namespace.namespace)
            .applications
        let found = if let name { [try await applications.require(name)] } else { try await applications.all() }
        switch output {
        case .text, .wide:
            if found.isEmpty { console.error.print(InkedLine("the cluster has no Application", .quiet)) }
            let table = ApplicationTable.lines(
                found, isWide: output == .wide, width: console.width, now: Timestamp.now())
            console.output.print(found.isEmpty ? [] : table)
        case .json, .yaml:
            let objects = found.map { Self.plain($0.value) }
            let value: Value =
                name == nil ? ["apiVersion": "v1", "kind": "List", "items": .array(objects)] : objects[0]
            console.output.print(value, as: output == .json ? .json : .yaml)
        }
    }

    /// The object without what only servers read.
    private static func plain(_ object: Value) -> Value {
        var object = object
        object["metadata"]?["managedFields"] = nil
        return object
    }
}

/// Applications as they are described, one a line.
enum ApplicationTable {
    static func lines(_ applications: [ClusterApplication], isWide: Bool, width: Int, now: Timestamp) -> [InkedLine] {
        var columns = [
            Table.Column(title: "APPLICATION", shrinks: true, minimum: 10), Table.Column(title: "SYNCS"),
            Table.Column(title: "REPOSITORY", dispensability: 2, shrinks: true, minimum: 16),
            Table.Column(title: "REVISION", shrinks: true, minimum: 7),
            Table.Column(title: "PATH", shrinks: true, minimum: 10),
            Table.Column(title: "INTO", dispensability: 3, shrinks: true, minimum: 6),
            Table.Column(title: "AGE", dispensability: 4),
        ]
        if isWide { columns += ["NAMESPACE", "PROJECT", "INTERVAL", "PLUGINS"].map { Table.Column(title: $0) } }
        var table = Table(columns: columns)
        for application in applications {
            let spec = application.value["spec"]
            let source = spec?["source"]
            let created = application.created.flatMap(Timestamp.init(parsing:))
            let age = created.map { Spans.ago($0, now: now) } ?? ""
            var row = [
                Table.Cell(application.name, .strong), syncs(application),
                Table.Cell(source?["repository"]?.string ?? "", .quiet),
                Table.Cell(source?["revision"]?.string ?? "HEAD", .accent), Table.Cell(source?["path"]?.string ?? "."),
                Table.Cell(spec?[path: "destination", "namespace"]?.string ?? "", .quiet),
                Table.Cell(age.hasSuffix(" ago") ? String(age.dropLast(4)) : age, .quiet),
            ]
            if isWide {
                let plugins = (spec?["plugins"]?.array ?? []).compactMap { $0["name"]?.string }
                row += [
                    application.namespace, spec?["project"]?.string ?? "",
                    spec?[path: "sync", "interval"]?.string ?? "",
                    plugins.joined(separator: ","),
                ].map { Table.Cell($0, .quiet) }
            }
            table.rows.append(row)
        }
        return table.lines(width: isWide ? .max : width)
    }

    private static func syncs(_ application: ClusterApplication) -> Table.Cell {
        if application.isSuspended { return Table.Cell("suspended", .warning) }
        if case .failure = application.application { return Table.Cell("broken", .bad) }
        let sync = application.value[path: "spec", "sync"]
        guard sync?["automated"]?.bool == true else { return Table.Cell("on request", .quiet) }
        return Table.Cell(sync?["selfHeal"]?.bool == true ? "by itself, heals" : "by itself", .good)
    }
}
