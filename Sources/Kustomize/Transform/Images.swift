// `images`: names, tags and digests of container images replaced wherever images stand.

import Manifest

struct ImagesTransformer {
    var images: [ImageReplacement]
    var specs: [FieldSpec]

    func transform(_ list: inout ResourceList) throws(TransformFailure) {
        var table = FieldSpecTable(specs)
        for index in list.indices where list[index].id.kind != "CustomResourceDefinition" {
            let matching = table.specs(for: list[index].id)
            do throws(FieldShapeError) {
                try list.updateKeepingIdentity(index) { (value) throws(FieldShapeError) in
                    // Each image is seen twice, first by a walk over the whole object and then by the specifications,
                    // as in the reference: a `tagSuffix` is therefore added twice.
                    var containers: [[Int]] = []
                    Self.findContainerLists(value, at: [], &containers)
                    for index in images.indices {
                        for path in containers {
                            try Self.edit(path[...], &value) { (list) throws(FieldShapeError) in
                                _ = try list.editArray { (items) throws(FieldShapeError) in
                                    for element in items.indices {
                                        try Self.replace(inContainer: &items[element], images[index])
                                    }
                                }
                            }
                        }
                        for spec in matching {
                            try spec.apply(to: &value, creation: .never) { (value) throws(FieldShapeError) in
                                try Self.replace(&value, images[index], spec.path)
                            }
                        }
                    }
                }
            } catch {
                throw TransformFailure(error, list[index])
            }
        }
    }

    private static func isContainerList(_ key: String) -> Bool { key == "containers" || key == "initContainers" }

    /// Where the lists of containers stand: for each the indices of entries and elements on the way, inner lists before
    /// outer ones.
    private static func findContainerLists(_ value: Value, at path: [Int], _ found: inout [[Int]]) {
        switch value {
        case .scalar: return
        case .array(let items):
            for index in items.indices where items[index].scalar == nil {
                findContainerLists(items[index], at: path + [index], &found)
            }
        case .object(let object):
            for index in object.entries.indices where object.entries[index].value.scalar == nil {
                findContainerLists(object.entries[index].value, at: path + [index], &found)
                if case .array = object.entries[index].value, isContainerList(object.entries[index].key) {
                    found.append(path + [index])
                }
            }
        }
    }

    private static func edit(
        _ path: ArraySlice<Int>, _ value: inout Value, _ body: (inout Value) throws(FieldShapeError) -> Void
    ) throws(FieldShapeError) {
        guard let index = path.first else { return try body(&value) }
        let done: Void? = try value.editArray { (items) throws(FieldShapeError) in
            try edit(path.dropFirst(), &items[index], body)
        }
        if done != nil { return }
        _ = try value.editObject { (object) throws(FieldShapeError) in
            try edit(path.dropFirst(), &object.entries[index].value, body)
        }
    }

    private static func replace(inContainer value: inout Value, _ image: ImageReplacement) throws(FieldShapeError) {
        if value.isNull { return }
        let done: Void? = try value.editObject { (container) throws(FieldShapeError) in
            _ = try container.edit("image") { (value) throws(FieldShapeError) in
                try replace(&value, image, "containers/image")
            }
        }
        if done == nil {
            throw FieldShapeError(path: "containers", reason: "a container is an object, not \(value.noun)")
        }
    }

    private static func replace(_ value: inout Value, _ image: ImageReplacement, _ path: String) throws(FieldShapeError)
    {
        if value.scalar == nil { throw FieldShapeError(path: path, reason: "an image is a string, not \(value.noun)") }
        guard let scalar = value.scalar, !scalar.isNull, let text = image.replacement(for: scalar.text),
            text != scalar.text
        else { return }
        value.overwrite(text, kind: nil)
    }
}

/// One entry of `images`.
struct ImageReplacement: Sendable {
    let name: String
    let newName: String
    let newTag: String
    let tagSuffix: String
    let digest: String
    private let pattern: RegularExpression
    /// The name where it has no operator but the dot, which stands for any character.
    private let plainName: [UInt8]?

    /// The name is a regular expression, dots and all.
    init(name: String, newName: String = "", newTag: String = "", tagSuffix: String = "", digest: String = "")
        throws(PatternError)
    {
        self.name = name
        self.newName = newName
        self.newTag = newTag
        self.tagSuffix = tagSuffix
        self.digest = digest
        let operators = Set("\\^$|?*+()[]{}".utf8)
        plainName = name.utf8.contains { operators.contains($0) || $0 >= 0x80 } ? nil : Array(name.utf8)
        pattern = try RegularExpression("^\(name)(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$")
    }

    /// The image to write instead, nil for an image of another name.
    func replacement(for image: String) -> String? {
        guard plainName.map({ Self.isImage(image, named: $0) }) ?? pattern.matches(image) else { return nil }
        var (name, tag, digest) = Self.split(image)
        if !newName.isEmpty { name = newName }
        switch (newTag.isEmpty, self.digest.isEmpty) {
        case (false, false): (tag, digest) = (newTag, self.digest)
        case (false, true): (tag, digest) = (newTag, "")
        case (true, false): (tag, digest) = ("", self.digest)
        case (true, true): if !tagSuffix.isEmpty { (tag, digest) = (tag + tagSuffix, "") }
        }
        return name + (tag.isEmpty ? "" : ":" + tag) + (digest.isEmpty ? "" : "@" + digest)
    }

    /// What the pattern says, for a name without operators, byte by byte.
    private static func isImage(_ image: String, named name: [UInt8]) -> Bool {
        let bytes = image.utf8
        var rest = bytes[...]
        for expected in name {
            guard let byte = rest.popFirst(), byte < 0x80, byte == expected || expected == UInt8(ascii: "."), byte != 10
            else { return false }
        }
        func skipWord() {
            while let byte = rest.first, isWord(byte) { rest.removeFirst() }
        }
        func isWord(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "{"), UInt8(ascii: "}"):
                return true
            default: return false
            }
        }
        if rest.first == UInt8(ascii: ":") {
            rest.removeFirst()
            skipWord()
        }
        if rest.starts(with: Array("@sha256:".utf8)) {
            rest.removeFirst(8)
            skipWord()
        }
        return rest.isEmpty
    }

    /// Name, tag and digest. A colon before the first slash belongs to a registry's port.
    static func split(_ image: String) -> (name: String, tag: String, digest: String) {
        let bytes = image.utf8
        var start = bytes.startIndex
        if let slash = bytes.firstIndex(of: UInt8(ascii: "/")), slash != bytes.startIndex { start = slash }
        let colon = bytes[start...].firstIndex(of: UInt8(ascii: ":"))
        let at = bytes[start...].firstIndex(of: UInt8(ascii: "@"))
        switch (colon, at) {
        case (nil, nil): return (image, "", "")
        case (let colon?, nil): return (String(image[..<colon]), String(image[bytes.index(after: colon)...]), "")
        case (nil, let at?): return (String(image[..<at]), "", String(image[bytes.index(after: at)...]))
        case (let colon?, let at?):
            if at < colon { return (String(image[..<at]), "", String(image[bytes.index(after: at)...])) }
            return (
                String(image[..<colon]), String(image[bytes.index(after: colon)..<at]),
                String(image[bytes.index(after: at)...])
            )
        }
    }
}
