// Files of resources: documents, lists that stand for their items, and the few things that every object must have.

import Manifest

struct ResourceReader {
    let scopes: KindScopes
    /// Whether, and where, values are traced to their files.
    var trace: LineTrace?

    /// The resources of a text, in the order in which the reference has them.
    ///
    /// - Throws: everything that is wrong with the text and with what its objects lack.
    func read(_ bytes: [UInt8], file: String, lineOffset: Int = 0) throws(DiagnosticsError) -> [Resource] {
        var options = YAMLReader.Options.resources
        options.firstLine = lineOffset + 1
        var documents = try YAML.read(bytes, file: file, options: options)
        let shift = trace?.shift(of: bytes, file: file, firstLine: lineOffset + 1) ?? 0
        let hints = SchemaHints(bytes, firstLine: lineOffset + 1 + shift)
        var errors: [Diagnostic] = []
        if documents.count == 1, let items = Self.itemsOfList(documents[0]) {
            documents = items.filter { !$0.isEmpty }
        }
        var pending = documents[...]
        var resources: [Resource] = []
        var expansions = 0
        while var document = pending.popFirst() {
            if document.isEmpty { continue }
            // An object is where its kind is named.
            let kindPosition = document.object?.position(of: "kind") ?? .unknown
            let location = SourceLocation(file: file, position: kindPosition.isKnown ? kindPosition : document.position)
            guard let object = document.object else {
                errors.append(
                    .error(
                        "a resource is an object with apiVersion, kind and metadata, and this is \(document.noun)",
                        at: location))
                continue
            }
            let kind = object["kind"]?.text ?? ""
            if kind.hasSuffix("List"), let items = object["items"] {
                expansions += 1
                guard items.isNull || items.array != nil else {
                    errors.append(.error("`items` of a \(kind) must be a list, not \(items.noun)", at: location))
                    continue
                }
                for item in items.array ?? [] {
                    var copy = item
                    guard JSONPatch.roundTrip(&copy, roundsIntegers: false) else {
                        errors.append(.error("the object holds a number that JSON does not have", at: location))
                        continue
                    }
                    pending.append(copy)
                }
                continue
            }
            if let problem = Self.problem(object, kind) {
                errors.append(.error(problem, at: location, cure: Self.cure(object, kind)))
                continue
            }
            document.moveLines(by: shift)
            var resource = Resource(document, origin: location, scopes: scopes)
            resource.schemaHints = hints
            resources.append(resource)
        }
        if !errors.isEmpty { throw DiagnosticsError(errors) }
        return resources
    }

    /// What an object lacks, nil when it lacks nothing.
    static func problem(_ object: Object, _ kind: String) -> String? {
        guard let kindValue = object["kind"], !kindValue.isNull, !kind.isEmpty else {
            return "the object has no `kind`"
        }
        if kindValue.scalar == nil { return "`kind` must be a string, not \(kindValue.noun)" }
        if kind.hasSuffix("List") { return nil }
        guard let metadata = object["metadata"], !metadata.isNull else { return "\(kind) has no `metadata.name`" }
        if metadata.object == nil { return "`metadata` of \(kind) must be an object, not \(metadata.noun)" }
        guard let name = metadata["name"], !name.isNull, name.text?.isEmpty == false else {
            return "\(kind) has no `metadata.name`"
        }
        return nil
    }

    private static func cure(_ object: Object, _ kind: String) -> String? {
        if object.contains("resources") || object.contains("bases") || object.contains("patches") {
            return "this looks like a kustomization: name its directory rather than the file"
        }
        if kind == "Kustomization" { return "name the directory of a kustomization rather than its file" }
        if object["metadata"]?["generateName"] != nil { return "`generateName` is not enough here: give it a `name`" }
        return nil
    }

    private static func itemsOfList(_ document: Value) -> [Value]? {
        guard let object = document.object, let kind = object["kind"]?.text, kind == "List" || kind == "ResourceList",
            object.contains("items") || object.contains("functionConfig")
        else { return nil }
        return object["items"]?.array ?? []
    }
}
