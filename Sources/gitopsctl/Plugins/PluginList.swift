// Which plugins an application may use, and what each is granted.

import ArgumentParser
import FoundationEssentials
import Manifest
import PluginHost

struct PluginList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the plugins that applications may use.")

    @OptionGroup var format: OutputOptions

    func run() async throws {
        let console = Console()
        let catalog = try PluginCatalogs.load(environment: console.environment)
        let plugins = catalog.definitions.values.sorted { $0.name < $1.name }
        if format.output != .text { return console.output.print(.array(plugins.map(Self.document)), as: format.output) }
        var table = Table(columns: [
            Table.Column(title: "NAME"), Table.Column(title: "STAGES"),
            Table.Column(title: "GRANTED", dispensability: 1, shrinks: true, minimum: 24),
            Table.Column(title: "PROGRAM", dispensability: 2, shrinks: true, minimum: 28),
        ])
        for plugin in plugins {
            let isThere = FileManager.default.isExecutableFile(atPath: plugin.executable)
            table.rows.append([
                Table.Cell(plugin.name, .strong), Table.Cell(plugin.stages.map(\.rawValue).joined(separator: ", ")),
                Table.Cell(Self.grants(plugin.grants)),
                Table.Cell(plugin.executable + (isThere ? "" : " (missing)"), isThere ? .plain : .bad),
            ])
        }
        console.output.print(table.lines(width: console.width))
    }

    private static func grants(_ grants: PluginGrants) -> String {
        var words: [String] = []
        if grants.network { words.append("network") }
        if grants.secretValues { words.append("values of Secrets") }
        words += grants.secrets.map { grant in
            switch grant {
            case .named(let name, let namespace): "Secret \(namespace)/\(name)"
            case .labelled(let label, let namespace): "Secrets of \(namespace) with \(label)"
            case .file(let path): path
            }
        }
        words += grants.environment.keys.sorted().map { "$\($0)" }
        return words.isEmpty ? "nothing" : words.joined(separator: ", ")
    }

    private static func document(_ plugin: PluginDefinition) -> Value {
        Documents.object([
            ("name", .string(plugin.name)), ("summary", plugin.summary.isEmpty ? nil : .string(plugin.summary)),
            ("executable", .string(plugin.executable)), ("stages", .array(plugin.stages.map { .string($0.rawValue) })),
            ("reentrant", .bool(plugin.isReentrant)), ("granted", .string(grants(plugin.grants))),
        ])
    }
}
