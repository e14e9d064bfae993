// A Git commit and an annotated tag, parsed from their raw bytes.

/// Who did something and when.
package struct Signature: Sendable, Hashable {
    package let name: String
    package let email: String
    /// Seconds since 1970, in UTC.
    package let seconds: Int64
    /// Minutes east of UTC where it was done.
    package let offset: Int

    /// From the text `Name <email> seconds ±hhmm`; what is missing or mangled becomes empty or zero, as Git does.
    init(_ text: Substring) {
        let open = text.lastIndex(of: "<")
        let close = text.lastIndex(of: ">")
        name = open.map { Self.trim(text[..<$0]) } ?? Self.trim(text)
        var email = ""
        var rest: Substring = ""
        if let open, let close, open < close {
            email = Self.trim(text[text.index(after: open)..<close])
            rest = text[text.index(after: close)...]
        }
        self.email = email
        let fields = rest.split(separator: " ")
        seconds = fields.first.flatMap { Int64($0) } ?? 0
        let zone = fields.dropFirst().first.flatMap { Int($0) } ?? 0
        offset = zone / 100 * 60 + zone % 100
    }

    private static func trim(_ text: Substring) -> String {
        var text = text
        while text.last == " " { text.removeLast() }
        while text.first == " " { text.removeFirst() }
        return String(text)
    }
}

/// What a commit says of itself.
struct CommitObject: Sendable {
    let tree: ObjectID
    let parents: [ObjectID]
    let author: Signature
    let committer: Signature
    let message: String

    /// Nil when the bytes hold no tree line.
    init?(raw bytes: UnsafeRawBufferPointer) {
        let headers = ObjectHeaders(raw: bytes)
        guard let tree = headers.first("tree").flatMap({ ObjectID($0) }) else { return nil }
        self.tree = tree
        parents = headers.lines.lazy.filter { $0.key == "parent" }.compactMap { ObjectID($0.value) }
        author = Signature(headers.first("author") ?? "")
        committer = Signature(headers.first("committer") ?? "")
        message = headers.message
    }

    /// The message's first paragraph on one line, as `git log --format=%s` shows it.
    var subject: String {
        var lines: [Substring] = []
        for line in message.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.allSatisfy(\.isWhitespace) {
                if lines.isEmpty { continue }
                break
            }
            lines.append(line)
        }
        return lines.joined(separator: " ")
    }
}

/// An annotated tag: the object that it stands for.
struct TagObject: Sendable {
    let target: ObjectID

    init?(raw bytes: UnsafeRawBufferPointer) {
        guard let target = ObjectHeaders(raw: bytes).first("object").flatMap({ ObjectID($0) }) else { return nil }
        self.target = target
    }
}

/// The shape that commits and tags share: `key SP value` lines, an empty line, the message. Bytes that are not UTF-8
/// are shown as replacement characters.
private struct ObjectHeaders {
    var lines: [(key: Substring, value: Substring)] = []
    var message = ""

    init(raw bytes: UnsafeRawBufferPointer) {
        let text = String(decoding: bytes, as: UTF8.self)
        var position = text.startIndex
        while position < text.endIndex {
            let end = text.utf8[position...].firstIndex(of: UInt8(ascii: "\n")) ?? text.endIndex
            let line = text[position..<end]
            position = end == text.endIndex ? end : text.utf8.index(after: end)
            if line.isEmpty {
                message = String(text[position...])
                return
            }
            // A line that begins with a space continues the one before (signatures); nothing here needs those.
            guard let space = line.utf8.firstIndex(of: UInt8(ascii: " ")), space > line.startIndex else { continue }
            lines.append((line[..<space], line[line.utf8.index(after: space)...]))
        }
    }

    func first(_ key: Substring) -> Substring? {
        lines.first { $0.key == key }?.value
    }
}
