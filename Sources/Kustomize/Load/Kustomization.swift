// A kustomization file as a value: every field of v1beta1 and of Component, each with its place.

import Manifest

/// A value and where it was written.
struct Located<Wrapped> {
    var value: Wrapped
    var location: SourceLocation
    /// A text in block style, which begins on the line below its place.
    var isBlock = false
}

extension Located: Sendable where Wrapped: Sendable {}

struct Kustomization: Sendable {
    /// `Kustomization` or `Component`.
    var kind = "Kustomization"
    var location: SourceLocation
    /// The file, as the tree names it.
    var path: String

    var resources: [Located<String>] = []
    var components: [Located<String>] = []
    var crds: [Located<String>] = []
    var configurations: [Located<String>] = []
    var generators: [Located<String>] = []
    var transformers: [Located<String>] = []
    var validators: [Located<String>] = []

    var namePrefix: Located<String>?
    var nameSuffix: Located<String>?
    var namespace: Located<String>?
    var commonLabels: Located<[String: String]>?
    /// Where each of the common labels stands.
    var commonLabelLocations: [String: SourceLocation] = [:]
    var commonAnnotations: Located<[String: String]>?
    var labels: [LabelSet] = []

    var patchesStrategicMerge: [Located<String>] = []
    var patchesJson6902: [PatchEntry] = []
    var patches: [PatchEntry] = []

    var images: [ImageEntry] = []
    var replicas: [ReplicasTransformer.Entry] = []
    var replacements: [Located<Value>] = []
    var variables: [VariableEntry] = []
    var sortOptions: SortOptions?

    var configMapGenerators: [GeneratorEntry] = []
    var secretGenerators: [GeneratorEntry] = []
    var generatorOptions: GeneratorEntry.Options?
    var helmCharts: [ChartEntry] = []

    var buildMetadata: [String] = []
    var openAPI: Located<[String: String]>?

    init(location: SourceLocation, path: String) {
        self.location = location
        self.path = path
    }
}

struct LabelSet: Sendable {
    var pairs: [String: String]
    var includeSelectors: Bool
    var includeTemplates: Bool
    var fields: [FieldSpec]
    var location: SourceLocation
    /// Where each of the pairs stands.
    var pairLocations: [String: SourceLocation]
}

struct PatchEntry: Sendable {
    var path: Located<String>?
    var patch: Located<String>?
    var target: SelectorFields?
    var allowsNameChange = false
    var allowsKindChange = false
    var location: SourceLocation
}

struct ImageEntry: Sendable {
    var name: String
    var newName: String
    var newTag: String
    var tagSuffix: String
    var digest: String
    var location: SourceLocation
}

struct VariableEntry: Sendable {
    var name: String
    var apiVersion: String
    var type: TypeFilter
    var objectName: String
    var namespace: String
    var fieldPath: String
    var location: SourceLocation
}

struct GeneratorEntry: Sendable {
    struct Options: Sendable {
        var labels: [String: String] = [:]
        var annotations: [String: String] = [:]
        var disablesNameSuffixHash = false
        var isImmutable = false

        /// These options over those of the whole kustomization: local keys win, either side can switch something on.
        func merged(over shared: Options?) -> Options {
            guard let shared else { return self }
            return Options(
                labels: shared.labels.merging(labels) { $1 },
                annotations: shared.annotations.merging(annotations) { $1 },
                disablesNameSuffixHash: disablesNameSuffixHash || shared.disablesNameSuffixHash,
                isImmutable: isImmutable || shared.isImmutable)
        }
    }

    var name: String
    var namespace: String
    var behavior: String
    var literals: [Located<String>]
    var files: [Located<String>]
    var environmentFiles: [Located<String>]
    var options: Options
    /// Secrets only.
    var type: String
    var location: SourceLocation
}

struct SortOptions: Sendable {
    var order: String
    var orderFirst: [String]?
    var orderLast: [String]?
    var location: SourceLocation
}
