// What is found before there are objects: in files, in kustomizations, and in the ways in which rules are switched off.

import Manifest

extension Rule {
    /// Errors of a build that have no name of their own.
    package static let build: Rule = .init(
        "build", .error, "A kustomization that cannot be built", cure: "correct what the message names")

    package static let yaml: Rule = .init(
        "yaml", .error, "A file that is no YAML", cure: "correct what the message names")

    package static let notAManifest: Rule = .init(
        "not-a-manifest", .warning, "A YAML file among manifests that holds none, such as values for a Helm chart",
        cure: "render the chart (`helmCharts` of a kustomization), or keep the file apart from manifests")

    package static let unreachedManifest: Rule = .init(
        "unreached-manifest", .warning,
        "A manifest that no kustomization of its tree reaches, so that nothing ever applies it",
        cure: "name it under `resources` of a kustomization, or remove it")

    package static let ignoredRule: Rule = .init(
        "ignored-rule", .warning, "A rule that is switched off without a reason, or by a name that no rule has",
        cure: "write `RULE=reason`, and the reason so that the next reader agrees")

    package static let applicationPath: Rule = .init(
        "application-path", .error, "An Application whose path is not in the tree",
        cure: "name a folder of the repository")
}
