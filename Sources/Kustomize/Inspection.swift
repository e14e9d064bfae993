// A build for whoever judges manifests rather than applies them: it goes on where a build would stop, and knows of
// every field where it was written.

package import Manifest

/// What could be made of a kustomization, right or wrong.
package struct Inspection: Sendable {
    /// The objects as far as they could be made, in the order in which a build prints them.
    package var objects: [KubernetesObject] = []
    /// What the build found, errors among it.
    package var diagnostics: [Diagnostic] = []
    /// Whether every input could be read. Where one could not, what is missing may be a consequence.
    package var isComplete = false
    /// The files that were read, as the tree names them.
    package var files: Set<String> = []
    /// The directories that were used or named, those named in vain among them, as the tree names them.
    package var directories: Set<String> = []
    /// Where the values' positions stand in files.
    package var lines = SourceLines()

    init() {}
}

extension KustomizeBuild {
    /// What a pass of an inspection came to.
    package enum InspectionAttempt: Sendable {
        case inspected(Inspection)
        case asks(Set<BuildRequest>)
    }

    /// One pass of an inspection: to the end, or to the questions that have to be answered first.
    ///
    /// - Parameter path: a directory relative to the root of the tree.
    package func inspect(_ path: String, _ answers: BuildAnswers = [:]) -> InspectionAttempt {
        BuildRun(tree: RecordingTree(tree), options: options, answers: answers, trace: LineTrace()).inspect(path)
    }

    /// Inspects a directory, and has its questions answered as they come up.
    ///
    /// - Parameter answer: called once for each question, for several at a time.
    package func inspect(
        _ path: String, answering answer: @escaping @Sendable (BuildRequest) async -> BuildAnswer
    ) async -> Inspection {
        var answers: BuildAnswers = [:]
        for _ in 0..<Self.maximumPasses {
            switch inspect(path, answers) {
            case .inspected(let inspection): return inspection
            case .asks(let requests): answers.merge(await Self.answers(to: requests, by: answer)) { $1 }
            }
        }
        var inspection = Inspection()
        inspection.diagnostics = [Self.endless]
        return inspection
    }
}

extension BuildRun {
    func inspect(_ path: String) -> KustomizeBuild.InspectionAttempt {
        var inspection = Inspection()
        var accumulation = Accumulation()
        let root: Root?
        do throws(DiagnosticsError) {
            root = try self.root(path)
        } catch {
            inspection.diagnostics = error.diagnostics
            return .inspected(inspection)
        }
        guard let root else { return .asks(asked) }
        buildDirectory = root.directory
        if let kustomization = kustomization(root, referredFrom: nil) {
            metadata = Set(kustomization.buildMetadata)
            accumulate(kustomization, root, into: &accumulation)
            if !asked.isEmpty { return .asks(asked) }
            let hadErrors = collector.hasErrors
            let known = collector.diagnostics.count
            finish(&accumulation)
            inspection.objects = print(accumulation.list, kustomization.sortOptions)
            warnOfUnreachedManifests()
            inspection.isComplete = accumulation.isComplete
            // What fails after an error may follow from it.
            inspection.diagnostics =
                collector.diagnostics.prefix(known)
                + collector.diagnostics.dropFirst(known).filter { !hadErrors || $0.severity < .error }
        } else {
            inspection.diagnostics = collector.diagnostics
        }
        inspection.files = tree.files
        inspection.directories = tree.directories.union(
            vainBases.places.filter { $0.root.repository == nil }.map(\.directory))
        inspection.lines = trace?.lines ?? SourceLines()
        return .inspected(inspection)
    }
}
