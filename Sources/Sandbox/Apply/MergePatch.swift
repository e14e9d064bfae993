// JSON merge patch, RFC 7386.

import Manifest

enum MergePatch {
    static func applied(_ patch: Value, to value: Value) -> Value {
        guard case .object(let changes) = patch else { return patch }
        var result = value.object ?? Object()
        for change in changes.entries {
            if change.value.isNull {
                result[change.key] = nil
            } else {
                result[change.key] = applied(change.value, to: result[change.key] ?? .null)
            }
        }
        return .object(result)
    }
}
