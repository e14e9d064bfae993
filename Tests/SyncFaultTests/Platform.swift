// The application that is synced through faults: a bit of every kind, changed at random from commit to commit.

import Manifest

/// What one commit wants: each object with the number of the commit that changed it last.
struct Platform: Sendable, Hashable {
    static let namespace = "shop"

    /// Objects by kind and name: `ConfigMap c3`.
    var versions: [String: Int] = [:]

    static let slots: [String] = ["ConfigMap", "Secret", "ServiceAccount", "Service", "Deployment", "Role"].flatMap {
        kind in
        (0..<(kind == "ConfigMap" ? 8 : 4)).map { "\(kind) \(kind.prefix(1).lowercased())\($0)" }
    }

    static let plurals = [
        "ConfigMap": "configmaps", "Secret": "secrets", "ServiceAccount": "serviceaccounts", "Service": "services",
        "Deployment": "deployments", "Role": "roles",
    ]

    /// The first commit: every second slot.
    static let first = Platform(
        versions: Dictionary(uniqueKeysWithValues: slots.indices.filter { $0.isMultiple(of: 2) }.map { (slots[$0], 0) })
    )

    /// The next commit: one to four objects are added, changed or removed.
    func changed(in commit: Int, _ random: inout Dice) -> Platform {
        var next = self
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            guard let slot = Self.slots.randomElement(using: &random) else { continue }
            // One of each kind stays: of a kind that is not served no object that is gone from Git can be pruned.
            let ofItsKind = next.versions.keys.count { $0.prefix { $0 != " " } == slot.prefix { $0 != " " } }
            let isRemoval = next.versions[slot] != nil && ofItsKind > 1 && random.chance(50)
            next.versions[slot] = isRemoval ? nil : commit
        }
        return next
    }

    /// The manifests, the namespace among them.
    var yaml: String {
        let objects = versions.sorted { $0.key < $1.key }.map { slot, version in
            let words = slot.split(separator: " ")
            return Self.manifest(kind: String(words[0]), name: String(words[1]), version)
        }
        return (["apiVersion: v1\nkind: Namespace\nmetadata: {name: \(Self.namespace)}"] + objects).joined(
            separator: "\n---\n") + "\n"
    }

    private static func manifest(kind: String, name: String, _ version: Int) -> String {
        let metadata = "metadata: {name: \(name), namespace: \(namespace), annotations: {version: \"\(version)\"}}"
        let (api, body) =
            switch kind {
            case "ConfigMap": ("v1", "data: {\(version.isMultiple(of: 2) ? "even" : "odd"): \"\(version)\"}")
            case "Secret": ("v1", "stringData: {password: \"word-\(version)\"}")
            case "Service":
                ("v1", "spec: {selector: {app: \(name)}, ports: [{port: \(1000 + version), protocol: TCP}]}")
            case "Deployment":
                (
                    "apps/v1",
                    "spec: {replicas: 1, selector: {matchLabels: {app: \(name)}}, template: {metadata: {labels: {app: \(name)}}, "
                        + "spec: {containers: [{name: main, image: \"image:\(version)\"}]}}}"
                )
            case "Role":
                (
                    "rbac.authorization.k8s.io/v1",
                    "rules: [{apiGroups: [''], resources: [pods], resourceNames: [\"p\(version)\"], verbs: [get]}]"
                )
            default: ("v1", "automountServiceAccountToken: \(version.isMultiple(of: 2))")
            }
        return "apiVersion: \(api)\nkind: \(kind)\n\(metadata)\n\(body)"
    }
}

/// Random numbers that are the same each time (SplitMix64).
struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func pick<Element>(_ choices: [Element]) -> Element {
        choices[Int.random(in: choices.indices, using: &self)]
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}
