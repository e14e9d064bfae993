// `namePrefix` and `nameSuffix` rename everything but namespaces. Who writes `nameSuffix: -staging` beside `namespace:
// shop` may believe that the overlay goes into `shop-staging`; it goes into `shop`, beside the objects of every other
// overlay.

import Manifest

extension BuildRun {
    func warnOfSparedNamespaces(_ kustomization: Kustomization, _ accumulation: Accumulation) {
        guard let namespace = kustomization.namespace?.value, !namespace.isEmpty else { return }
        let hasNamespace = accumulation.list.items.contains { $0.apiVersion == "v1" && $0.id.kind == "Namespace" }
        // Of a build that could not read all its resources nobody knows whether one of them was a namespace.
        guard hasNamespace || !accumulation.isComplete else { return }
        for (affix, field, isPrefix) in [
            (kustomization.namePrefix, "namePrefix", true), (kustomization.nameSuffix, "nameSuffix", false),
        ] {
            guard let affix, !affix.value.isEmpty else { continue }
            if isPrefix ? namespace.hasPrefix(affix.value) : namespace.hasSuffix(affix.value) { continue }
            let meant = isPrefix ? affix.value + namespace : namespace + affix.value
            collector.report(
                .warning(
                    "`\(field)` renames no Namespace: everything goes into `\(namespace)`, as without it",
                    at: affix.location,
                    cure: "write `namespace: \(meant)` if a namespace of its own is meant",
                    rule: "namespace-not-renamed"))
        }
    }
}
