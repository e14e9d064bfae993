// A Git tree: one directory listing, parsed from its raw bytes.

/// What an entry of a tree is; the file modes that Git knows.
package enum EntryMode: Sendable, Hashable {
    case file
    case executable
    case symlink
    case directory
    case submodule

    /// From the octal mode. Old trees hold group-writable files (100664), so a file is told by its type bits alone.
    init?(octal mode: UInt32) {
        switch mode & 0o170000 {
        case 0o100000: self = mode & 0o100 != 0 ? .executable : .file
        case 0o120000: self = .symlink
        case 0o040000: self = .directory
        case 0o160000: self = .submodule
        default: return nil
        }
    }
}

/// One name in a directory, with the object that it stands for.
package struct TreeEntry: Sendable, Hashable {
    package let name: String
    package let mode: EntryMode
    /// The blob, the tree, or a submodule's commit.
    package let oid: ObjectID

    package init(name: String, mode: EntryMode, oid: ObjectID) {
        self.name = name
        self.mode = mode
        self.oid = oid
    }
}

/// The entries of one tree object, in Git's order: by bytes, a directory as though its name ended in `/`.
struct TreeObject: Sendable {
    let entries: [TreeEntry]

    /// The raw format is a sequence of `<octal mode> SP <name> NUL <20 bytes of id>` (Git, "gitformat-pack" and
    /// `tree.c`). Nil when the bytes are not that, or a name could mean a path (`/` inside, empty, `.`, `..`).
    init?(raw bytes: UnsafeRawBufferPointer) {
        var entries: [TreeEntry] = []
        entries.reserveCapacity(bytes.count / 40)
        var position = 0
        while position < bytes.count {
            var mode: UInt32 = 0
            var digits = 0
            while position < bytes.count, bytes[position] != UInt8(ascii: " ") {
                let digit = bytes[position] &- UInt8(ascii: "0")
                guard digit < 8, digits < 7 else { return nil }
                mode = mode << 3 | UInt32(digit)
                digits += 1
                position += 1
            }
            position += 1
            let start = position
            while position < bytes.count, bytes[position] != 0 {
                guard bytes[position] != UInt8(ascii: "/") else { return nil }
                position += 1
            }
            let name = UnsafeRawBufferPointer(rebasing: bytes[min(start, bytes.count)..<min(position, bytes.count)])
            position += 1
            guard digits > 0, !name.isEmpty, position <= bytes.count,
                let mode = EntryMode(octal: mode),
                let oid = ObjectID(bytes: UnsafeRawBufferPointer(rebasing: bytes[position...]))
            else { return nil }
            let text = String(decoding: name, as: UTF8.self)
            guard text != ".", text != ".." else { return nil }
            entries.append(TreeEntry(name: text, mode: mode, oid: oid))
            position += ObjectID.byteCount
        }
        self.entries = entries
    }

    /// The entry of exactly these bytes. Git's order depends on what an entry is, so a name is sought twice.
    func entry(named name: String) -> TreeEntry? {
        search(name, asDirectory: false) ?? search(name, asDirectory: true)
    }

    private func search(_ name: String, asDirectory: Bool) -> TreeEntry? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            let entry = entries[middle]
            let order = Self.order(
                entry.name, isDirectory: entry.mode == .directory, before: name, isDirectory: asDirectory)
            if order == 0 { return entry }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    /// Negative, zero or positive, as `base_name_compare` of Git orders two entries.
    static func order(
        _ left: String, isDirectory leftIsDirectory: Bool, before right: String, isDirectory rightIsDirectory: Bool
    ) -> Int {
        let slash = Int(UInt8(ascii: "/"))
        var leftBytes = left.utf8.makeIterator()
        var rightBytes = right.utf8.makeIterator()
        while true {
            switch (leftBytes.next(), rightBytes.next()) {
            case (let l?, let r?):
                if l != r { return Int(l) - Int(r) }
            case (let l?, nil):
                // A longer name differs from a directory's implied slash, or outlasts it.
                let order = Int(l) - (rightIsDirectory ? slash : 0)
                return order == 0 ? 1 : order
            case (nil, let r?):
                let order = (leftIsDirectory ? slash : 0) - Int(r)
                return order == 0 ? -1 : order
            case (nil, nil):
                return (leftIsDirectory ? slash : 0) - (rightIsDirectory ? slash : 0)
            }
        }
    }
}
