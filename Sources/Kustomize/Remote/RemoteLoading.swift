// Entries that name something on another machine: a file over HTTP, or a directory of a repository.

import Manifest

/// What a remote entry came to.
enum RemoteEntry {
    case file([UInt8])
    case directory(Root)
    /// Nothing yet: the build asked for it.
    case pending
}

extension KustomizeBuild {
    /// Whether an entry, or the target of a build, names something on another machine.
    package static func isRemote(_ entry: String) -> Bool {
        if isWeb(entry) { return true }
        do { return try RemoteBase(entry) != nil } catch { return true }
    }

    fileprivate static func isWeb(_ entry: String) -> Bool {
        let text = entry.lowercased()
        return text.hasPrefix("http://") || text.hasPrefix("https://")
    }
}

extension BuildRun {
    static func isRemote(_ entry: String) -> Bool { KustomizeBuild.isRemote(entry) }
    private static func isWeb(_ entry: String) -> Bool { KustomizeBuild.isWeb(entry) }

    /// Follows a remote entry of `resources`, `components` or the other lists.
    func remote(_ entry: Located<String>, from root: Root) throws(LoadFailure) -> RemoteEntry {
        guard options.allowsRemote else {
            throw LoadFailure(
                "`\(entry.value)` is a remote resource, and this build may not fetch anything",
                cure: "allow remote resources, or copy it into the repository")
        }
        let base: RemoteBase?
        do {
            base = try RemoteBase(entry.value)
        } catch {
            throw LoadFailure("`\(entry.value)` names a directory outside of its repository")
        }
        // A URL may be a file's as well as a repository's: what it ends in says which to try first.
        let path = entry.value.prefix { $0 != "?" }
        let looksLikeFile = [".yaml", ".yml", ".json"].contains(where: path.hasSuffix)
        var asFile: LoadFailure?
        if Self.isWeb(entry.value), base == nil || looksLikeFile {
            do throws(LoadFailure) {
                return try webFile(entry)
            } catch {
                if base == nil { throw error }
                asFile = error
            }
        }
        guard let base else { throw LoadFailure("`\(entry.value)` is no URL of a file or repository") }
        do throws(LoadFailure) {
            return try repository(base, entry, from: root)
        } catch {
            if let asFile { throw asFile }
            guard Self.isWeb(entry.value) else { throw error }
            if case .file(let bytes)? = try? webFile(entry) { return .file(bytes) }
            throw error
        }
    }

    private func webFile(_ entry: Located<String>) throws(LoadFailure) -> RemoteEntry {
        let request = BuildRequest.file(url: entry.value)
        switch answer(to: request) {
        case nil: return .pending
        case .file(let bytes): return .file(bytes)
        case .failure(let reason, let cure):
            throw LoadFailure("`\(entry.value)` cannot be fetched: \(reason)", cure: cure)
        case .repository, .output: throw LoadFailure("`\(entry.value)` is no file")
        }
    }

    private func repository(_ base: RemoteBase, _ entry: Located<String>, from root: Root) throws(LoadFailure)
        -> RemoteEntry
    {
        for visited in root.repositories where visited.written.hasPrefix(base.written) {
            throw LoadFailure(
                "`\(base.written)` leads back to a repository that is being built: bases go round in a circle",
                cure: "a base may not lead to a kustomization that uses it")
        }
        let request = RepositoryRequest(
            url: base.repository, reference: base.reference, timeout: base.timeout ?? RepositoryRequest.defaultTimeout)
        let tree: RecordingTree
        if let known = remoteTrees[request] {
            tree = known
        } else {
            switch answer(to: .repository(request)) {
            case nil: return .pending
            case .failure(let reason, let cure):
                throw LoadFailure("`\(entry.value)` cannot be fetched: \(reason)", cure: cure)
            case .file, .output: throw LoadFailure("`\(entry.value)` is no repository")
            case .repository(let fetched, let commit):
                tree = RecordingTree(
                    fetched, place: "\(base.repository)@\(base.reference.isEmpty ? commit : base.reference)")
                remoteTrees[request] = tree
                remoteCommits[request] = commit
                warnOfMovingReference(base, commit, at: entry.location)
            }
        }
        let found: ResolvedPath
        do {
            found = try tree.resolve(base.directory, below: "")
        } catch {
            throw LoadFailure("`\(base.directory)` \(error.explanation) in `\(base.repository)`")
        }
        guard found.kind == .directory else {
            throw LoadFailure(
                "`\(base.directory)` of `\(base.repository)` is a file, not a directory with a kustomization")
        }
        return .directory(root.entering(base, tree: tree, directory: found.path))
    }

    /// What somebody else can move changes a build that nobody touched.
    private func warnOfMovingReference(_ base: RemoteBase, _ commit: String, at location: SourceLocation) {
        let isCommit =
            base.reference.utf8.count == 40
            && base.reference.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (97...102).contains(byte) || (65...70).contains(byte)
            }
        if isCommit { return }
        let what =
            base.reference.isEmpty
            ? "names no commit, and means whatever its default branch is"
            : "follows `\(base.reference)`, which can move"
        collector.report(
            .warning(
                "the remote base \(what)", at: location, cure: "pin it: `?ref=\(commit)` is what was built now",
                rule: "remote-not-pinned"))
    }

    /// The answer to a question; nil when it has only now been asked.
    func answer(to request: BuildRequest) -> BuildAnswer? {
        if let answer = answers[request] { return answer }
        asked.insert(request)
        return nil
    }
}
