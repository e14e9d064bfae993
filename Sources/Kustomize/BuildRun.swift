// One build from beginning to end: accumulate, hash, follow references, order, finish.

import Manifest

/// What one kustomization and everything below it has come to.
struct Accumulation {
    var list = ResourceList()
    var configuration = TransformerConfiguration.defaults
    var variables: [VariableEntry] = []
    /// False when some input could not be read, so that what is missing may be a consequence.
    var isComplete = true
}

/// The state of one build; nothing of it is shared with another.
final class BuildRun {
    /// The build's own tree.
    let tree: RecordingTree
    let loader: Loader
    let options: BuildOptions
    let collector: DiagnosticCollector
    var scopes = KindScopes.builtIn
    var schema = MergeSchema.builtIn
    /// Whether a kustomization has chosen a schema; the first one does so for all.
    var hasOwnSchema = false
    /// What the build's own kustomization asks for in `buildMetadata`.
    var metadata: Set<String> = []
    var buildDirectory = ""
    var vainBases = VainBases()
    /// Directories in which something is wrong: they are read once, however often they are named.
    var faultyDirectories: Set<String> = []
    /// How many kustomizations were accumulated, each as often as it was named.
    var accumulationCount = 0
    /// The kustomization files of the build's own tree that were read.
    private var kustomizations: [String] = []
    /// The namespaces of the kustomizations around the one that is being accumulated, outermost first.
    var enclosingNamespaces: [String] = []

    /// Set where values are traced to their files.
    let trace: LineTrace?

    /// What was answered before this pass, and what it asks in addition.
    let answers: BuildAnswers
    var asked: Set<BuildRequest> = []
    var remoteTrees: [RepositoryRequest: RecordingTree] = [:]
    var remoteCommits: [RepositoryRequest: String] = [:]
    var remoteFiles: [String: String] = [:]

    init(tree: RecordingTree, options: BuildOptions, answers: BuildAnswers, trace: LineTrace? = nil) {
        self.answers = answers
        self.trace = trace
        collector = DiagnosticCollector(trace: trace)
        self.tree = tree
        loader = Loader(options: options)
        self.options = options
        if !options.schemas.isEmpty { useSchemas(options.schemas) }
    }

    func build(_ target: String) throws(DiagnosticsError) -> KustomizeBuild.Attempt {
        guard let root = try self.root(target) else { return .asks(asked) }
        buildDirectory = root.directory
        guard let kustomization = kustomization(root, referredFrom: nil) else {
            throw DiagnosticsError(collector.diagnostics)
        }
        metadata = Set(kustomization.buildMetadata)
        var accumulation = Accumulation()
        accumulate(kustomization, root, into: &accumulation)
        if !asked.isEmpty { return .asks(asked) }
        if !collector.hasErrors { finish(&accumulation) }
        warnOfUnreachedManifests()
        if collector.hasErrors { throw DiagnosticsError(collector.diagnostics) }
        let objects = print(accumulation.list, kustomization.sortOptions)
        if collector.hasErrors { throw DiagnosticsError(collector.diagnostics) }
        return .built(
            BuildResult(
                objects: objects, diagnostics: collector.diagnostics, tree: tree, remotes: remotes,
                kustomizations: kustomizations))
    }

    /// Commits by repository and reference, and digests of files by URL.
    private var remotes: [String: String] {
        var remotes = remoteFiles
        for (request, commit) in remoteCommits {
            remotes[request.url + (request.reference.isEmpty ? "" : "@" + request.reference)] = commit
        }
        return remotes
    }

    /// The directory that is to be built; nil when it is somewhere else and had to be asked for.
    func root(_ target: String) throws(DiagnosticsError) -> Root? {
        if Self.isRemote(target) {
            do throws(LoadFailure) {
                let location = SourceLocation(file: target)
                switch try remote(Located(value: target, location: location), from: Root(tree: tree, directory: "")) {
                case .pending: return nil
                case .directory(let root): return root
                case .file: throw LoadFailure("`\(target)` is a file; a build needs the directory of a kustomization")
                }
            } catch {
                throw DiagnosticsError(error.reason, cure: error.cure)
            }
        }
        return try localRoot(target)
    }

    private func localRoot(_ path: String) throws(DiagnosticsError) -> Root {
        let top: ResolvedPath
        do throws(FileTreeError) {
            top = try tree.resolve(TreePath.join("", path) ?? path, below: "")
        } catch {
            throw DiagnosticsError(
                "`\(tree.display(path))` \(error.explanation)", cure: "name a directory with a kustomization")
        }
        guard top.kind == .directory else {
            throw DiagnosticsError(
                "`\(tree.display(path))` is a file; a build needs the directory of a kustomization",
                cure: "name `\(tree.display(TreePath.parent(top.path)))`")
        }
        return Root(tree: tree, directory: top.path)
    }

