// `vars`: values of fields that are written as `$(NAME)` into other fields. Deprecated, and still about.

import Manifest

struct Variables {
    private let entries: [VariableEntry]

    init(_ entries: [VariableEntry]) { self.entries = entries }

    /// Marks the resource that a variable is read from, whatever it may be called later.
    static func attach(_ variable: VariableEntry, to list: inout ResourceList, _ scopes: KindScopes)
        throws(TransformFailure)
    {
        let isClusterScoped = scopes.isClusterScoped(
            apiVersion: GroupVersionKind(group: variable.type.group, version: variable.type.version, kind: "")
                .apiVersion,
            kind: variable.type.kind)
        var matches: [Int] = []
        for index in list.indices {
            let matching = list[index].allIDs.contains { id in
                guard id.group == variable.type.group, id.version == variable.type.version,
                    id.kind == variable.type.kind,
                    id.name == variable.objectName
                else { return false }
                if isClusterScoped { return id.isClusterScoped }
                return variable.namespace.isEmpty || id.namespace == variable.namespace
            }
            if matching { matches.append(index) }
        }
        if matches.count > 1 {
            throw TransformFailure(
                "variable `\(variable.name)` may be read from any of \(matches.map { list[$0].id.description }.joined(separator: ", "))",
                at: variable.location, cure: "add `namespace` to its objref")
        }
        if let index = matches.first { list.update(index) { $0.variables.append(variable.name) } }
    }

    /// Replaces every use of a variable.
    func resolve(
        _ list: inout ResourceList, _ configuration: TransformerConfiguration, _ collector: DiagnosticCollector
    ) throws(TransformFailure) {
        if entries.isEmpty { return }
        var values: [String: Scalar] = [:]
        var problems: [Diagnostic] = []
        for entry in entries {
            guard let resource = list.items.first(where: { $0.variables.contains(entry.name) }) else {
                problems.append(
                    .error(
                        "variable `\(entry.name)` is read from \(entry.type.kind) \(entry.objectName), which is not in the build",
                        at: entry.location))
                continue
            }
            guard let value = FieldLookup.find(FieldLookup.split(dotted: entry.fieldPath), in: resource.value) else {
                problems.append(
                    .error(
                        "\(resource.id) has no field `\(entry.fieldPath)` for variable `\(entry.name)`",
                        at: entry.location))
                continue
            }
            if let scalar = value.scalar {
                values[entry.name] = scalar.isNull ? Scalar("null", kind: .string) : scalar
            }
        }
        if !problems.isEmpty { throw TransformFailure(problems) }
        var used: Set<String> = []
        var table = FieldSpecTable(configuration.varReferences)
        for index in list.indices {
            let specs = table.specs(for: list[index].id)
            try list.update(index) { (resource) throws(TransformFailure) in
                for spec in specs {
                    do throws(FieldShapeError) {
                        try spec.apply(to: &resource.value, creation: .never) { (value) throws(FieldShapeError) in
                            try Self.replace(in: &value, values, &used, spec)
                        }
                    } catch {
                        throw TransformFailure(error, resource)
                    }
                    resource.settleSharedNodes()
                }
            }
        }
        for entry in entries where !used.contains(entry.name) {
            collector.report(
                .warning("variable `\(entry.name)` is not used anywhere", at: entry.location, rule: "unused-variable"))
        }
    }

    private static func replace(
        in value: inout Value, _ values: [String: Scalar], _ used: inout Set<String>, _ spec: FieldSpec
    ) throws(FieldShapeError) {
        switch value {
        case .scalar(let scalar):
            if scalar.kind == .string { value = .scalar(expanded(scalar, values, &used)) }
        case .array:
            _ = try value.editArray { (items) throws(FieldShapeError) in
                for index in items.indices {
                    guard let scalar = items[index].scalar, scalar.kind == .string else {
                        throw FieldShapeError(
                            path: spec.path,
                            reason: "variables are replaced in strings only, and this is \(items[index].noun)")
                    }
                    items[index] = .scalar(expanded(scalar, values, &used))
                }
            }
        case .object:
            _ = value.editObject { object in
                for index in object.entries.indices {
                    guard let scalar = object.entries[index].value.scalar, scalar.kind == .string else { continue }
                    object.entries[index].value = .scalar(expanded(scalar, values, &used))
                }
            }
        }
    }

    private static func expanded(_ scalar: Scalar, _ values: [String: Scalar], _ used: inout Set<String>) -> Scalar {
        guard scalar.text.utf8.contains(UInt8(ascii: "$")) else { return scalar }
        var result: [UInt8] = []
        let bytes = Array(scalar.text.utf8)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            guard byte == UInt8(ascii: "$"), index + 1 < bytes.count else {
                result.append(byte)
                index += 1
                continue
            }
            switch bytes[index + 1] {
            case UInt8(ascii: "$"):
                result.append(byte)
                index += 2
            case UInt8(ascii: "("):
                guard let close = bytes[(index + 2)...].firstIndex(of: UInt8(ascii: ")")) else {
                    result += bytes[index..<(index + 2)]
                    index += 2
                    continue
                }
                let name = String(decoding: bytes[(index + 2)..<close], as: UTF8.self)
                if let value = values[name] {
                    used.insert(name)
                    if index == 0, close == bytes.count - 1 {
                        // Alone in the field, the value keeps its type.
                        return Scalar(
                            value.text, kind: value.kind == .timestamp ? .string : value.kind, position: scalar.position
                        ).inPlace(of: scalar)
                    }
                    let text = value.kind == .timestamp ? value.text : value.canonicalText() ?? value.text
                    result += Array(text.utf8)
                } else {
                    result += bytes[index...close]
                }
                index = close + 1
            default:
                result += bytes[index..<(index + 2)]
                index += 2
            }
        }
        return Scalar(String(decoding: result, as: UTF8.self), kind: .string, position: scalar.position).inPlace(
            of: scalar)
    }
}
