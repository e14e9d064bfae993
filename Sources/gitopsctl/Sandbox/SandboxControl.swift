// Speaks to the control endpoint of the sandbox that runs.

import FoundationEssentials
import HTTPClient
import KubernetesClient
import Manifest

struct SandboxControl: Sendable {
    private let connection: ClusterConnection
    private let client = HTTPClient()

    /// - Throws: when no sandbox runs.
    init(_ console: Console) throws(DiagnosticsError) {
        guard let note = SandboxProcess(environment: console.environment).running() else {
            throw DiagnosticsError("no sandbox runs", cure: "Start one with `gitopsctl sandbox start`")
        }
        connection = try Kubeconfig.load(path: note.kubeconfig)
    }

    /// Sends a request below `/sandbox/`.
    /// - Throws: what the sandbox says against it.
    @discardableResult
    func send(_ method: String, _ path: String, _ body: Value? = nil) async throws(DiagnosticsError) -> Value {
        var request = HTTPRequest(method: method, url: connection.server + "/sandbox/" + path)
        request.tls = connection.tls
        request.deadline = .seconds(60)
        if let body {
            request.body = JSON.write(body)
            request.headers.add("Content-Type", "application/json")
        }
        let response: HTTPResponse
        do throws(HTTPError) {
            response = try await client.send(request)
        } catch {
            throw DiagnosticsError("the sandbox does not answer: \(error.message)")
        }
        let answer = (try? JSON.read(response.body)) ?? .null
        guard (200..<300).contains(response.status) else {
            throw DiagnosticsError(answer["message"]?.string ?? "the sandbox answered with status \(response.status)")
        }
        return answer
    }
}

/// An object as people name it on a command line: `deployment/web`.
struct NamedObject {
    var kind: String
    var name: String

    init(_ text: String) throws(DiagnosticsError) {
        let parts = text.split(separator: "/")
        guard parts.count == 2 else {
            throw DiagnosticsError(
                "“\(text)” names no object", cure: "Write it as kind/name, for example deployment/web")
        }
        kind = String(parts[0])
        name = String(parts[1])
    }
}
