// What `status.conditions` says, as the rules of many kinds read it.

import Manifest

/// A condition of `status.conditions`.
struct Condition {
    var status: String
    var reason: String
    var message: String
    /// The generation that it speaks of, where it says so.
    var observedGeneration: Int?

    /// The reason and the message as one text.
    var text: String {
        switch (reason.isEmpty, message.isEmpty) {
        case (false, false): "\(reason): \(message)"
        case (false, true): reason
        default: message
        }
    }
}

extension Value {
    func condition(_ type: String) -> Condition? {
        let found = self[path: "status", "conditions"]?.array?.first { $0["type"]?.string == type }
        return found.map {
            Condition(
                status: $0["status"]?.string ?? "Unknown", reason: $0["reason"]?.string ?? "",
                message: $0["message"]?.string ?? "", observedGeneration: $0["observedGeneration"]?.int)
        }
    }

    /// Whether a condition speaks of an older generation than the object has now.
    func isOutdated(_ condition: Condition) -> Bool {
        guard let observed = condition.observedGeneration, let now = self[path: "metadata", "generation"]?.int else {
            return false
        }
        return observed < now
    }

    /// A text of the status, nil where there is none or an empty one.
    func statusText(_ field: String) -> String? {
        let text = self[path: "status", field]?.string
        return text?.isEmpty == true ? nil : text
    }

    func count(_ path: String...) -> Int? {
        var current: Value? = self
        for key in path { current = current?[key] }
        return current?.int
    }
}
