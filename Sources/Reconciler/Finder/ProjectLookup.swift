// The Project of an Application, among those that stand beside it.

package import Manifest

extension ApplicationFinder {
    /// The application with the limits of the Project that it names, or of the one called `default` where it names
    /// none.
    ///
    /// - Throws: when the one that it names is not there, stands there twice, or cannot be read.
    func limited(_ application: Application, among projects: [Document]) throws(DiagnosticsError) -> Application {
        let name = application.project ?? Project.defaultName
        let neighbours = projects.filter {
            ($0.value[path: "metadata", "namespace"]?.string ?? Application.defaultNamespace) == application.namespace
        }
        let named = neighbours.filter { $0.name == name }
        guard let document = named.first else {
            return try application.held(to: nil, among: neighbours.compactMap(\.name))
        }
        guard named.count == 1 else {
            throw DiagnosticsError(
                "\(named.count) projects are called \(name): \(named.compactMap(\.file).joined(separator: ", "))",
                at: application.origin, cure: "Leave one of them")
        }
        var project = try Project(document.value, source: document.source)
        if let repository = document.repository {
            // `.` means the same as in an application beside it.
            project.sources = project.sources.map { source in
                let text = source.description
                let isRelative = text == "." || text == ".." || text.hasPrefix("./") || text.hasPrefix("../")
                return isRelative
                    ? NamePattern(RepositoryRoot.normalized(repository + "/" + text), separator: "/") : source
            }
        }
        return try application.held(to: project, among: [])
    }
}

extension Application {
    /// The application with the limits of its Project.
    ///
    /// - Parameters:
    ///   - found: the Project of the name that it gives, or of `default`; nil where there is none.
    ///   - names: the Projects that there are, to tell what may have been meant.
    /// - Throws: when it names one that is not there.
    package func held(to found: Project?, among names: [String]) throws(DiagnosticsError) -> Application {
        guard let found else {
            guard let project else { return self }
            let nearest = NearestName.find(project, among: names, slips: 1)
            throw DiagnosticsError(
                "there is no project \(project) beside the application \(name)", at: origin,
                cure: nearest.map { "Did you mean \($0)?" }
                    ?? "Put the Project where the application is, in the namespace \(namespace)")
        }
        var application = self
        application.limits = found
        return application
    }
}
