// Labels that are written into selectors as well. Where a selector had another value at the key, objects that were told
// apart by it are so no longer: every Service may come to select every pod. The reference says nothing, and the build
// is the same here; it only warns.

import Manifest

/// What stands in the selectors of a list before labels are written into them, to be compared with what stands there
/// afterwards.
struct SelectorOverwrites {
    private struct Workload {
        var index: Int
        var kind: String
        var selector: [String: String]
    }

    private let labels: [String: String]
    private let overwrittenKeys: [String]
    private let selectedBefore: [Int: Int]
    private let sharedBefore: Set<[String: String]>

    /// Nil where no selector has another value at one of the keys.
    init?(of labels: [String: String], in list: ResourceList) {
        var keys: Set<String> = []
        for resource in list.items {
            guard let selector = Self.selector(of: resource) else { continue }
            for (key, text) in labels where selector[key].map({ $0 != text }) ?? false { keys.insert(key) }
        }
        if keys.isEmpty { return nil }
        self.labels = labels
        overwrittenKeys = keys.sorted()
        selectedBefore = Self.selections(in: list)
        sharedBefore = Set(Self.shared(in: list).keys)
    }

    /// Says what the labels did, once they are written.
    func finding(in list: ResourceList, field: String, at locations: [String: SourceLocation]) -> Diagnostic? {
        let pods = list.items.count { $0.podLabels != nil }
        let after = Self.selections(in: list)
        let widened = after.filter { $0.value > (selectedBefore[$0.key] ?? 0) }
        let shared = Self.shared(in: list).filter { !sharedBefore.contains($0.key) }.values.flatMap { $0 }
        if widened.isEmpty && shared.isEmpty { return nil }
        var harms: [String] = []
        if !widened.isEmpty {
            let all = pods > 1 && widened.values.allSatisfy { $0 == pods }
            let services = Self.count([("Service", widened.count)])
            let verb = widened.count == 1 ? "selects" : "select"
            harms.append("\(services) now \(verb) \(all ? "every pod of the build" : "the pods of others too")")
        }
        if !shared.isEmpty {
            var kinds: [String: Int] = [:]
            for index in shared { kinds[list[index].id.kind, default: 0] += 1 }
            harms.append(
                Self.count(kinds.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }) + " share one selector")
        }
        let names = overwrittenKeys.map { "`\($0)`" }.joined(separator: " and ")
        return .warning(
            "`\(field)` overwrites the label \(names) in selectors: \(harms.joined(separator: ", and "))",
            at: overwrittenKeys.first.flatMap { locations[$0] },
            cure: "write it under `labels` without `includeSelectors`, or choose a key that no selector uses",
            rule: "selector-overwritten")
    }

    /// `9 Services, 4 Deployments and 1 StatefulSet`.
    static func count(_ kinds: [(kind: String, count: Int)]) -> String {
        let parts = kinds.map { "\($0.count) \($0.kind)\($0.count == 1 ? "" : "s")" }
        guard parts.count > 1, let last = parts.last else { return parts.first ?? "" }
        return parts.dropLast().joined(separator: ", ") + " and " + last
    }

    // MARK: - Who selects whom

    private static func selector(of resource: Resource) -> [String: String]? {
        switch resource.id.kind {
        case "Service" where resource.id.group.isEmpty: resource.value["spec"]?["selector"]?.texts
        case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet":
            resource.value["spec"]?["selector"]?["matchLabels"]?.texts
        default: nil
        }
    }

    /// For each Service the number of workloads whose pods it selects.
    private static func selections(in list: ResourceList) -> [Int: Int] {
        let pods = list.items.compactMap { resource in resource.podLabels.map { (resource.id.namespace, $0) } }
        var result: [Int: Int] = [:]
        for (index, resource) in list.items.enumerated() where resource.id.kind == "Service" {
            guard let selector = selector(of: resource), !selector.isEmpty else { continue }
            result[index] = pods.count { namespace, labels in
                namespace == resource.id.namespace && selector.allSatisfy { labels[$0.key] == $0.value }
            }
        }
        return result
    }

    /// Selectors that several workloads have, with these.
    private static func shared(in list: ResourceList) -> [[String: String]: [Int]] {
        var bySelector: [[String: String]: [Int]] = [:]
        for (index, resource) in list.items.enumerated() where resource.id.kind != "Service" {
            guard let selector = selector(of: resource), !selector.isEmpty else { continue }
            bySelector[selector, default: []].append(index)
        }
        return bySelector.filter { $0.value.count > 1 }
    }
}

extension Resource {
    /// The labels of the pods that the object makes; nil for an object that makes none.
    fileprivate var podLabels: [String: String]? {
        switch id.kind {
        case "Pod": value["metadata"]?["labels"]?.texts ?? [:]
        case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "ReplicationController":
            value["spec"]?["template"]?["metadata"]?["labels"]?.texts ?? [:]
        default: nil
        }
    }
}

extension Value {
    fileprivate var texts: [String: String]? {
        object.map { Dictionary($0.entries.map { ($0.key, $0.value.text ?? "") }) { $1 } }
    }
}

extension BuildRun {
    /// Writes labels into selectors too, and says where that does harm.
    func applySelectorLabels(
        _ labels: [String: String], _ specs: [FieldSpec], field: String, at locations: [String: SourceLocation],
        _ list: inout ResourceList
    ) throws(TransformFailure) {
        let overwrites = SelectorOverwrites(of: labels, in: list)
        try MapEntriesTransformer(entries: labels, specs: specs).transform(&list)
        if let finding = overwrites?.finding(in: list, field: field, at: locations) { collector.report(finding) }
        warnOfVersions(labels, field: field, at: locations, list)
    }

    /// Labels that change with every release, by their usual names.
    private static let changingLabels: Set<String> = [
        "version", "app.kubernetes.io/version", "helm.sh/chart", "commit", "git-commit", "revision", "build",
        "build-id",
    ]

    /// The selector of a workload cannot be changed once it is in the cluster.
    private func warnOfVersions(
        _ labels: [String: String], field: String, at locations: [String: SourceLocation], _ list: ResourceList
    ) {
        let changing = labels.filter { Self.changingLabels.contains($0.key) }.sorted { $0.key < $1.key }
        guard let label = changing.first else { return }
        var kinds: [String: Int] = [:]
        for resource in list.items where ["Deployment", "StatefulSet", "DaemonSet"].contains(resource.id.kind) {
            kinds[resource.id.kind, default: 0] += 1
        }
        if kinds.isEmpty { return }
        let affected = SelectorOverwrites.count(kinds.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        collector.report(
            .warning(
                "`\(field)` writes `\(label.key): \(label.value)` into the selectors of \(affected), which cannot be changed later: "
                    + "another \(label.key) means deleting and recreating them",
                at: locations[label.key],
                cure: "write it under `labels` with `includeTemplates: true` and without `includeSelectors`",
                rule: "version-in-selector"))
    }
}
