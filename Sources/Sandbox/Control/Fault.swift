// A fault on request: what is to go wrong, for which requests, and how often.

package import Manifest

/// Something that is to go wrong.
package struct Fault: Sendable, Hashable {
    package enum Effect: Sendable, Hashable {
        /// The answer comes later.
        case latency(Duration)
        /// The request is refused with a status, and perhaps the advice to come again after some seconds.
        case refusal(Int, retryAfter: Int? = nil)
        /// The connection is cut before the request is looked at.
        case cutBefore
        /// The request is done, and the connection cut instead of an answer.
        case cutAfter
        /// Watches stay open and bring nothing, until the fault is cleared.
        case silentWatches
        /// Watches that resume, and lists that go on, are told that their version is too old.
        case expiredVersions
        /// A group of the API is not served.
        case missingGroup(String)
        /// A group of the API is there, and whoever serves it does not answer.
        case unavailableGroup(String)
        /// Creates and changes are refused as by a server that cannot reach an admission webhook.
        case webhookDown
    }

    package var effect: Effect
    package var requests: RequestPattern
    /// How many requests it strikes; nil for all until it is cleared.
    package var times: Int?

    package init(_ effect: Effect, on requests: RequestPattern = .all, times: Int? = nil) {
        self.effect = effect
        self.requests = requests
        self.times = times
    }
}

/// Requests by what they ask for. What is nil or empty does not matter.
package struct RequestPattern: Sendable, Hashable {
    /// Kubernetes' verbs: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`.
    package var verbs: Set<String>
    /// The resource's plural name, with a subresource where that is meant: `deployments`, `deployments/scale`.
    package var resource: String?
    package var group: String?
    package var namespace: String?
    package var name: String?

    package init(
        verbs: Set<String> = [], resource: String? = nil, group: String? = nil, namespace: String? = nil,
        name: String? = nil
    ) {
        self.verbs = verbs
        self.resource = resource
        self.group = group
        self.namespace = namespace
        self.name = name
    }

    package static let all = RequestPattern()
    package static let watches = RequestPattern(verbs: ["watch"])
    package static func writes(of resource: String? = nil) -> RequestPattern {
        RequestPattern(verbs: ["create", "update", "patch", "delete", "deletecollection"], resource: resource)
    }

    func matches(_ attributes: AccessAttributes) -> Bool {
        guard attributes.path == nil else { return false }
        let shown =
            attributes.subresource.isEmpty ? attributes.resource : "\(attributes.resource)/\(attributes.subresource)"
        return (verbs.isEmpty || verbs.contains(attributes.verb)) && (resource ?? shown) == shown
            && (group ?? attributes.group) == attributes.group
            && (namespace ?? attributes.namespace) == attributes.namespace
            && (name ?? attributes.name) == attributes.name
    }
}

// MARK: As a document

extension Fault {
    /// Reads a fault as the control endpoint takes it.
    /// - Throws: 400 for an effect that is none.
    init(_ value: Value) throws(StatusError) {
        let status = value["status"]?.int
        switch value["effect"]?.string {
        case "latency": effect = .latency(.milliseconds(value["milliseconds"]?.int ?? 1000))
        case "conflict": effect = .refusal(409)
        case "throttle": effect = .refusal(429, retryAfter: value["retryAfterSeconds"]?.int ?? 1)
        case "error": effect = .refusal(status ?? 500, retryAfter: value["retryAfterSeconds"]?.int)
        case "unavailable": effect = .refusal(503, retryAfter: value["retryAfterSeconds"]?.int)
        case "cut-before": effect = .cutBefore
        case "cut-after": effect = .cutAfter
        case "silent-watches": effect = .silentWatches
        case "expired-versions": effect = .expiredVersions
        case "missing-group": effect = .missingGroup(value["group"]?.string ?? "")
        case "unavailable-group": effect = .unavailableGroup(value["group"]?.string ?? "")
        case "webhook-down": effect = .webhookDown
        default:
            throw .badRequest(
                "unknown effect \(quoted(value["effect"]?.string ?? "")): latency, conflict, throttle, error, unavailable, cut-before, cut-after, silent-watches, expired-versions, missing-group, unavailable-group or webhook-down is expected"
            )
        }
        requests = RequestPattern(
            verbs: Set((value["verbs"]?.array ?? []).compactMap(\.string)), resource: value["resource"]?.string,
            group: ["missing-group", "unavailable-group"].contains(value["effect"]?.string)
                ? nil : value["group"]?.string,
            namespace: value["namespace"]?.string, name: value["name"]?.string)
        times = value["times"]?.int
    }

    /// The fault as the control endpoint shows it.
    package var value: Value {
        var object = Object()
        switch effect {
        case .latency(let duration):
            object["effect"] = "latency"
            object["milliseconds"] = .int(Int(duration / .milliseconds(1)))
        case .refusal(let status, let retryAfter):
            object["effect"] = .string([409: "conflict", 429: "throttle", 503: "unavailable"][status] ?? "error")
            object["status"] = .int(status)
            if let retryAfter { object["retryAfterSeconds"] = .int(retryAfter) }
        case .cutBefore: object["effect"] = "cut-before"
        case .cutAfter: object["effect"] = "cut-after"
        case .silentWatches: object["effect"] = "silent-watches"
        case .expiredVersions: object["effect"] = "expired-versions"
        case .missingGroup(let group):
            object["effect"] = "missing-group"
            object["group"] = .string(group)
        case .unavailableGroup(let group):
            object["effect"] = "unavailable-group"
            object["group"] = .string(group)
        case .webhookDown: object["effect"] = "webhook-down"
        }
        if !requests.verbs.isEmpty { object["verbs"] = .array(requests.verbs.sorted().map { .string($0) }) }
        if let resource = requests.resource { object["resource"] = .string(resource) }
        if let group = requests.group { object["group"] = .string(group) }
        if let namespace = requests.namespace { object["namespace"] = .string(namespace) }
        if let name = requests.name { object["name"] = .string(name) }
        if let times { object["times"] = .int(times) }
        return .object(object)
    }
}
