// The data of generated ConfigMaps and Secrets: literals, files and environment files.

import Manifest

/// One entry of generated data.
struct KeyedData {
    var key: String
    var bytes: [UInt8]
}

struct KeyValueSources {
    let loader: Loader
    let root: Root

    /// Environment files first, then literals, then files; a key may come once.
    func load(_ entry: GeneratorEntry) throws(TransformFailure) -> [KeyedData] {
        var data: [(pair: KeyedData, location: SourceLocation)] = []
        var problems: [Diagnostic] = []
        for source in entry.environmentFiles {
            do throws(TransformFailure) {
                data += try environment(source).map { ($0, source.location) }
            } catch {
                problems += error.diagnostics
            }
        }
        for source in entry.literals {
            do throws(TransformFailure) {
                data.append((try Self.literal(source), source.location))
            } catch {
                problems += error.diagnostics
            }
        }
        for source in entry.files {
            do throws(TransformFailure) {
                data.append((try file(source), source.location))
            } catch {
                problems += error.diagnostics
            }
        }
        var seen: Set<String> = []
        for (pair, location) in data where !seen.insert(pair.key).inserted {
            problems.append(.error("`\(entry.name)` has the key `\(pair.key)` twice", at: location))
        }
        if !problems.isEmpty { throw TransformFailure(problems) }
        return data.map(\.pair)
    }

    private static func literal(_ source: Located<String>) throws(TransformFailure) -> KeyedData {
        let text = source.value
        guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")), equals != text.utf8.startIndex else {
            // The text may be a secret; it is not repeated.
            throw TransformFailure("a literal is written `key=value`", at: source.location)
        }
        var value = Array(text[text.index(after: equals)...].utf8)
        if value.count >= 2, let first = value.first, first == value.last,
            first == UInt8(ascii: "'") || first == UInt8(ascii: "\"")
        {
            value = Array(value.dropFirst().dropLast())
        }
        return KeyedData(key: String(text[..<equals]), bytes: value)
    }

    private func file(_ source: Located<String>) throws(TransformFailure) -> KeyedData {
        let parts = source.value.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
        switch parts.count {
        case 1: return KeyedData(key: TreePath.base(parts[0]), bytes: try read(parts[0], source.location))
        case 2:
            if parts[0].isEmpty {
                throw TransformFailure("the key is missing in `\(source.value)`", at: source.location)
            }
            if parts[1].isEmpty {
                throw TransformFailure("the path is missing in `\(source.value)`", at: source.location)
            }
            return KeyedData(key: parts[0], bytes: try read(parts[1], source.location))
        default:
            throw TransformFailure(
                "neither the key nor the path of a file may contain `=`: `\(source.value)`", at: source.location)
        }
    }

    private func read(_ path: String, _ location: SourceLocation) throws(TransformFailure) -> [UInt8] {
        do throws(LoadFailure) {
            return try loader.file(path, from: root).bytes
        } catch {
            throw TransformFailure(error.reason, at: location, cure: error.cure)
        }
    }

    private func environment(_ source: Located<String>) throws(TransformFailure) -> [KeyedData] {
        let bytes = try read(source.value, source.location)
        return try Self.environment(bytes, source)
    }

    /// Lines `key=value`, or `key` alone for an empty value; blank lines and lines that begin with `#` are skipped.
    static func environment(_ bytes: [UInt8], _ source: Located<String>) throws(TransformFailure) -> [KeyedData] {
        var data: [KeyedData] = []
        var isFirst = true
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            // The reference's scanner gives up, without a word, on a line that does not fit its buffer.
            if line.count > 65_535 { break }
            var line = line
            if isFirst, line.starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }
            isFirst = false
            if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
            guard let text = String(validating: line, as: UTF8.self) else {
                throw TransformFailure("`\(source.value)` is not valid UTF-8", at: source.location)
            }
            let trimmed = text.unicodeScalars.drop { $0.properties.isWhitespace }
            if trimmed.isEmpty || trimmed.first == "#" { continue }
            let key = trimmed.prefix { $0 != "=" }
            let value = trimmed.dropFirst(key.count + 1)
            if key.isEmpty { throw TransformFailure("`\(source.value)` has a line without a key", at: source.location) }
            data.append(KeyedData(key: String(key), bytes: Array(String(value).utf8)))
        }
        return data
    }
}
