// What a build cannot find out for itself, because it may neither fetch nor run anything: it asks, the caller answers,
// and the build runs again with the answers. Rendering so stays a function of its inputs, and what one pass asks for is
// fetched side by side.

package import Manifest

/// A question of a build, equal to every other that would have the same answer.
package enum BuildRequest: Hashable, Sendable {
    /// A file over HTTP.
    case file(url: String)
    case repository(RepositoryRequest)
    case chart(ChartRequest)
    case function(FunctionRequest)
}

extension BuildRequest {
    /// What is asked for, in a word or two.
    package var subject: String {
        switch self {
        case .file(let url): "`\(url)`"
        case .repository(let repository): "`\(repository.url)`"
        case .chart(let chart): "helm chart `\(chart.name)`"
        case .function(let function): "function `\(function.name)`"
        }
    }
}

/// A commit of another repository.
package struct RepositoryRequest: Hashable, Sendable {
    /// As Git is told to clone it.
    package var url: String
    /// A branch, tag or commit; empty for the default branch.
    package var reference: String
    /// Seconds that the fetch may take.
    package var timeout: Double

    package init(url: String, reference: String, timeout: Double) {
        self.url = url
        self.reference = reference
        self.timeout = timeout
    }

    /// How long the reference waits for a clone.
    static let defaultTimeout = 27.0
}

/// What came back.
package enum BuildAnswer: Sendable {
    case file([UInt8])
    /// The tree of a commit.
    case repository(any FileTree, commit: String)
    /// What a program wrote to its standard output.
    case output([UInt8])
    /// Why there is no answer, as one sentence, and what to do.
    case failure(String, cure: String?)
}

/// The answers that a build has so far.
package typealias BuildAnswers = [BuildRequest: BuildAnswer]

extension KustomizeBuild {
    /// More passes than this are no honest build: each brings bases that only the one before could name.
    static let maximumPasses = 64

    /// Builds a directory, or a repository's URL, and has its questions answered as they come up.
    ///
    /// - Parameters:
    ///   - target: a directory relative to the root of the tree, or a URL of one of the forms that a base may have.
    ///   - answer: called once for each question, for several at a time.
    /// - Throws: everything that is wrong, what could not be fetched or run among it.
    package func build(
        _ target: String, answering answer: @escaping @Sendable (BuildRequest) async -> BuildAnswer
    ) async throws(DiagnosticsError) -> BuildResult {
        var answers: BuildAnswers = [:]
        for _ in 0..<Self.maximumPasses {
            switch try attempt(target, answers) {
            case .built(let result): return result
            case .asks(let requests): answers.merge(await Self.answers(to: requests, by: answer)) { $1 }
            }
        }
        throw DiagnosticsError([Self.endless])
    }

    static let endless = Diagnostic.error(
        "the build never has enough: every base that is fetched names another one", cure: "break the circle")

    /// Has questions answered side by side.
    static func answers(
        to requests: Set<BuildRequest>, by answer: @escaping @Sendable (BuildRequest) async -> BuildAnswer
    ) async -> BuildAnswers {
        await withTaskGroup(of: (BuildRequest, BuildAnswer).self) { group in
            for request in requests { group.addTask { (request, await answer(request)) } }
            var answers: BuildAnswers = [:]
            for await (request, answer) in group { answers[request] = answer }
            return answers
        }
    }
}
