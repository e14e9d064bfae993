// A build: from a directory with a kustomization to the objects that it stands for. Pure but for the tree that it
// reads: no clock, no network, no state outside of one call.

package import Manifest

/// Builds kustomizations of one tree. Any number of builds may run at once.
package struct KustomizeBuild: Sendable {
    let tree: any FileTree
    let options: BuildOptions

    package init(tree: any FileTree, options: BuildOptions = BuildOptions()) {
        self.tree = tree
        self.options = options
    }

    /// Builds the kustomization in a directory, as kustomize 5.8.1 builds it.
    ///
    /// - Parameter path: the directory, relative to the root of the tree.
    /// - Throws: everything that is wrong, with warnings among it; a build with an error has no result.
    package func build(path: String) throws(DiagnosticsError) -> BuildResult {
        switch try attempt(path, [:]) {
        case .built(let result): return result
        case .asks(let requests):
            // The options allow what nobody is there to do.
            let names = requests.map(\.subject).sorted().joined(separator: ", ")
            throw DiagnosticsError("this build may neither fetch nor run anything, and it needs \(names)")
        }
    }

    /// One pass of a build: to the end, or to the questions that have to be answered first.
    ///
    /// - Parameter target: a directory relative to the root of the tree, or the URL of a directory in a repository.
    /// - Throws: everything that is wrong; nothing as long as there are questions.
    package func attempt(_ target: String, _ answers: BuildAnswers) throws(DiagnosticsError) -> Attempt {
        try BuildRun(tree: RecordingTree(tree), options: options, answers: answers).build(target)
    }

    /// What a pass came to.
    package enum Attempt: Sendable {
        case built(BuildResult)
        case asks(Set<BuildRequest>)
    }
}

/// What a build made.
package struct BuildResult: Sendable {
    /// In the order in which they are printed, and in the form that they have in JSON.
    package var objects: [KubernetesObject]
    /// What is doubtful: deprecated fields, patches without effect.
    package var diagnostics: [Diagnostic]
    /// The kustomization files of the build's own tree, in the order in which they were read.
    package let kustomizations: [String]
    private let tree: any FileTree
    private let files: Set<String>
    private let links: Set<String>
    private let listings: [String: [String]]
    private let misses: Set<String>
    private let directories: Set<String>
    private let remotes: [String: String]

    init(
        objects: [KubernetesObject], diagnostics: [Diagnostic], tree: RecordingTree, remotes: [String: String],
        kustomizations: [String]
    ) {
        self.kustomizations = kustomizations
        self.remotes = remotes
        self.objects = objects
        self.diagnostics = diagnostics
        self.tree = tree.tree
        files = tree.files
        links = tree.links
        listings = tree.listed
        misses = tree.misses
        directories = tree.directories
    }

    /// A build that was rendered elsewhere, without what it read.
    package init(objects: [KubernetesObject], diagnostics: [Diagnostic]) {
        self.init(
            objects: objects, diagnostics: diagnostics, tree: RecordingTree(LocalFileTree(root: "/")), remotes: [:],
            kustomizations: [])
    }

    /// What the build read. Object ids are asked of the tree now, which for a folder means that files are read again
    /// and hashed.
    package var readSet: ReadSet {
        var ids: [String: String] = [:]
        for path in files.union(links) { ids[path] = try? tree.objectID(of: path) }
        return ReadSet(
            files: ids, links: links, listings: listings, misses: misses, directories: directories, remotes: remotes)
    }

    /// The objects as `kustomize build` prints them.
    package func yaml() -> [UInt8] {
        YAML.write(documents: objects.lazy.map(\.value))
    }
}
