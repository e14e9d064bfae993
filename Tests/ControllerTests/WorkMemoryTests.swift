// What the controller remembers of an application between two pieces of work.

import Testing

@testable import Controller

@Suite struct WorkMemoryTests {
    private let key = ApplicationKey(namespace: "default", name: "shop")

    @Test func pausesGrowUntilSomethingSucceeds() {
        let memory = WorkMemory()
        let pauses = (0..<20).map { _ in
            _ = memory.note(isFailing: true, of: key)
            return memory.pause(of: key)
        }
        #expect(zip(pauses, pauses.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(pauses.first == .seconds(5))
        #expect(pauses.last == .seconds(300))
        _ = memory.note(isFailing: false, of: key)
        #expect(memory.pause(of: key) == .seconds(5))
    }

    @Test func eachApplicationHasItsOwn() {
        let memory = WorkMemory()
        _ = memory.pause(of: key)
        #expect(memory.pause(of: ApplicationKey(namespace: "default", name: "other")) == .seconds(5))
    }
}
