// The Project of an Application, among those that stand beside it.

import Manifest

extension ApplicationFinder {
    /// The application with the limits of the Project that it names, or of the one called `default` where it names none.
    ///
    /// - Throws: when the one that it names is not there, stands there twice, or cannot be read.
    func limited(_ application: Application, among projects: [Document]) throws(DiagnosticsError) -> Application {
        let name = application.project ?? Project.defaultName
        let neighbours = projects.filter {
            ($0.value[path: "metadata", "namespace"]?.string ?? Application.defaultNamespace) == application.namespace
        }
        let named = neighbours.filter { $0.name == name }
        guard let document = named.first else {
            if application.project == nil { return application }
            let nearest = Spelling.nearest(to: name, in: neighbours.compactMap(\.name))
            throw DiagnosticsError(
                "there is no project \(name) beside the application \(application.name)", at: application.origin,
                cure: nearest.map { "Did you mean \($0)?" }
                    ?? "Put the Project where the application is, in the namespace \(application.namespace)")
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
        var application = application
        application.limits = project
        return application
    }
}