    /// Reads the kustomization of a directory; nil when there is none to go on with.
    func kustomization(_ root: Root, referredFrom entry: Located<String>?) -> Kustomization? {
        let file: (path: String, bytes: [UInt8])
        do throws(LoadFailure) {
            file = try loader.kustomization(
                of: root, calling: entry?.value ?? root.tree.display(root.directory))
        } catch {
            collector.report(.error(error.reason, at: entry?.location, cure: error.cure))
            return nil
        }
        if root.repository == nil, !kustomizations.contains(file.path) { kustomizations.append(file.path) }
        let name = root.tree.display(file.path)
        do throws(DiagnosticsError) {
            let result = try YAMLReader(file: name, options: .yaml11).read(file.bytes)
            collector.report(result.warnings)
            let own = DiagnosticCollector()
            let decoded = KustomizationDecoder(file: name, path: file.path, collector: own).decode(
                result.documents.first)
            collector.report(own.diagnostics)
            return decoded
        } catch {
            collector.report(error.diagnostics)
            return nil
        }
    }

    // MARK: - The end of a build

    func finish(_ accumulation: inout Accumulation) {
        appendHashes(&accumulation.list)
        do throws(TransformFailure) {
            try NameReferences(accumulation.configuration, accumulation.list).update(&accumulation.list)
            try Variables(accumulation.variables).resolve(&accumulation.list, accumulation.configuration, collector)
        } catch {
            collector.report(error.located(at: nil))
        }
    }

    /// Gives every generated object the name suffix that stands for its content.
    func appendHashes(_ list: inout ResourceList) {
        for index in list.indices where list[index].needsHash {
            guard let suffix = ContentHash.suffix(for: list[index]) else {
                collector.report(
                    .error("\(list[index].id) has no content to make a name suffix of", at: list[index].origin))
                continue
            }
            list.update(index) { resource in
                resource.rememberID()
                let name = resource.id.name
                resource.value["metadata"]?["name"]?.overwrite("\(name)-\(suffix)", kind: nil)
            }
        }
    }

    func print(_ list: ResourceList, _ sortOptions: SortOptions?) -> [KubernetesObject] {
        var resources = list.items.filter { !$0.isLocalConfiguration }
        for resource in resources {
            guard let object = resource.value.object else { continue }
            if let problem = ResourceReader.problem(object, resource.id.kind) {
                collector.report(.error("after all changes, \(problem)", at: resource.origin))
            }
        }
        resources = ordered(resources, sortOptions)
        if metadata.contains("managedByLabel") || options.addsManagedByLabel {
            for index in resources.indices {
                resources[index].setLabel("app.kubernetes.io/managed-by", to: "kustomize-\(options.managedByVersion)")
            }
        }
        var objects: [KubernetesObject] = []
        objects.reserveCapacity(resources.count)
        for index in resources.indices {
            resources[index].finishAnnotations(metadata)
            let origin = resources[index].origin
            for key in resources[index].value["metadata"]?["annotations"]?.object?.keys.map({ $0 }) ?? [] {
                do throws(TransformFailure) {
                    try CreatedKey.check(key)
                } catch {
                    collector.report(error.located(at: origin))
                }
            }
            do throws(DiagnosticsError) {
                objects.append(KubernetesObject(try resources[index].value.canonicalized(at: origin), origin: origin))
            } catch {
                collector.report(error.diagnostics)
            }
        }
        return objects
    }

    private func ordered(_ resources: [Resource], _ sortOptions: SortOptions?) -> [Resource] {
        guard let sortOptions else { return options.order == .legacy ? LegacyOrder().sorted(resources) : resources }
        do throws(TransformFailure) {
            return try sortOptions.sorted(resources)
        } catch {
            collector.report(error.located(at: sortOptions.location))
            return resources
        }
    }
}

extension SortOptions {
    /// Resources in the order that a kustomization asks for.
    func sorted(_ resources: [Resource]) throws(TransformFailure) -> [Resource] {
        let hasLists = orderFirst?.isEmpty == false || orderLast?.isEmpty == false
        switch order {
        case "fifo":
            if orderFirst != nil {
                throw TransformFailure(
                    "`legacySortOptions` go with `order: legacy` only", at: location, cure: "remove them")
            }
            return resources
        case "legacy":
            let order = hasLists ? LegacyOrder(first: orderFirst ?? [], last: orderLast ?? []) : LegacyOrder()
            return order.sorted(resources)
        default:
            throw TransformFailure("`sortOptions.order` must be fifo or legacy, not `\(order)`", at: location)
        }
    }
}
