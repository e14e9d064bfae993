// The paths of the API, and what each asks of the rights of whoever goes there.

import Reconciler

enum APIRoute: Sendable, Hashable {
    /// nil for all namespaces.
    case list(namespace: String?)
    case get(ApplicationKey)
    case tree(ApplicationKey)
    case history(ApplicationKey)
    case sync(ApplicationKey)
    case suspend(ApplicationKey)
    case resume(ApplicationKey)

    static let root = "/api/v1/"

    /// - Returns: nil for a path that is none of ours.
    init?(_ path: String) {
        guard path.hasPrefix(Self.root) else { return nil }
        let words = path.dropFirst(Self.root.count).split(separator: "/", omittingEmptySubsequences: false).map(
            String.init)
        if words == ["applications"] {
            self = .list(namespace: nil)
            return
        }
        guard words.count >= 3, words[0] == "namespaces", words[2] == "applications",
            KubernetesName.isSubdomain(words[1])
        else { return nil }
        if words.count == 3 {
            self = .list(namespace: words[1])
            return
        }
        guard words.count <= 5, KubernetesName.isSubdomain(words[3]) else { return nil }
        let key = ApplicationKey(namespace: words[1], name: words[3])
        switch words.count == 5 ? words[4] : nil {
        case nil: self = .get(key)
        case "tree": self = .tree(key)
        case "history": self = .history(key)
        case "sync": self = .sync(key)
        case "suspend": self = .suspend(key)
        case "resume": self = .resume(key)
        default: return nil
        }
    }

    var changes: Bool {
        switch self {
        case .list, .get, .tree, .history: false
        case .sync, .suspend, .resume: true
        }
    }

    /// What one needs to be allowed to do oneself: whoever may patch an Application may ask for a sync of it by an
    /// annotation.
    var question: AccessQuestion {
        func ask(_ verb: String, _ namespace: String?, _ name: String? = nil) -> AccessQuestion {
            AccessQuestion(
                verb: verb, group: Application.group, resource: "applications", namespace: namespace, name: name)
        }
        switch self {
        case .list(let namespace): return ask("list", namespace)
        case .get(let key), .tree(let key), .history(let key): return ask("get", key.namespace, key.name)
        case .sync(let key), .suspend(let key), .resume(let key): return ask("patch", key.namespace, key.name)
        }
    }
}
