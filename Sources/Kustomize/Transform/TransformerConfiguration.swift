// The field specifications in force for a kustomization: the defaults, and what `configurations` and `crds` add to
// them.

import Manifest

/// Two field specifications for one path disagree on whether to create the field.
struct ConflictingFieldSpecs: Error {
    var path: String
}

/// Which objects a field refers to, and where such fields stand.
struct NameReference: Sendable {
    var target: TypeFilter
    var referrers: [FieldSpec]
}

struct TransformerConfiguration: Sendable {
    var namePrefix: [FieldSpec] = []
    var nameSuffix: [FieldSpec] = []
    var namespace: [FieldSpec] = []
    var commonLabels: [FieldSpec] = []
    var labels: [FieldSpec] = []
    var templateLabels: [FieldSpec] = []
    var commonAnnotations: [FieldSpec] = []
    var nameReferences: [NameReference] = []
    var varReferences: [FieldSpec] = []
    var images: [FieldSpec] = []
    var replicas: [FieldSpec] = []

    static let defaults: TransformerConfiguration = {
        var configuration = TransformerConfiguration()
        configuration.namePrefix = FieldSpec.table(BuiltInTables.namePrefix)
        configuration.nameSuffix = FieldSpec.table(BuiltInTables.nameSuffix)
        configuration.namespace = FieldSpec.table(BuiltInTables.namespace)
        configuration.commonLabels = FieldSpec.table(BuiltInTables.commonLabels)
        configuration.templateLabels = FieldSpec.table(BuiltInTables.templateLabels)
        configuration.commonAnnotations = FieldSpec.table(BuiltInTables.commonAnnotations)
        configuration.varReferences = FieldSpec.table(BuiltInTables.varReference)
        configuration.images = FieldSpec.table(BuiltInTables.images)
        configuration.replicas = FieldSpec.table(BuiltInTables.replicas)
        for line in BuiltInTables.nameReferences.pieces(at: UInt8(ascii: "\n")) {
            if line.hasPrefix(">") {
                let words = line.dropFirst(2).pieces(at: UInt8(ascii: " ")).map { $0 == "*" ? "" : String($0) }
                configuration.nameReferences.append(
                    NameReference(target: TypeFilter(group: words[0], version: words[1], kind: words[2]), referrers: [])
                )
            } else {
                configuration.nameReferences[configuration.nameReferences.count - 1].referrers.append(
                    FieldSpec(tableLine: line))
            }
        }
        return configuration
    }()

    /// Whether anything was added to the defaults.
    private(set) var isCustom = false

    /// Adds the specifications of another configuration behind these.
    mutating func merge(_ other: TransformerConfiguration) throws(ConflictingFieldSpecs) {
        isCustom = true
        try Self.merge(&namePrefix, other.namePrefix)
        try Self.merge(&nameSuffix, other.nameSuffix)
        try Self.merge(&namespace, other.namespace)
        try Self.merge(&commonLabels, other.commonLabels)
        try Self.merge(&labels, other.labels)
        try Self.merge(&templateLabels, other.templateLabels)
        try Self.merge(&commonAnnotations, other.commonAnnotations)
        try Self.merge(&varReferences, other.varReferences)
        try Self.merge(&images, other.images)
        try Self.merge(&replicas, other.replicas)
        for reference in other.nameReferences {
            if let index = nameReferences.firstIndex(where: { $0.target == reference.target }) {
                try Self.merge(&nameReferences[index].referrers, reference.referrers)
            } else {
                nameReferences.append(reference)
            }
        }
    }

    /// Appends what is not there yet. A specification whose type pattern is broader than one that has the same path is
    /// taken to be there.
    static func merge(_ specs: inout [FieldSpec], _ additions: [FieldSpec]) throws(ConflictingFieldSpecs) {
        for addition in additions {
            if let known = specs.first(where: { $0.path == addition.path && addition.type.selects($0.type) }) {
                if known.create != addition.create { throw ConflictingFieldSpecs(path: addition.path) }
            } else {
                specs.append(addition)
            }
        }
    }

    static func merged(_ specs: [FieldSpec], _ additions: [FieldSpec]) throws(ConflictingFieldSpecs) -> [FieldSpec] {
        var result = specs
        try merge(&result, additions)
        return result
    }
}
