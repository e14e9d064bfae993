// A cluster without network or threads: requests are function calls, time moves when a test moves it.

import Manifest
import Synchronization

@testable import Sandbox

/// An answer, its body read as JSON.
struct Answer {
    var status: Int
    var headers: [(name: String, value: String)]
    var body: Value
    var text: String

    subscript(path: String...) -> Value? { body.value(at: path[...]) }
    var message: String { body["message"]?.string ?? "" }
    var reason: String { body["reason"]?.string ?? "" }
    var warnings: [String] { headers.filter { $0.name == "warning" }.map(\.value) }
}

/// The API with the controllers, under a clock of the test's own.
final class TestCluster {
    let api: KubernetesAPIServer
    private let clock = Clock()
    private let inbox = Inbox()
    private var life: Life

    private final class Clock: Sendable {
        let time = Mutex(Timestamp(microseconds: 1_800_000_000_000_000))
        let seed = Mutex<UInt64>(42)
    }

    private final class Inbox: Sendable {
        let changes = Mutex<[LifeChange]>([])
    }

    init(windowSize: Int = 1024, tokens: [String: User] = [:]) {
        let clock = clock
        let ambient = Ambient(
            now: { clock.time.withLock { $0 } },
            random: {
                // SplitMix64, so that every run sees the same names and addresses.
                clock.seed.withLock { seed in
                    seed &+= 0x9e37_79b9_7f4a_7c15
                    var mixed = seed
                    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
                    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
                    return mixed ^ (mixed >> 31)
                }
            })
        api = KubernetesAPIServer(store: ObjectStore(windowSize: windowSize), ambient: ambient, tokens: tokens)
        life = Life(api: api, pace: .milliseconds(300))
        let inbox = inbox
        api.store.observe { resource, event in
            inbox.changes.withLock { $0.append(LifeChange(resource: resource, event: event)) }
        }
        life.begin(now: now)
    }

    var now: Timestamp { clock.time.withLock { $0 } }

    /// Sends a request as the admin. The line is `METHOD /path?query`.
    @discardableResult
    func send(
        _ line: String, _ body: String = "", type: String = "application/json", accept: String? = nil,
        agent: String = "test/1.0", user: User? = .admin
    ) -> Answer {
        let parts = line.split(separator: " ", maxSplits: 1)
        var headers = [(name: "content-type", value: type), (name: "user-agent", value: agent)]
        if let accept { headers.append((name: "accept", value: accept)) }
        let response = api.handle(
            APIRequest(
                method: String(parts[0]), uri: String(parts[1]), headers: headers, body: Array(body.utf8), user: user))
        let bytes = response.bytes ?? []
        return Answer(
            status: response.status, headers: response.headers, body: (try? JSON.read(bytes)) ?? .null,
            text: String(decoding: bytes, as: UTF8.self))
    }

    /// Opens a watch.
    func watch(_ path: String) -> WatchStream? {
        let response = api.handle(APIRequest(method: "GET", uri: path, user: .admin))
        guard case .watch(let stream) = response.body else { return nil }
        return stream
    }

    /// Applies a configuration as a manager.
    @discardableResult
    func apply(_ path: String, _ body: String, as manager: String, force: Bool = false) -> Answer {
        let separator = path.contains("?") ? "&" : "?"
        return send(
            "PATCH \(path)\(separator)fieldManager=\(manager)&force=\(force)", body,
            type: "application/apply-patch+yaml")
    }

    /// Lets time pass in steps, with everything that controllers do in it.
    func pass(_ duration: Duration = .seconds(5)) {
        let end = now + duration
        settle()
        while now < end {
            clock.time.withLock { $0 = min(end, $0 + .milliseconds(50)) }
            settle()
        }
    }

    private func settle() {
        for _ in 0..<1000 {
            let changes = inbox.changes.withLock { changes in
                defer { changes = [] }
                return changes
            }
            for change in changes { life.take(change, now: now) }
            _ = life.step(now: now)
            if inbox.changes.withLock({ $0.isEmpty }) { return }
        }
    }
}

extension WatchStream {
    /// The events that wait, as `TYPE name`.
    func events() -> [String] {
        String(decoding: take().bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
            guard let value = try? JSON.read(Array(line.utf8)) else { return nil }
            let name =
                value[path: "object", "metadata", "name"]?.string ?? value[path: "object", "reason"]?.string ?? ""
            return "\(value["type"]?.string ?? "") \(name)"
        }
    }
}

/// Bodies that many tests need.
enum Sample {
    static let configMap = #"{"metadata":{"name":"settings","labels":{"app":"web"}},"data":{"a":"1"}}"#

    static func deployment(_ name: String = "web", replicas: Int? = nil, image: String = "nginx:1.25") -> String {
        let replicas = replicas.map { "\"replicas\":\($0)," } ?? ""
        return """
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"\(name)"},"spec":{\(replicas)
            "selector":{"matchLabels":{"app":"\(name)"}},"template":{"metadata":{"labels":{"app":"\(name)"}},
            "spec":{"containers":[{"name":"\(name)","image":"\(image)"}]}}}}
            """
    }
}
