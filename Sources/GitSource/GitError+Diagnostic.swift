// A Git error in the form that all stages report.

package import Manifest

extension GitError {
    /// The error as a diagnostic: a path in the tree becomes its location, the repository stands in the sentence.
    package var diagnostic: Diagnostic {
        guard let path else {
            return .error(subject.map { "\($0): \(message)" } ?? message, cure: cure)
        }
        let location = SourceLocation(file: path, commit: revision)
        return .error(repository.map { "\(message) (in \($0))" } ?? message, at: location, cure: cure)
    }
}
