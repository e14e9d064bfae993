// The tree of commands as a start of the program walks it.

import ArgumentParser
import Testing

@testable import gitopsctl

@Suite struct CommandTreeTests {
    private static func below(_ command: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
        [command] + command.configuration.subcommands.flatMap(below)
    }

    /// A name that is left out is made of the type's by reflection: three searches of every protocol conformance in the
    /// program for each command, at every start.
    @Test("every command says its name")
    func names() {
        let nameless = Self.below(Gitopsctl.self).filter { $0.configuration.commandName == nil }
        #expect(nameless.isEmpty, "\(nameless)")
    }
}
