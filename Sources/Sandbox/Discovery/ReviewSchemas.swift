// The types of reviews, which the table of types leaves out because nothing is ever merged into one: what OpenAPI says
// of them. Source: the reference of `authentication.k8s.io/v1` and `authorization.k8s.io/v1`.

import Manifest

enum ReviewSchemas {
    /// The schema of a review's kind; nil for any other kind.
    static func schema(_ kind: String) -> Value? {
        switch kind {
        case "TokenReview":
            review(
                spec: ["audiences": strings, "token": string],
                status: ["audiences": strings, "authenticated": boolean, "error": string, "user": userInfo])
        case "SelfSubjectReview": review(spec: nil, status: ["userInfo": userInfo])
        case "SubjectAccessReview", "LocalSubjectAccessReview":
            review(
                spec: [
                    "extra": extra, "groups": strings, "nonResourceAttributes": nonResourceAttributes,
                    "resourceAttributes": resourceAttributes, "uid": string, "user": string,
                ], status: accessStatus, required: ["allowed"])
        case "SelfSubjectAccessReview":
            review(
                spec: ["nonResourceAttributes": nonResourceAttributes, "resourceAttributes": resourceAttributes],
                status: accessStatus, required: ["allowed"])
        case "SelfSubjectRulesReview":
            review(
                spec: ["namespace": string],
                status: [
                    "evaluationError": string, "incomplete": boolean,
                    "nonResourceRules": rules(["nonResourceURLs": strings, "verbs": strings]),
                    "resourceRules": rules([
                        "apiGroups": strings, "resourceNames": strings, "resources": strings, "verbs": strings,
                    ]),
                ], required: ["resourceRules", "nonResourceRules", "incomplete"])
        default: nil
        }
    }

    private static func review(spec: Object?, status: Object, required: [String] = []) -> Value {
        var properties: Object = ["apiVersion": string, "kind": string, "metadata": ["type": "object"]]
        if let spec { properties["spec"] = object(spec) }
        var answer: Object = ["type": "object", "properties": .object(status)]
        if !required.isEmpty { answer["required"] = .array(required.map { .string($0) }) }
        properties["status"] = .object(answer)
        var schema: Object = ["type": "object", "properties": .object(properties)]
        if spec != nil { schema["required"] = ["spec"] }
        return .object(schema)
    }

    private static let string: Value = ["type": "string"]
    private static let boolean: Value = ["type": "boolean"]
    private static let strings: Value = ["type": "array", "items": string]
    private static let extra: Value = ["type": "object", "additionalProperties": strings]
    private static func object(_ properties: Object) -> Value { ["type": "object", "properties": .object(properties)] }
    private static func rules(_ properties: Object) -> Value { ["type": "array", "items": object(properties)] }

    private static let userInfo = object(["extra": extra, "groups": strings, "uid": string, "username": string])
    private static let nonResourceAttributes = object(["path": string, "verb": string])
    private static let resourceAttributes = object([
        "fieldSelector": selectorAttributes, "group": string, "labelSelector": selectorAttributes, "name": string,
        "namespace": string, "resource": string, "subresource": string, "verb": string, "version": string,
    ])
    private static let selectorAttributes = object([
        "rawSelector": string, "requirements": rules(["key": string, "operator": string, "values": strings]),
    ])
    private static let accessStatus: Object = [
        "allowed": boolean, "denied": boolean, "evaluationError": string, "reason": string,
    ]
}
