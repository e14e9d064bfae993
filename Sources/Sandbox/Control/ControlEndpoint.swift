// The control endpoint: `/sandbox/…` on the sandbox's own port, for those who may do everything. What it does, no real
// server does.
//
//     GET    /sandbox/faults          the faults that are asked for
//     POST   /sandbox/faults          asks for one; answers its id
//     DELETE /sandbox/faults[/ID]     clears one, or all
//     POST   /sandbox/requests        takes note of requests from now on, beginning with none
//     GET    /sandbox/requests        those that were made since
//     DELETE /sandbox/requests        takes note no longer
//     POST   /sandbox/break           {"kind", "namespace", "name", "breakage"}; without a breakage it mends
//     POST   /sandbox/load            {"namespace", "name", "replicas"}: what an autoscaler is to want
//     POST   /sandbox/pace            {"milliseconds"}
//     POST   /sandbox/compact         forgets the events so far
//     POST   /sandbox/restart         {"losesState", "milliseconds"}
//     POST   /sandbox/certificates    {"change": "server" or "authority"}
//     GET    /sandbox/state           everything that the sandbox holds; the values of Secrets with ?secrets=kept alone
//     PUT    /sandbox/state           takes the place of everything that it holds
//     POST   /sandbox/objects         adds objects as they are, or takes their place

import Manifest
import Synchronization

/// What the process around the API does when it is asked to.
protocol SandboxProcessControl: Sendable {
    func requestRestart(losingState: Bool, downFor: Duration)
    func requestCertificates(_ change: CertificateChange)
}

/// Which certificates are made anew.
package enum CertificateChange: String, Sendable {
    /// The server's, by the same authority: clients notice nothing but a new connection.
    case server
    /// The authority's and all others: clients need the new kubeconfig.
    case authority
}

extension KubernetesAPIServer {
    func answerControl(_ request: APIRequest, _ parts: ArraySlice<Substring>) throws(StatusError) -> APIResponse {
        var body: Value = [:]
        if !request.body.isEmpty { body = try RequestBody.readJSON(request.body) }
        switch (request.method, parts.first ?? "", parts.dropFirst().first) {
        case ("GET", "faults", nil): return .json(faultList)
        case ("POST", "faults", nil):
            let id = faults.add(try Fault(body))
            return .json(["id": .int(id)], status: 201)
        case ("DELETE", "faults", nil): faults.clearAll()
        case ("DELETE", "faults", let id?):
            guard let id = Int(id), faults.clear(id) else { throw .badRequest("no fault has the number \(id)") }
        case ("POST", "requests", nil): requests.begin()
        case ("GET", "requests", nil): return .json(["requests": .array(requests.all.map(\.value))])
        case ("DELETE", "requests", nil): requests.end()
        case ("POST", "break", nil): try breakWorkload(body)
        case ("POST", "load", nil):
            try load(
                body["replicas"]?.int, autoscaler: body["name"]?.string ?? "",
                namespace: body["namespace"]?.string ?? "default")
        case ("POST", "pace", nil): rehearsal.pace = body["milliseconds"]?.int.map { .milliseconds($0) }
        case ("POST", "compact", nil): store.compact()
        case ("POST", "restart", nil):
            try control().requestRestart(
                losingState: body["losesState"]?.bool ?? false, downFor: .milliseconds(body["milliseconds"]?.int ?? 0))
        case ("POST", "certificates", nil):
            guard let change = CertificateChange(rawValue: body["change"]?.string ?? "server") else {
                throw .badRequest("unknown change of certificates: server or authority is expected")
            }
            try control().requestCertificates(change)
        case ("GET", "state", nil): return .json(snapshot(withSecrets: request.parameter("secrets") == "kept"))
        case ("PUT", "state", nil): try restore(body)
        case ("POST", "objects", nil): return .json(["imported": .int(try importObjects(body))])
        default: throw .noSuchResource
        }
        return .json(["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success"])
    }

    private var faultList: Value {
        let faults: [Value] = faults.all.map { id, fault, hits in
            var value = fault.value
            value["id"] = .int(id)
            value["hits"] = .int(hits)
            return value
        }
        return ["faults": .array(faults)]
    }

    private func control() throws(StatusError) -> any SandboxProcessControl {
        guard let control = process.withLock({ $0 }) else {
            throw .badRequest("there is no process around this API that could do so")
        }
        return control
    }

    private func breakWorkload(_ body: Value) throws(StatusError) {
        var breakage: Breakage?
        if let text = body["breakage"]?.string {
            breakage = Breakage(rawValue: text)
            guard breakage != nil else {
                let known = Breakage.allCases.map(\.rawValue).joined(separator: ", ")
                throw .badRequest("unknown breakage \(quoted(text)): one of \(known) is expected")
            }
        }
        try rehearse(
            breakage, kind: body["kind"]?.string ?? "", namespace: body["namespace"]?.string ?? "default",
            name: body["name"]?.string ?? "")
    }
}
