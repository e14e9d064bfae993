// Renders that outlive their process: what was read and what came of it, one file for each overlay in the cache folder,
// so that the next sync of a commit which changes none of it renders nothing.

import FoundationEssentials
import Kustomize
import LocalFiles
import Manifest
import SyncHistory

#if canImport(Glibc)
    import Glibc
#endif

/// A finished render, and what it depends on.
struct KeptRender: Sendable {
    var readSet: ReadSet
    var objects: [KubernetesObject]
    /// Warnings.
    var diagnostics: [Diagnostic]
}

/// A render as it is kept between two looks at it: what it depends on at hand, and what came of it as text, which is a
/// fraction of what it needs as values.
struct PackedRender: Sendable {
    let readSet: ReadSet
    private let text: [UInt8]

    init(_ render: KeptRender) {
        readSet = render.readSet
        text = JSON.write(render.outcome)
    }

    /// The render again; nil where the text cannot be read.
    func unpacked() -> KeptRender? {
        guard let value = try? JSON.read(text) else { return nil }
        return KeptRender(readSet: readSet, outcome: value)
    }
}

/// The renders of one cache folder.
///
/// Values of Secrets never reach a disk, and a render without them could not be planned with: one that holds a Secret
/// in the open is not kept here, and is rendered anew by each process. (One that lives longer remembers it all the
/// same.)
package struct RenderStore: Sendable {
    private let folder: String
    /// Which program and which options made the renders; others' are not believed.
    private let stamp: String

    package init(cacheFolder: String, stamp: String) {
        folder = cacheFolder + "/renders"
        self.stamp = stamp
    }

    /// Names the running program by its file: another build of it may render otherwise.
    package static func stampOfThisProgram() -> String {
        var status = stat()
        guard stat("/proc/self/exe", &status) == 0 else { return "\(getpid())" }
        // The members of a timespec are not visible everywhere: release builds of Swift 6.3 find them in a private
        // module.
        let modified = withUnsafeBytes(of: status.st_mtim) { SHA256.hexadecimal($0) }
        return "\(status.st_dev) \(status.st_ino) \(status.st_size) \(modified)"
    }

    /// The address of a repository may hold a password: a file is named for its digest.
    private func file(_ repository: String, _ path: String) -> String {
        folder + "/" + SHA256.hex(Array("\(repository)\n\(path)".utf8)) + ".json"
    }

    /// The last render of an overlay; nil when there is none that can be read.
    func load(repository: String, path: String) -> KeptRender? {
        guard let data = FileManager.default.contents(atPath: file(repository, path)),
            let value = try? JSON.read([UInt8](data)), value["stamp"]?.string == stamp
        else { return nil }
        return KeptRender(value)
    }

    /// Keeps a render instead of the one before. A cache that cannot be written makes the next sync slower, and nothing
    /// else.
    func save(_ render: KeptRender, repository: String, path: String) {
        let file = file(repository, path)
        guard render.isFitForDisk else {
            unlink(file)
            return
        }
        var value = render.value
        value["stamp"] = .string(stamp)
        do throws(FileError) {
            try PrivateFolder.create(folder)
            try WholeFile.replace(file, with: JSON.write(value))
        } catch {
            unlink(file)
        }
    }
}

extension KeptRender {
    /// No Secret's values, and nothing from elsewhere that may mean something else tomorrow.
    fileprivate var isFitForDisk: Bool { !objects.contains(where: \.isOpenSecret) && readSet.isPinned }

    fileprivate init?(_ value: Value) {
        // Every build reads a kustomization at least.
        guard let reads = value["reads"], reads["files"]?.isEmpty == false else { return nil }
        func texts(_ value: Value?) -> [String: String] {
            Dictionary((value?.object?.entries ?? []).map { ($0.key, $0.value.string ?? "") }) { $1 }
        }
        func names(_ value: Value?) -> [String] { value?.array?.compactMap(\.string) ?? [] }
        let readSet = ReadSet(
            files: texts(reads["files"]), links: Set(names(reads["links"])),
            listings: Dictionary((reads["listings"]?.object?.entries ?? []).map { ($0.key, names($0.value)) }) { $1 },
            misses: Set(names(reads["misses"])), directories: Set(names(reads["directories"])),
            remotes: texts(reads["remotes"]))
        self.init(readSet: readSet, outcome: value)
    }

    /// - Parameter value: the objects and the findings, as `outcome` has them.
    fileprivate init?(readSet: ReadSet, outcome value: Value) {
        guard let objects = value["objects"]?.array, objects.allSatisfy({ $0["object"]?.object != nil }) else {
            return nil
        }
        self.readSet = readSet
        self.objects = objects.map {
            KubernetesObject($0["object"] ?? .null, origin: SourceLocation(kept: $0))
        }
        diagnostics = (value["diagnostics"]?.array ?? []).map { item in
            Diagnostic(
                item["severity"]?.string.flatMap(Diagnostic.Severity.init(rawValue:)) ?? .warning,
                item["message"]?.string ?? "", at: SourceLocation(kept: item), cure: item["cure"]?.string,
                rule: item["rule"]?.string)
        }
    }

    fileprivate var value: Value {
        func map(_ texts: [String: String]) -> Value {
            .object(
                Object(
                    entries: texts.sorted { $0.key < $1.key }.map {
                        Object.Entry(key: $0.key, value: .string($0.value))
                    }))
        }
        func list(_ names: some Sequence<String>) -> Value { .array(names.map(Value.string)) }
        let listings = readSet.listings.sorted { $0.key < $1.key }
        let reads: Value = [
            "files": map(readSet.files), "links": list(readSet.links.sorted()),
            "listings": .object(Object(entries: listings.map { Object.Entry(key: $0.key, value: list($0.value)) })),
            "misses": list(readSet.misses.sorted()), "directories": list(readSet.directories.sorted()),
            "remotes": map(readSet.remotes),
        ]
        var value = outcome
        value["reads"] = reads
        return value
    }

    /// What came of the build.
    fileprivate var outcome: Value {
        [
            "objects": .array(
                objects.map { object in
                    var item = object.origin?.kept ?? Object()
                    item["object"] = object.value
                    return .object(item)
                }),
            "diagnostics": .array(
                diagnostics.map { diagnostic in
                    var item = diagnostic.location?.kept ?? Object()
                    item["severity"] = .string(diagnostic.severity.rawValue)
                    item["message"] = .string(diagnostic.message)
                    item["cure"] = diagnostic.cure.map(Value.string)
                    item["rule"] = diagnostic.rule.map(Value.string)
                    return .object(item)
                }),
        ]
    }
}

extension SourceLocation {
    /// Without the commit: the next one has the same file, or the render is not reused.
    fileprivate var kept: Object {
        ["file": .string(file), "line": .int(position.line), "column": .int(position.column)]
    }

    fileprivate init?(kept value: Value) {
        guard let file = value["file"]?.string else { return nil }
        let line = value["line"]?.int ?? 0
        self.init(
            file: file, position: line > 0 ? SourcePosition(line: line, column: value["column"]?.int ?? 1) : .unknown)
    }
}
