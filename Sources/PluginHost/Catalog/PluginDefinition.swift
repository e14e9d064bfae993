// What a catalogue says of a plugin: which program it is, where in the pipeline it may stand, and what it is granted.

/// Where in the pipeline a plugin stands.
package enum PluginStage: String, Sendable, Hashable, CaseIterable {
    /// After the render and before the plan: its items take the place of those it was given.
    case transform
    /// Before the plan: its findings stop the sync, or warn.
    case validate
    /// After the plan, with what is desired and what is live side by side: its findings are told.
    case observe
}

/// How much a plugin may take. Each process of it, where processes are many.
package struct PluginLimits: Sendable, Hashable {
    package var timeout = Duration.seconds(30)
    package var cpuSeconds = 30
    /// Bytes of memory that it writes to.
    package var memory = 512 << 20
    /// Bytes that it prints.
    package var output = 64 << 20
    /// Bytes of a file that it writes into its scratch folder.
    package var fileSize = 64 << 20
    package var processes = 64

    package init() {}
}

/// Secrets that a plugin is handed: in a file in memory whose path stands in `GITOPSCTL_GRANTS`, as a v1 List.
package enum SecretGrant: Sendable, Hashable {
    /// One Secret of the cluster.
    case named(String, namespace: String)
    /// The Secrets of a namespace that carry a label, whatever its value.
    case labelled(String, namespace: String)
    /// The Secrets in a file, or in the YAML files of a folder.
    case file(String)
}

package struct PluginGrants: Sendable, Hashable {
    package var environment: [String: String] = [:]
    package var secrets: [SecretGrant] = []
    /// Whether it sees what stands in the Secrets that it is given as items; placeholders stand there otherwise.
    package var secretValues = false
    package var network = false

    package init() {}
}

package struct PluginDefinition: Sendable, Hashable {
    package var name: String
    /// The absolute path of the program.
    package var executable: String
    package var arguments: [String] = []
    package var stages: [PluginStage]
    /// The objects that it is given where the application does not say.
    package var selector: ObjectSelector = ObjectSelector()
    /// Whether one process answers many lists, each on a line.
    package var isReentrant = false
    package var limits = PluginLimits()
    package var grants = PluginGrants()
    package var summary = ""

    package init(name: String, executable: String, stages: [PluginStage]) {
        self.name = name
        self.executable = executable
        self.stages = stages
    }
}
