import Manifest
import Testing

@testable import gitopsctl

@Suite struct InterruptionTests {
    /// A pause that a signal ends says which one it was, as every other work does.
    @Test func workThatOnlySaysThatItWasCancelledEndsWithTheSignal() async throws {
        let error = await #expect(throws: Interruption.self) {
            try await Interruptions.interrupted(by: { Interruption(signal: 2) }) { throw CancellationError() }
        }
        #expect(error?.exitCode == 130)
        await #expect(throws: CancellationError.self) {
            try await Interruptions.interrupted(by: { nil }) { throw CancellationError() }
        }
        await #expect(throws: DiagnosticsError.self) {
            try await Interruptions.interrupted(by: { Interruption(signal: 2) }) { throw DiagnosticsError("broken") }
        }
    }
}
