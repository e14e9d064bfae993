// Suites that deliver whole platforms have the same namespaces: they take turns on the clusters.

import Testing

/// Lets one suite with this trait run at a time.
struct WholePlatforms: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        await Self.turn.take()
        do {
            try await function()
        } catch {
            await Self.turn.pass()
            throw error
        }
        await Self.turn.pass()
    }

    private static let turn = Turn()
}

extension Trait where Self == WholePlatforms {
    static var wholePlatforms: Self { WholePlatforms() }
}

/// Whose turn it is, in the order in which they came.
private actor Turn {
    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func take() async {
        if isTaken { await withCheckedContinuation { waiting.append($0) } }
        isTaken = true
    }

    func pass() {
        if waiting.isEmpty { isTaken = false } else { waiting.removeFirst().resume() }
    }
}
