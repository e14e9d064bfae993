// Which sealed value hangs on which key.

import ArgumentParser
import Manifest
import SealedSecrets

struct SealReport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Say which sealed value hangs on which key.",
        discussion:
            "A key that no value hangs on may go. Exits with 2 when a value hangs on an older key or cannot be opened.")

    @OptionGroup var tree: SealedTree

    @OptionGroup var keyOptions: KeyOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        let console = Console()
        let ring = try await SealKeys(options: keyOptions, session: Session(console: console)).ring()
        var uses: [(file: String, use: KeyUse)] = []
        for path in Files.manifests(tree.paths) {
            for sealed in try SealedFile(path).secrets {
                uses += ring.uses(of: sealed, defaultNamespace: tree.namespace).map { (path, $0) }
            }
        }
        if format.output == .text {
            show(uses, ring, console)
        } else {
            console.output.print(.array(uses.map(Self.document)), as: format.output)
        }
        let isCurrent = uses.allSatisfy { if case .opened(_, isCurrent: true) = $0.use.finding { true } else { false } }
        if !isCurrent { throw ExitCode.differences }
    }

    private func show(_ uses: [(file: String, use: KeyUse)], _ ring: KeyRing, _ console: Console) {
        var table = Table(columns: [
            Table.Column(title: "FILE", shrinks: true), Table.Column(title: "SEALED SECRET", shrinks: true),
            Table.Column(title: "VALUE", shrinks: true), Table.Column(title: "KEY"),
        ])
        for (file, use) in uses {
            let key: Table.Cell
            switch use.finding {
            case .opened(let name, isCurrent: true): key = Table.Cell(name, .good)
            case .opened(let name, isCurrent: false): key = Table.Cell("\(name) (older)", .warning)
            case .failed(let failure): key = Table.Cell("none: \(failure.reason)", .bad)
            }
            let name = use.object.namespace.map { "\($0)/\(use.object.name)" } ?? use.object.name
            table.rows.append([Table.Cell(file), Table.Cell(name), Table.Cell(use.item), key])
        }
        if !table.rows.isEmpty { console.output.print(table.lines(width: console.width)) }
        for key in ring.keys {
            let count = uses.count {
                if case .opened(by: key.name, isCurrent: _) = $0.use.finding { true } else { false }
            }
            console.error.print(
                InkedLine(
                    "\(key.name): \(Spans.count(count, "value"))"
                        + (key.name == ring.current?.name ? ", seals now" : "")))
        }
    }

    private static func document(_ file: String, _ use: KeyUse) -> Value {
        var members: [(String, Value?)] =
            [("file", .string(file))] + Documents.reference(use.object) + [("value", .string(use.item))]
        switch use.finding {
        case .opened(let key, let isCurrent): members += [("key", .string(key)), ("current", .bool(isCurrent))]
        case .failed(let failure): members.append(("failure", .string(failure.reason)))
        }
        return Documents.object(members)
    }
}
