// Why a transformer could not do its work, in the user's words; the build puts the place of the configuration to it.

import Manifest

/// One or more findings of a transformer.
struct TransformFailure: Error {
    var diagnostics: [Diagnostic]

    init(_ message: String, at location: SourceLocation? = nil, cure: String? = nil) {
        diagnostics = [.error(message, at: location, cure: cure)]
    }

    init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }

    init(_ error: FieldShapeError, _ resource: Resource) {
        self.init("field `\(error.path)` of \(resource.id): \(error.reason)", at: resource.origin)
    }

    /// The same findings, placed where they have no place of their own.
    func located(at location: SourceLocation?) -> [Diagnostic] {
        diagnostics.map { diagnostic in
            var diagnostic = diagnostic
            diagnostic.location = diagnostic.location ?? location
            return diagnostic
        }
    }
}
