// Which applications wait for which: `spec.dependsOn`, as a graph in which nobody waits for themselves.

package import Manifest

/// An application that another one depends on.
package struct ApplicationDependency: Sendable, Hashable {
    package var name: String
    package var namespace: String
    package var origin: SourceLocation?

    package init(name: String, namespace: String, origin: SourceLocation? = nil) {
        self.name = name
        self.namespace = namespace
        self.origin = origin
    }
}

/// The applications that are known, by what they depend on.
package struct ApplicationGraph: Sendable {
    private struct Key: Hashable {
        var namespace: String
        var name: String
    }

    private var applications: [Key: Application] = [:]

    package init(_ applications: [Application]) {
        for application in applications { self.applications[Self.key(application)] = application }
    }

    private static func key(_ application: Application) -> Key {
        Key(namespace: application.namespace, name: application.name)
    }

    /// The applications that one depends on directly, in the order in which it names them.
    ///
    /// - Throws: when one is not known, or when the application waits, by however many others, for itself.
    package func dependencies(of application: Application) throws(DiagnosticsError) -> [Application] {
        var problems: [Diagnostic] = []
        var found: [Application] = []
        for dependency in application.dependsOn {
            guard let other = applications[Key(namespace: dependency.namespace, name: dependency.name)] else {
                let names = applications.keys.map(\.name)
                problems.append(
                    .error(
                        "\(application.name) depends on \(dependency.name), which is not known here",
                        at: dependency.origin,
                        cure: NearestName.find(dependency.name, among: names, slips: 1).map { "Did you mean \($0)?" }
                            ?? "Put it beside the others, or take it out of spec.dependsOn"))
                continue
            }
            found.append(other)
            if let way = way(from: other, to: application) {
                let names = [application.name] + way.map(\.name)
                problems.append(
                    .error(
                        "\(application.name) waits for itself: \(names.joined(separator: " → "))",
                        at: dependency.origin,
                        cure: "Take one of them out of spec.dependsOn"))
            }
        }
        if !problems.isEmpty { throw DiagnosticsError(problems) }
        return found
    }

    /// The applications from one to another along what each depends on, both among them; nil where there is no way.
    private func way(from start: Application, to end: Application) -> [Application]? {
        var came: [Key: Key] = [:]
        var seen: Set<Key> = [Self.key(start)]
        var queue = [Self.key(start)]
        var next = 0
        while next < queue.count {
            let key = queue[next]
            next += 1
            if key == Self.key(end) {
                var way = [key]
                while let before = came[way[0]] { way.insert(before, at: 0) }
                return way.compactMap { applications[$0] ?? ($0 == Self.key(end) ? end : nil) }
            }
            for dependency in applications[key]?.dependsOn ?? [] {
                let other = Key(namespace: dependency.namespace, name: dependency.name)
                if seen.insert(other).inserted {
                    came[other] = key
                    queue.append(other)
                }
            }
        }
        return nil
    }
}

extension FieldReader {
    /// The list of `{name, namespace}` of `spec.dependsOn`; the namespace is the application's own unless told.
    mutating func dependencies(
        _ field: String, namespace: String, _ findings: inout FieldFindings
    ) -> [ApplicationDependency] {
        mappings(field, example: "name: database", &findings).map { entry in
            var entry = entry
            let name = entry.requiredString("name", example: "database", &findings)
            let place = entry.position(of: "name")
            let dependency = ApplicationDependency(
                name: name, namespace: entry.string("namespace", &findings) ?? namespace,
                origin: SourceLocation(file: findings.source.file, position: place, commit: findings.source.commit))
            entry.finish(&findings)
            return dependency
        }
    }
}
