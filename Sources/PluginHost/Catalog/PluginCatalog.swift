// Which plugins there are. Only whoever runs gitopsctl says so: nothing in an application's repository can add a
// program.

package import Manifest

/// Plugins by name.
package struct PluginCatalog: Sendable {
    package private(set) var definitions: [String: PluginDefinition]
    /// The catalogues that could not be read: what they name is not there.
    package var unread: [String] = []

    package init(_ definitions: [PluginDefinition] = []) {
        self.definitions = Dictionary(definitions.map { ($0.name, $0) }) { $1 }
    }

    /// The plugins that come with gitopsctl, as programs in a folder.
    package static func builtIn(in folder: String) -> PluginCatalog {
        var sealedSecrets = PluginDefinition(
            name: "sealed-secrets", executable: folder + "/sealed-secrets", stages: [.transform])
        sealedSecrets.summary = "opens SealedSecrets and SOPS files into Secrets"
        sealedSecrets.selector.kinds = ["SealedSecret.bitnami.com"]
        sealedSecrets.selector.fields = ["sops"]
        sealedSecrets.grants.secretValues = true
        sealedSecrets.isReentrant = true
        sealedSecrets.grants.secrets = [
            .labelled("sealedsecrets.bitnami.com/sealed-secrets-key", namespace: "kube-system")
        ]
        var driftDetector = PluginDefinition(
            name: "drift-detector", executable: folder + "/drift-detector", stages: [.observe])
        driftDetector.summary = "tells what was changed in the cluster, by whom and how bad it is"
        driftDetector.isReentrant = true
        return PluginCatalog([sealedSecrets, driftDetector])
    }

    /// Both catalogues; where both have a name, the other's counts.
    package func merging(_ other: PluginCatalog) -> PluginCatalog {
        PluginCatalog(Array(definitions.values) + Array(other.definitions.values))
    }

    /// The definition of a plugin that an application uses at a stage.
    ///
    /// - Throws: where there is none, or it does not stand at that stage.
    package func definition(of use: PluginUse) throws(DiagnosticsError) -> PluginDefinition {
        guard let definition = definitions[use.name] else {
            if !unread.isEmpty {
                throw DiagnosticsError(
                    "there is no plugin \(use.name) in the catalogue", at: use.origin,
                    cure: "Mend what cannot be read: \(unread.joined(separator: ", "))")
            }
            let known = definitions.keys.sorted().joined(separator: ", ")
            throw DiagnosticsError(
                "there is no plugin \(use.name) in the catalogue", at: use.origin,
                cure: known.isEmpty
                    ? "Add it to a PluginCatalog" : "The plugins are \(known); others are added by a PluginCatalog")
        }
        if let stage = use.stage, !definition.stages.contains(stage) {
            throw DiagnosticsError(
                "the plugin \(use.name) does not \(stage.rawValue)", at: use.origin,
                cure: "It can be used to \(definition.stages.map(\.rawValue).joined(separator: ", "))")
        }
        return definition
    }
}

/// A plugin as an application uses it.
package struct PluginUse: Sendable, Hashable {
    package var name: String
    /// nil for every stage that the catalogue names.
    package var stage: PluginStage?
    /// The `functionConfig`: an object, or the fields to put under `spec` of one.
    package var config: Value?
    /// nil for the catalogue's.
    package var selector: ObjectSelector?
    package var origin: SourceLocation?

    package init(
        name: String, stage: PluginStage? = nil, config: Value? = nil, selector: ObjectSelector? = nil,
        origin: SourceLocation? = nil
    ) {
        self.name = name
        self.stage = stage
        self.config = config
        self.selector = selector
        self.origin = origin
    }
}
