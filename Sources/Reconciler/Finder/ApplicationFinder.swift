// Where an Application is found: the file that was named, the cluster, or `gitops/` of the repository that one stands
// in; and beside it its Project.

import FoundationEssentials
package import Manifest

/// Finds Applications by name, in the order of the design: `-f FILE`, the cluster of the current context,
/// `gitops/*.yaml` of the repository that the working folder is in. The Project that an Application names, or the one
/// called `default` where it names none, is looked for in the same place: the file or the other files of its folder,
/// the cluster's namespace, the repository.
package struct ApplicationFinder: Sendable {
    /// The Applications or Projects that the cluster holds, of one name or all; none where it does not serve the kind.
    package typealias ClusterObjects =
        @Sendable (_ kind: String, _ name: String?) async throws(DiagnosticsError) -> [Value]

    private let workingFolder: String
    private let cluster: ClusterObjects

    /// - Parameter workingFolder: an absolute path.
    package init(workingFolder: String, cluster: @escaping ClusterObjects) {
        self.workingFolder = workingFolder
        self.cluster = cluster
    }

    /// The Application of a name.
    ///
    /// - Throws: when there is none, more than one, or what there is cannot be read; each with its place.
    package func find(_ name: String, file: String? = nil) async throws(DiagnosticsError) -> Application {
        if let file {
            let found = try documents(of: absolute(file), shown: file)
            return try one(of: found.applications, named: name, in: file, projects: projects(beside: file, found))
        }
        var doubts: [Diagnostic] = []
        do throws(DiagnosticsError) {
            let found = try await cluster(Application.kind, name)
            if found.count > 1 {
                let namespaces = found.compactMap { KubernetesObject($0).namespace }.sorted().joined(separator: ", ")
                throw DiagnosticsError(
                    "the cluster has \(found.count) applications called \(name), in \(namespaces)",
                    cure: "Name its namespace with -n, or its file with -f")
            }
            if let found = found.first {
                let application = try resolved(Application(found, source: nil), repository: nil)
                let projects = try await cluster(Project.kind, application.project ?? Project.defaultName)
                return try limited(application, among: projects.map { Document(value: $0) })
            }
        } catch {
            if error.diagnostics.contains(where: { $0.severity == .error }) { throw error }
            // The cluster could not be asked, which is worth no more than a remark if the repository knows the
            // application.
            doubts = error.diagnostics
        }
        guard let repository = RepositoryRoot.above(workingFolder) else {
            throw DiagnosticsError(
                doubts + [
                    .error(
                        "no application \(name) is known here: the cluster has none, and \(workingFolder) is in no Git repository",
                        cure: "Name its file with -f, or run this inside the repository that holds it in gitops/")
                ])
        }
        let (found, broken) = documents(ofRepository: repository)
        if found.applications.contains(where: { $0.name == name }) {
            return try one(of: found.applications, named: name, in: repository + "/gitops", projects: found.projects)
        }
        var cure = "Name its file with -f, or put it into \(display(repository + "/gitops"))/\(name).yaml"
        if let nearest = NearestName.find(name, among: found.applications.compactMap(\.name), slips: 1) {
            cure = "Did you mean \(nearest)?"
        }
        throw DiagnosticsError(doubts + broken + [.error("no application \(name) is known here", cure: cure)])
    }

    /// Every Application of the cluster and of the repository that one stands in, by name; the cluster's hide the
    /// repository's. What cannot be read is told, and hides nothing else.
    package func all(file: String? = nil) async -> (applications: [Application], diagnostics: [Diagnostic]) {
        var found: [String: Application] = [:]
        var diagnostics: [Diagnostic] = []
        func add(_ make: () throws(DiagnosticsError) -> Application) {
            do {
                let application = try make()
                if found[application.name] == nil { found[application.name] = application }
            } catch {
                diagnostics += error.diagnostics
            }
        }
        if let file {
            do throws(DiagnosticsError) {
                let documents = try documents(of: absolute(file), shown: file)
                let projects = projects(beside: file, documents)
                for document in documents.applications {
                    add { () throws(DiagnosticsError) in try decoded(document, projects) }
                }
            } catch { diagnostics += error.diagnostics }
            return (found.values.sorted { $0.name < $1.name }, diagnostics)
        }
        do throws(DiagnosticsError) {
            let values = try await cluster(Application.kind, nil)
            let projects = values.isEmpty ? [] : try await cluster(Project.kind, nil).map { Document(value: $0) }
            for value in values {
                add { () throws(DiagnosticsError) in
                    try limited(resolved(Application(value, source: nil), repository: nil), among: projects)
                }
            }
        } catch { diagnostics += error.diagnostics }
        if let repository = RepositoryRoot.above(workingFolder) {
            let (documents, broken) = documents(ofRepository: repository)
            diagnostics += broken
            for document in documents.applications {
                add { () throws(DiagnosticsError) in try decoded(document, documents.projects) }
            }
        }
        return (found.values.sorted { $0.name < $1.name }, diagnostics)
    }

    /// The file of the repository that one stands in which describes an application; nil where none does.
    package func file(describing name: String) -> String? {
        guard let repository = RepositoryRoot.above(workingFolder) else { return nil }
        return documents(ofRepository: repository).found.applications.first { $0.name == name }?.file
    }

    // MARK: - Documents

    struct Document {
        var value: Value
        /// As it is shown; nil in a cluster.
        var file: String?
        /// The repository that the file stands in.
        var repository: String?

        var name: String? { value[path: "metadata", "name"]?.string }
        var source: SourceLocation? { file.map { SourceLocation(file: $0) } }
    }

    private struct Documents {
        var applications: [Document] = []
        var projects: [Document] = []

        static func += (left: inout Documents, right: Documents) {
            left.applications += right.applications
            left.projects += right.projects
        }
    }

    private func one(
        of documents: [Document], named name: String, in place: String, projects: [Document]
    ) throws(DiagnosticsError) -> Application {
        let named = documents.filter { $0.name == name }
        if let document = named.first, named.count == 1 { return try decoded(document, projects) }
        if named.count > 1 {
            let places = named.map { "\($0.file ?? ""):\($0.value.position)" }.joined(separator: ", ")
            throw DiagnosticsError(
                "\(named.count) applications are called \(name): \(places)", cure: "Name the file that is meant with -f"
            )
        }
        let names = documents.compactMap(\.name).sorted()
        throw DiagnosticsError(
            "there is no application \(name)", at: SourceLocation(file: place),
            cure: names.isEmpty
                ? "The file holds no \(Application.kind) of \(Application.group)"
                : "It holds \(names.joined(separator: ", "))")
    }

    private func decoded(_ document: Document, _ projects: [Document]) throws(DiagnosticsError) -> Application {
        let application = try Application(document.value, source: document.source)
        return try limited(resolved(application, repository: document.repository), among: projects)
    }

    /// Makes the path of a repository on this machine absolute: it is meant from the root of the repository that the
    /// file is in.
    private func resolved(_ application: Application, repository: String?) throws(DiagnosticsError) -> Application {
        let address = application.source.repository
        guard address == "." || address.hasPrefix("./") || address.hasPrefix("../") || address == ".." else {
            return application
        }
        guard let repository else {
            throw DiagnosticsError(
                "spec.source.repository of \(application.name) is \(address), but "
                    + (application.origin == nil
                        ? "an application of a cluster stands in no repository" : "its file stands in no repository"),
                at: application.origin, cure: "Write the repository's URL")
        }
        var application = application
        application.source.repository = RepositoryRoot.normalized(repository + "/" + address)
        return application
    }

    private func documents(of path: String, shown: String) throws(DiagnosticsError) -> Documents {
        guard let data = FileManager.default.contents(atPath: path) else {
            let exists = FileManager.default.fileExists(atPath: path)
            throw DiagnosticsError(
                exists ? "the file cannot be read" : "there is no such file", at: SourceLocation(file: shown),
                cure: exists ? "Check its permissions" : nil)
        }
        let values = try YAML.read([UInt8](data), file: shown, options: .resources)
        let repository = RepositoryRoot.above(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
        let documents = values.map { Document(value: $0, file: shown, repository: repository) }
        return Documents(
            applications: documents.filter { Application.describes($0.value) },
            projects: documents.filter { Project.describes($0.value) })
    }

    /// The Projects of a file, and those of the other files of its folder. What cannot be read there is no Project.
    private func projects(beside file: String, _ own: Documents) -> [Document] {
        let path = absolute(file)
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
        return own.projects + documents(ofFolder: folder, except: path).found.projects
    }

    private func documents(ofRepository repository: String) -> (found: Documents, broken: [Diagnostic]) {
        documents(ofFolder: repository + "/gitops")
    }

    private func documents(ofFolder folder: String, except path: String = "") -> (
        found: Documents, broken: [Diagnostic]
    ) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var found = Documents()
        var broken: [Diagnostic] = []
        for name in names.sorted()
        where (name.hasSuffix(".yaml") || name.hasSuffix(".yml")) && "\(folder)/\(name)" != path {
            do {
                found += try documents(of: folder + "/" + name, shown: display(folder + "/" + name))
            } catch {
                broken += error.diagnostics
            }
        }
        return (found, broken)
    }

    private func absolute(_ path: String) -> String {
        RepositoryRoot.normalized(path.hasPrefix("/") ? path : workingFolder + "/" + path)
    }

    /// A path as it is shortest from the working folder.
    private func display(_ path: String) -> String {
        path.hasPrefix(workingFolder + "/") ? String(path.dropFirst(workingFolder.count + 1)) : path
    }
}
