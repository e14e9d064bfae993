// An API server of a few kinds for the tests, scripted request by request.

import HTTPClient
import KubernetesClient
import Manifest
import Synchronization
import TestServer

/// Discovery as an old server answers it, and whatever else a test's script says.
final class FakeServer: Sendable {
    typealias Script = @Sendable (TestRequest, TestConnection) -> Void

    let server: TestServer

    static let core = """
        {"kind":"APIResourceList","groupVersion":"v1","resources":[
         {"name":"configmaps","singularName":"configmap","namespaced":true,"kind":"ConfigMap","shortNames":["cm"],
          "verbs":["create","delete","get","list","patch","update","watch"]},
         {"name":"secrets","singularName":"","namespaced":true,"kind":"Secret","verbs":["get"]},
         {"name":"namespaces","singularName":"","namespaced":false,"kind":"Namespace","verbs":["get"]},
         {"name":"namespaces/status","singularName":"","namespaced":false,"kind":"Namespace","verbs":["get"]}]}
        """

    init(_ script: @escaping Script) {
        server = TestServer { request, connection in
            switch request.path {
            case "/api": connection.respond(json: #"{"kind":"APIVersions","versions":["v1"]}"#)
            case "/apis": connection.respond(json: #"{"kind":"APIGroupList","groups":[]}"#)
            case "/api/v1": connection.respond(json: Self.core)
            default: script(request, connection)
            }
        }
    }

    /// The requests that were not discovery's.
    var requests: [TestRequest] { server.requests.filter { !["/api", "/apis", "/api/v1"].contains($0.path) } }

    func client(
        credentials: Credentials = .none, namespace: String = "default", options: KubernetesClient.Options? = nil
    ) -> KubernetesClient {
        KubernetesClient(
            ClusterConnection(server: server.url, proxy: "", credentials: credentials, namespace: namespace),
            options: options ?? KubernetesClient.Options(clock: InstantClock(), random: { 0.5 }))
    }
}

/// A clock on which every wait is over at once; it remembers what was waited for.
final class InstantClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private let time = Mutex((now: Duration.zero, waits: [Duration]()))

    var now: Instant { Instant(offset: time.withLock { $0.now }) }
    var minimumResolution: Duration { .zero }
    var waits: [Duration] { time.withLock { $0.waits } }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        time.withLock {
            $0.waits.append(deadline.offset - $0.now)
            $0.now = max($0.now, deadline.offset)
        }
    }
}

/// Counts calls, for scripts that answer differently each time.
final class Counter: Sendable {
    private let count = Mutex(0)

    /// The number of this call, from 1.
    func next() -> Int {
        count.withLock {
            $0 += 1
            return $0
        }
    }
}

func status(_ code: Int, _ reason: String, _ message: String = "no", details: String = "{}") -> String {
    """
    {"kind":"Status","apiVersion":"v1","status":"Failure","code":\(code),"reason":"\(reason)","message":"\(message)","details":\(details)}
    """
}

func configMap(_ name: String, version: Int = 1) -> String {
    #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"\#(name)","namespace":"default","resourceVersion":"\#(version)"}}"#
}

func reference(_ kind: String, _ name: String, namespace: String? = nil) -> ObjectReference {
    ObjectReference(gvk: GroupVersionKind(apiVersion: "v1", kind: kind), namespace: namespace, name: name)
}

let configMaps = APIResource(group: "", version: "v1", kind: "ConfigMap", name: "configmaps", isNamespaced: true)
