// The label selector of a workload: `matchLabels` and `matchExpressions`, or the plain map of Services and older kinds.

import Manifest

/// `metav1.LabelSelector`, as pods are matched by it.
struct PodSelector: Sendable, Hashable {
    private(set) var selector = LabelSelector.everything
    /// The terms in the string form of the API.
    private var terms: [String] = []

    /// A selector that is absent selects nothing to match on: everything.
    init(_ value: Value?) {
        guard let object = value?.object else { return }
        let labels =
            object["matchLabels"]?.object
            ?? (object.contains("matchExpressions") ? Object() : object)
        for entry in labels.entries.sorted(by: { $0.key < $1.key }) {
            let text = entry.value.string ?? ""
            selector.requirements.append(.isIn(entry.key, [text]))
            terms.append("\(entry.key)=\(text)")
        }
        for expression in object["matchExpressions"]?.array ?? [] {
            let key = expression["key"]?.string ?? ""
            let values = (expression["values"]?.array ?? []).compactMap(\.string)
            let list = values.sorted().joined(separator: ",")
            switch expression["operator"]?.string {
            case "In":
                selector.requirements.append(.isIn(key, Set(values)))
                terms.append("\(key) in (\(list))")
            case "NotIn":
                selector.requirements.append(.isNotIn(key, Set(values)))
                terms.append("\(key) notin (\(list))")
            case "Exists":
                selector.requirements.append(.exists(key))
                terms.append(key)
            case "DoesNotExist":
                selector.requirements.append(.isAbsent(key))
                terms.append("!\(key)")
            default: break
            }
        }
    }

    var isEmpty: Bool { selector.isEverything }
    var text: String { terms.joined(separator: ",") }

    func matches(_ labels: [String: String]) -> Bool { selector.matches(labels) }

    /// Matches the labels of a template or of an object's metadata.
    func matches(labels value: Value?) -> Bool {
        var labels: [String: String] = [:]
        for entry in value?.object?.entries ?? [] { labels[entry.key] = entry.value.string ?? "" }
        return matches(labels)
    }
}
