// `gitopsctl plugin`: which plugins there are, trying one, and beginning one.

import ArgumentParser

struct PluginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugin",
        abstract: "List plugins, try one, or begin one of your own.",
        discussion: """
            A plugin is a program that reads a ResourceList on standard input and prints one: a KRM function. Those that come along are \
            sealed-secrets and drift-detector; others are added by PluginCatalog files in ~/.config/gitopsctl/plugins, in \
            /etc/gitopsctl/plugins, and where GITOPSCTL_PLUGINS says.
            """,
        subcommands: [PluginList.self, PluginRun.self, PluginInit.self])
}
