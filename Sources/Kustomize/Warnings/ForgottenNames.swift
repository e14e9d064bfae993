// A patch that takes all annotations of an object away. The reference keeps its notes there: earlier names, prefixes
// and suffixes, the origin, and whether the name wants a content hash. They go too, and nothing finds the object any
// more.

import Manifest

extension Value {
    /// Whether a strategic merge of this patch leaves none of the annotations that were there.
    var removesAllAnnotations: Bool {
        guard let metadata = self["metadata"] else { return false }
        func isReplaced(_ value: Value) -> Bool { ["replace", "delete"].contains(value["$patch"]?.text) }
        if isReplaced(metadata) { return true }
        guard let annotations = metadata["annotations"] else { return false }
        return annotations.isNull || isReplaced(annotations)
    }
}

extension Resource {
    /// Whether something would be lost with the notes that the user sees in the output.
    var hasNames: Bool { needsHash || !earlier.isEmpty }

    /// To be called where the reference loses its notes.
    mutating func forgetNotes() {
        earlier = []
        prefixes = []
        suffixes = []
        needsHash = false
        isHelmGenerated = false
        provenance = nil
    }
}

extension DiagnosticCollector {
    func reportForgottenNames(of id: ResourceID, at location: SourceLocation) {
        report(
            .warning(
                "patch of \(id): with all annotations the build forgets the object's earlier names, and references to it "
                    + "are not brought up to date",
                at: location, cure: "remove single annotations, as in `name: null`", rule: "names-forgotten"))
    }
}
