// The faults that are asked for at the moment, and whom they strike.

import Synchronization

/// All faults of a sandbox. Safe to use from any thread.
package final class FaultPlan: Sendable {
    /// Names a fault that was asked for, so that it can be cleared.
    package typealias ID = Int

    private struct State {
        var next = 1
        var faults: [(id: ID, fault: Fault, left: Int?, hits: Int)] = []
        var onChange: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    init() {}

    /// What a request has to go through.
    struct Strike: Sendable {
        var delay = Duration.zero
        var refusal: StatusError?
        var cutsBefore = false
        var cutsAfter = false
        var expires = false
        var isHarmless: Bool { delay == .zero && refusal == nil && !cutsBefore && !cutsAfter && !expires }
    }

    // MARK: Asking for faults

    /// Asks for a fault from now on.
    @discardableResult
    package func add(_ fault: Fault) -> ID {
        let (id, onChange) = state.withLock { state in
            state.faults.append((state.next, fault, fault.times, 0))
            state.next += 1
            return (state.next - 1, state.onChange)
        }
        onChange?()
        return id
    }

    /// Asks for a fault from now on: `sandbox.faults.add(.refusal(429, retryAfter: 1), on: .writes(of: "deployments"),
    /// times: 3)`.
    @discardableResult
    package func add(_ effect: Fault.Effect, on requests: RequestPattern = .all, times: Int? = nil) -> ID {
        add(Fault(effect, on: requests, times: times))
    }

    /// Clears one fault. False when it is not, or no longer, asked for.
    @discardableResult
    package func clear(_ id: ID) -> Bool {
        let (found, onChange) = state.withLock { state in
            let before = state.faults.count
            state.faults.removeAll { $0.id == id }
            return (state.faults.count < before, state.onChange)
        }
        onChange?()
        return found
    }

    package func clearAll() {
        let onChange = state.withLock { state in
            state.faults = []
            return state.onChange
        }
        onChange?()
    }

    /// How many requests a fault struck so far; nil when it was cleared.
    package func hits(_ id: ID) -> Int? {
        state.withLock { $0.faults.first { $0.id == id }?.hits }
    }

    package var all: [(id: ID, fault: Fault, hits: Int)] {
        state.withLock { $0.faults.map { ($0.id, $0.fault, $0.hits) } }
    }

    // MARK: The server's side

    /// Names the function that is called when faults come or go.
    func onChange(_ body: @escaping @Sendable () -> Void) {
        state.withLock { $0.onChange = body }
    }

    /// The groups that are not served.
    var missingGroups: Set<String> {
        state.withLock { state in
            Set(state.faults.compactMap { if case .missingGroup(let group) = $0.fault.effect { group } else { nil } })
        }
    }

    /// The groups that nobody answers for.
    var unavailableGroups: Set<String> {
        state.withLock { state in
            Set(
                state.faults.compactMap {
                    if case .unavailableGroup(let group) = $0.fault.effect { group } else { nil }
                })
        }
    }

    /// Whether a watch is to bring nothing.
    func silences(_ attributes: AccessAttributes) -> Bool {
        state.withLock { state in
            state.faults.contains { $0.fault.effect == .silentWatches && $0.fault.requests.matches(attributes) }
        }
    }

    /// The verbs that most webhooks are called for.
    private static let admitted: Set<String> = ["create", "update", "patch"]

    /// What strikes a request; it counts as struck.
    func strike(_ request: APIRequest) -> Strike {
        state.withLock { state in
            var strike = Strike()
            guard !state.faults.isEmpty else { return strike }
            let attributes = AccessAttributes(request, user: request.user ?? .anonymous)
            for index in state.faults.indices {
                let fault = state.faults[index].fault
                guard state.faults[index].left != 0, fault.requests.matches(attributes) else { continue }
                switch fault.effect {
                case .latency(let duration): strike.delay += duration
                case .refusal(let status, let retryAfter):
                    strike.refusal = .fault(status, retryAfter: retryAfter, attributes)
                case .cutBefore: strike.cutsBefore = true
                case .cutAfter: strike.cutsAfter = true
                case .expiredVersions:
                    let version = request.parameter("resourceVersion") ?? ""
                    let resumes = attributes.verb == "watch" && !version.isEmpty && version != "0"
                    let goesOn = attributes.verb == "list" && !(request.parameter("continue") ?? "").isEmpty
                    guard resumes || goesOn else { continue }
                    strike.expires = true
                case .silentWatches:
                    guard attributes.verb == "watch" else { continue }
                case .missingGroup, .unavailableGroup: continue
                case .webhookDown:
                    guard Self.admitted.contains(attributes.verb) else { continue }
                    strike.refusal = .webhookDown(attributes)
                }
                state.faults[index].hits += 1
                state.faults[index].left = state.faults[index].left.map { $0 - 1 }
            }
            return strike
        }
    }
}

extension StatusError {
    /// A refusal that a fault asks for, in the words that the real server has for its status.
    fileprivate static func fault(_ status: Int, retryAfter: Int?, _ attributes: AccessAttributes) -> StatusError {
        let resource = GroupResource(group: attributes.group, resource: attributes.resource)
        var error: StatusError =
            switch status {
            case 409: .modified(resource, attributes.name)
            case 429:
                StatusError(
                    code: 429, reason: "TooManyRequests",
                    message: "the server has received too many requests and has asked us to try again later")
            case 503:
                StatusError(
                    code: 503, reason: "ServiceUnavailable",
                    message: "the server is currently unable to handle the request")
            case 504:
                StatusError(code: 504, reason: "Timeout", message: "the server was unable to return a response in time")
            default: .internalError("a fault of the sandbox")
            }
        error.code = status
        error.retryAfterSeconds = retryAfter
        return error
    }

    /// What a server says whose webhook for a group has no process behind its service.
    fileprivate static func webhookDown(_ attributes: AccessAttributes) -> StatusError {
        let name = "admission.\(attributes.group.isEmpty ? "core" : attributes.group).sandbox.gitopsctl.dev"
        return .internalError(
            "failed calling webhook \(quoted(name)): failed to call webhook: Post "
                + "\"https://webhook.sandbox.svc:443/admit?timeout=10s\": dial tcp 10.96.0.99:443: connect: connection refused"
        )
    }
}
