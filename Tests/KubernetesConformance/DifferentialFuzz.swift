// Random sequences of writes by three managers, sent to the sandbox and to a real API server: objects, managedFields
// and refusals must be the same.
//
// GITOPSCTL_FUZZ_SEQUENCES says how many (300 otherwise), GITOPSCTL_FUZZ_SEED where to begin. A finding names its seed.

import FoundationEssentials
import HTTPClient
import Manifest
import Testing

@Suite(
    "The sandbox and a real API server do the same", .runningSandbox,
    .enabled(
        if: ProcessInfo.processInfo.environment["GITOPSCTL_TEST_KUBECONFIG"] != nil,
        "GITOPSCTL_TEST_KUBECONFIG is not set"))
struct DifferentialFuzz {
    private static func number(_ name: String, _ otherwise: UInt64) -> UInt64 {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } ?? otherwise
    }

    @Test func randomWritesHaveTheSameOutcome() async throws {
        let sandbox = try #require(RunningSandbox.server)
        let real = try await ServerUnderTest(
            kubeconfig: ProcessInfo.processInfo.environment["GITOPSCTL_TEST_KUBECONFIG"] ?? "")
        let namespace = "fuzz-\(UInt32.random(in: 0 ... .max))"
        let pair = ServerPair(sandbox: sandbox, real: real, namespace: namespace)
        try await pair.begin()
        let first = Self.number("GITOPSCTL_FUZZ_SEED", 1)
        let count = Self.number("GITOPSCTL_FUZZ_SEQUENCES", 300)
        let lanes: UInt64 = 6
        let findings = try await withThrowingTaskGroup(of: [String].self) { group in
            for lane in 0..<lanes {
                group.addTask {
                    var findings: [String] = []
                    for seed in stride(from: first + lane, to: first + count, by: Int(lanes)) where findings.count < 20
                    {
                        if let finding = try await pair.difference(FuzzSequence(seed: seed)) {
                            findings.append(finding)
                        }
                    }
                    return findings
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        for finding in findings { Issue.record(Comment(rawValue: finding)) }
    }
}

/// The two servers, and what is no difference between them.
struct ServerPair: Sendable {
    let sandbox: ServerUnderTest
    let real: ServerUnderTest
    let namespace: String

    func begin() async throws {
        for server in [sandbox, real] {
            _ = try await send(
                server, "POST", "/api/v1/namespaces", "application/json", ["metadata": ["name": .string(namespace)]])
            _ = try await send(server, "POST", Definition.path, "application/json", FuzzedDefinition.value)
            try await Settling(server: server, namespace: namespace).waitDefined(FuzzedDefinition.value)
        }
    }

    /// Where the outcomes part; nil when they never do.
    func difference(_ sequence: FuzzSequence) async throws -> String? {
        var log: [String] = []
        for step in sequence.steps {
            log.append(Self.summary(step))
            let ours = try await outcome(sandbox, step, sequence)
            let theirs = try await outcome(real, step, sequence)
            guard ours != theirs else { continue }
            let text = { (value: Value) in String(decoding: JSON.write(value), as: UTF8.self) }
            return
                "seed \(sequence.seed), step \(log.count): \(Self.summary(step))\nsandbox: \(text(ours))\nreal:    \(text(theirs))\n"
                + "before: " + log.dropLast().joined(separator: "\n        ")
        }
        return nil
    }

    private static func summary(_ step: FuzzStep) -> String {
        func text(_ value: Value) -> String { String(decoding: JSON.write(value), as: UTF8.self) }
        let action =
            switch step.action {
            case .create(let value): "creates \(text(value))"
            case .apply(let value, let force): "\(force ? "forces" : "applies") \(text(value))"
            case .merge(let value): "merges \(text(value))"
            case .strategic(let value): "merges strategically \(text(value))"
            case .json(let value): "patches \(text(value))"
            case .update(let value): "updates with \(text(value))"
            case .delete: "deletes"
            }
        return "\(step.manager) \(action)"
    }

    /// What a server makes of a step, without what differs by nature.
    private func outcome(_ server: ServerUnderTest, _ step: FuzzStep, _ sequence: FuzzSequence) async throws -> Value {
        let collection = Self.path(sequence.kind.collection, namespace)
        let path = "\(collection)/\(sequence.name)"
        let manager = "?fieldManager=\(step.manager)"
        let answer: HTTPResponse
        switch step.action {
        case .create(let value):
            answer = try await send(server, "POST", collection + manager, "application/json", value)
        case .apply(let value, let force):
            answer = try await send(
                server, "PATCH", "\(path)\(manager)&force=\(force)", "application/apply-patch+yaml", value)
        case .merge(let value):
            answer = try await send(server, "PATCH", path + manager, "application/merge-patch+json", value)
        case .strategic(let value):
            answer = try await send(server, "PATCH", path + manager, "application/strategic-merge-patch+json", value)
        case .json(let value):
            answer = try await send(server, "PATCH", path + manager, "application/json-patch+json", value)
        case .delete: answer = try await send(server, "DELETE", path, "application/json", nil)
        case .update(let value):
            let live = try await send(server, "GET", path, "application/json", nil)
            guard live.status == 200, let object = try? JSON.read(live.body) else { return .int(live.status) }
            answer = try await send(server, "PUT", path + manager, "application/json", Self.merged(value, object))
        }
        // What a deletion shows of a Service changed over the years.
        if case .delete = step.action { return ["status": .int(answer.status)] }
        let body = (try? JSON.read(answer.body)) ?? .null
        return ["status": .int(answer.status), "body": Self.normalized(body)]
    }

    private static func path(_ collection: String, _ namespace: String) -> String {
        guard let colon = collection.firstIndex(of: ":") else { return "/api/v1/namespaces/\(namespace)/\(collection)" }
        return "/apis/\(collection[..<colon])/namespaces/\(namespace)/\(collection[collection.index(after: colon)...])"
    }

    private func send(
        _ server: ServerUnderTest, _ method: String, _ path: String, _ type: String, _ body: Value?
    ) async throws -> HTTPResponse {
        var request = ServerUnderTest.request(method, path, server.connection)
        if let body {
            request.body = JSON.write(body)
            request.headers.add("Content-Type", type)
        }
        return try await server.client.send(request)
    }

    private static func merged(_ patch: Value, _ value: Value) -> Value {
        guard case .object(let changes) = patch else { return patch }
        var result = value.object ?? Object()
        for change in changes.entries {
            result[change.key] = change.value.isNull ? nil : merged(change.value, result[change.key] ?? .null)
        }
        return .object(result)
    }

    // MARK: What is no difference

    /// Fields that Kubernetes 1.20 does not have, or that each server gives as it likes.
    private static let foreign: Set<String> = [
        "internalTrafficPolicy", "ipFamilies", "ipFamilyPolicy", "clusterIP", "clusterIPs", "uid", "resourceVersion",
        "creationTimestamp",
        "deletionTimestamp", "time", "subresource", "f:internalTrafficPolicy", "f:ipFamilies", "f:ipFamilyPolicy",
        "f:clusterIP",
        "f:clusterIPs",
    ]

    private static func normalized(_ value: Value) -> Value {
        switch value {
        case .scalar: return value
        case .array(let items): return .array(items.map(normalized))
        case .object(let object):
            var kept = Object()
            for entry in object.entries.sorted(by: { $0.key < $1.key }) where !foreign.contains(entry.key) {
                kept[entry.key] = normalized(entry.value)
            }
            // Where an applier's new items come to stand changed with structured-merge-diff 4.4.
            for key in ["ports", "containers", "env", "finalizers", "tags"] {
                guard let items = kept[key]?.array else { continue }
                kept[key] = .array(
                    items.sorted {
                        String(decoding: JSON.write($0), as: UTF8.self)
                            < String(decoding: JSON.write($1), as: UTF8.self)
                    })
            }
            // Entries of one second are in no certain order.
            if let entries = kept["managedFields"]?.array {
                kept["managedFields"] = .array(
                    entries.sorted {
                        String(decoding: JSON.write($0), as: UTF8.self)
                            < String(decoding: JSON.write($1), as: UTF8.self)
                    })
            }
            // What an apply empties in metadata is null in the last answer of a deletion, and gone in every other.
            if kept["finalizers"]?.isNull ?? false { kept["finalizers"] = nil }
            if kept["kind"]?.string == "Status" { return refusal(kept) }
            return .object(kept)
        }
    }

    /// A refusal by its code and reason, and by the fields that it names: words changed over the years.
    private static func refusal(_ status: Object) -> Value {
        // Kubernetes 1.20 does not see every conflict behind an item that is new.
        if status["code"]?.int == 409 { return ["code": 409, "reason": status["reason"] ?? .null] }
        // Positions follow the order of items.
        let causes = (status["details"]?["causes"]?.array ?? []).compactMap { $0["field"]?.string }.map { field in
            String(field.replacing(/\[\d+\]/, with: "[]"))
        }
        return [
            "code": status["code"] ?? .null, "reason": status["reason"] ?? .null,
            "fields": .array(Set(causes).sorted().map { .string($0) }),
        ]
    }
}
