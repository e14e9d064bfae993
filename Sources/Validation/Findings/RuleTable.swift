// All rules, in the order in which docs/rules.md has them.

import Manifest

extension Rule {
    /// Every rule whose findings come from objects or files.
    package static let all: [Rule] = [
        build, yaml, notAManifest, unreachedManifest, applicationPath, ignoredRule,
        schemaType, schemaUnknownField, schemaRequired, schemaEnum, schemaFormat, schemaDuplicateItem, removedAPI,
        deprecatedAPI,
        unknownKind, invalidName, invalidLabel, duplicateObject, quotaResource, deprecatedAnnotation,
        mismatchingSelector, overlappingSelectors, serviceSelectsSeveral,
        danglingService, targetPort, danglingPort, danglingConfigMap, danglingSecret, danglingClaim,
        danglingVolumeMount,
        nonExistentServiceAccount, danglingPriorityClass, danglingStorageClass, danglingAutoscaler, danglingBudget,
        danglingIngress,
        danglingNetworkPolicy, danglingRole, danglingWebhook, danglingGoverningService, danglingMonitor, danglingIssuer,
        danglingCluster,
        noLivenessProbe, noReadinessProbe, budgetBlocksDrain, overlappingBudgets, replicasWithAutoscaler,
        overlappingAutoscalers,
        autoscalerBounds, autoscalerWithoutRequests,
        latestTag, unsetRequests, unsetMemoryLimit, limitBelowRequest, privilegedContainer, runAsNonRoot,
        privilegeEscalation, hostNamespaces,
        plainSecret, tlsSecret,
    ]

    /// The names of what a build warns of, which docs/kustomize.md explains.
    package static let ofBuilds: Set<String> = [
        "repeated-key", "deprecated-field", "selector-overwritten", "version-in-selector", "namespace-not-renamed",
        "idle-patch",
        "patch-lost", "list-emptied", "list-shortened", "name-without-hash", "names-forgotten", "unused-variable",
        "remote-not-pinned",
        "manifests-unreached", "function-result",
    ]

    /// Whether a rule has this name.
    package static func isKnown(_ id: String) -> Bool { ofBuilds.contains(id) || all.contains { $0.id == id } }

    static var names: [String] { (all.map(\.id) + ofBuilds).sorted() }
}
