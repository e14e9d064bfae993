import Manifest
import Reconciler
import Testing

@Suite struct ApplicationGraphTests {
    private func graph(_ edges: [String: [String]]) throws -> (ApplicationGraph, [String: Application]) {
        var applications: [String: Application] = [:]
        for (name, others) in edges {
            let list = others.map { "{name: \($0)}" }.joined(separator: ", ")
            applications[name] = try application(
                """
                apiVersion: gitopsctl.dev/v1alpha1
                kind: Application
                metadata: {name: \(name)}
                spec: {source: {repository: ., path: a}, dependsOn: [\(list)]}
                """)
        }
        return (ApplicationGraph(Array(applications.values)), applications)
    }

    @Test func dependenciesAreNamedInTheirOrder() throws {
        let (graph, applications) = try graph([
            "shop": ["database", "cache"], "database": ["storage"], "cache": ["storage"], "storage": [],
        ])
        #expect(try graph.dependencies(of: try #require(applications["shop"])).map(\.name) == ["database", "cache"])
        #expect(try graph.dependencies(of: try #require(applications["storage"])).isEmpty)
    }

    @Test(arguments: [
        (["a": ["a"]], "a", "a waits for itself: a → a"),
        (["a": ["b"], "b": ["c"], "c": ["a"]], "b", "b waits for itself: b → c → a → b"),
        (["a": ["b"], "b": ["z"]], "b", "b depends on z, which is not known here"),
    ]) func whatCannotBeWaitedForIsRefused(edges: [String: [String]], name: String, message: String) throws {
        let (graph, applications) = try graph(edges)
        let error = #expect(throws: DiagnosticsError.self) {
            try graph.dependencies(of: try #require(applications[name]))
        }
        #expect(error?.diagnostics.map(\.message) == [message])
        #expect(error?.diagnostics.first?.location?.position.line == 4)
    }

    @Test func aCycleOfOthersIsTheirs() throws {
        let (graph, applications) = try graph(["a": ["b"], "b": ["c"], "c": ["b"]])
        #expect(try graph.dependencies(of: try #require(applications["a"])).map(\.name) == ["b"])
    }
}
