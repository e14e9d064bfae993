// Which labels a selector takes.

import Manifest

/// What is known of an object's labels.
struct KnownLabels {
    var labels: [String: String]
    /// Keys that a controller sets to values that nobody knows beforehand.
    var open: Set<String> = []
}

/// A label selector of apimachinery, or the plain map of a Service.
struct LabelSelector {
    private enum Requirement {
        case isIn(String, [String])
        case isNotIn(String, [String])
        case exists(String)
        case isAbsent(String)
    }

    private var requirements: [Requirement] = []

    /// Whether it takes everything.
    var isEmpty: Bool { requirements.isEmpty }

    /// A map of labels that all have to be there.
    init(labels: Field) {
        requirements = labels.texts.map { .isIn($0.key, [$0.value]) }
    }

    /// `matchLabels` and `matchExpressions`.
    init(_ selector: Field) {
        requirements = (selector["matchLabels"]?.texts ?? [:]).map { .isIn($0.key, [$0.value]) }
        for expression in selector["matchExpressions"]?.items ?? [] {
            guard let key = expression["key"]?.string else { continue }
            let values = expression["values"]?.items.compactMap(\.string) ?? []
            switch expression["operator"]?.string {
            case "In": requirements.append(.isIn(key, values))
            case "NotIn": requirements.append(.isNotIn(key, values))
            case "Exists": requirements.append(.exists(key))
            case "DoesNotExist": requirements.append(.isAbsent(key))
            default: break
            }
        }
    }

    func matches(_ known: KnownLabels) -> Bool {
        requirements.allSatisfy { requirement in
            switch requirement {
            case .isIn(let key, let values): known.open.contains(key) || known.labels[key].map(values.contains) ?? false
            case .isNotIn(let key, let values):
                known.open.contains(key) || !(known.labels[key].map(values.contains) ?? false)
            case .exists(let key): known.open.contains(key) || known.labels[key] != nil
            case .isAbsent(let key): known.labels[key] == nil
            }
        }
    }

    /// `app=web, tier=front`.
    var description: String {
        requirements.map { requirement in
            switch requirement {
            case .isIn(let key, let values):
                values.count == 1 ? "\(key)=\(values[0])" : "\(key) in (\(values.joined(separator: ", ")))"
            case .isNotIn(let key, let values): "\(key) notin (\(values.joined(separator: ", ")))"
            case .exists(let key): key
            case .isAbsent(let key): "!\(key)"
            }
        }.sorted().joined(separator: ", ")
    }
}
