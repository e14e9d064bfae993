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
        console.output.print(Self.lines(uses, width: console.width))
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

    /// Each file with its sealed secrets below it: what hangs on which key, all values of a secret on one line where
    /// they hang on the same.
    static func lines(_ uses: [(file: String, use: KeyUse)], width: Int) -> [InkedLine] {
        var lines: [InkedLine] = []
        var rest = uses[...]
        while let file = rest.first?.file {
            let ofFile = rest.prefix { $0.file == file }
            rest = rest.dropFirst(ofFile.count)
            var table = Table(columns: [
                Table.Column(title: "", shrinks: true, minimum: 12),
                Table.Column(title: "", shrinks: true, minimum: 10),
                Table.Column(title: "", shrinks: true, minimum: 12),
            ])
            var left = ofFile.map(\.use)[...]
            while let object = left.first?.object {
                let ofObject = left.prefix { $0.object == object }
                left = left.dropFirst(ofObject.count)
                let name = object.namespace.map { "\($0)/\(object.name)" } ?? object.name
                var told: Set<KeyUse.Finding> = []
                for finding in ofObject.map(\.finding) where told.insert(finding).inserted {
                    let values = ofObject.filter { $0.finding == finding }.map(\.item)
                    let isAll = values.count == ofObject.count && values.count > 1
                    table.rows.append([
                        Table.Cell("  " + name),
                        Table.Cell(isAll ? Spans.count(values.count, "value") : values.joined(separator: ", ")),
                        cell(finding),
                    ])
                }
            }
            lines += [InkedLine(file, .strong).clipped(to: width)] + table.lines(width: width)
        }
        return lines
    }

    private static func cell(_ finding: KeyUse.Finding) -> Table.Cell {
        switch finding {
        case .opened(_, isCurrent: true): Table.Cell("newest key", .good)
        case .opened(let name, isCurrent: false): Table.Cell("older key \(name)", .warning)
        case .failed(let failure): Table.Cell("not opened: \(failure.reason)", .bad)
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
