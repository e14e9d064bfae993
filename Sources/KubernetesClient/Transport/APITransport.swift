// Calls become HTTP exchanges here: credentials, retries, and errors in the API's terms.

import HTTPClient
import Manifest

/// Sends calls to one API server as one user.
struct APITransport: Sendable {
    private(set) var connection: ClusterConnection
    let http: HTTPClient
    let credentials: CredentialSource
    let retry: RetryPolicy
    let requestTimeout: Duration
    let clock: any Clock<Duration>
    /// A number in `0..<1`.
    let random: @Sendable () -> Double

    /// The same with another connection to the same server, which proves itself by the same credentials.
    func acting(on connection: ClusterConnection) -> APITransport {
        var transport = self
        transport.connection = connection
        return transport
    }

    /// Sends a call until it is answered with success, for as often as the policy says.
    func send(_ call: APICall) async throws(KubernetesError) -> HTTPResponse {
        var retry = Retry(retry, isIdempotent: call.isIdempotent)
        var hasRenewed = false
        while true {
            let credential = try await authenticate(call)
            if call.method != "GET", let refusal = RequestPermit.current?.refusal() {
                throw KubernetesError(
                    code: 0, reason: KubernetesError.Reason.cancelled, message: refusal, request: call.title)
            }
            let error: KubernetesError
            let wait: Duration?
            do throws(HTTPError) {
                let response = try await http.send(request(call, credential))
                if 200..<300 ~= response.status { return response }
                if response.status == 401, credentials.isRenewable, !hasRenewed {
                    hasRenewed = true
                    await credentials.invalidate(credential)
                    continue
                }
                error = KubernetesError(response, request: call.title, secret: call.secret)
                let wasOvertaken = call.isUnconditional && error.code == 409 && !error.isFieldManagerConflict
                wait = retry.next(
                    after: wasOvertaken ? .overtaken : .status(response.status, retryAfter: error.retryAfter),
                    random: random())
            } catch let failure {
                error = KubernetesError(failure, request: call.title)
                wait = retry.next(after: .transport(failure), random: random())
            }
            guard let wait else { throw error }
            try await sleep(for: wait, call)
        }
    }

    /// Sends a call and reads the answer.
    func value(_ call: APICall) async throws(KubernetesError) -> Value {
        try Self.value(of: try await send(call), call)
    }

    static func value(of response: HTTPResponse, _ call: APICall) throws(KubernetesError) -> Value {
        do throws(JSONError) {
            return try JSON.read(response.body)
        } catch {
            throw KubernetesError(
                code: response.status, reason: KubernetesError.Reason.unreadable,
                message: "the answer is no JSON: \(error.message) at byte \(error.offset)", request: call.title)
        }
    }

    /// Opens a watch: one try, on a connection of its own.
    func stream(_ call: APICall, stallTimeout: Duration) async throws(KubernetesError) -> HTTPStream {
        let credential = try await authenticate(call)
        var request = request(call, credential)
        request.deadline = nil
        request.stallTimeout = stallTimeout
        request.dedicatedConnection = true
        request.acceptsCompression = false
        let stream: HTTPStream
        do throws(HTTPError) {
            stream = try await http.stream(request)
        } catch {
            throw KubernetesError(error, request: call.title)
        }
        if 200..<300 ~= stream.status { return stream }
        if stream.status == 401 { await credentials.invalidate(credential) }
        let body = (try? await stream.body.collect(upTo: 1 << 20)) ?? []
        throw KubernetesError(
            HTTPResponse(status: stream.status, headers: stream.headers, body: body), request: call.title)
    }

    func sleep(for duration: Duration, _ call: APICall) async throws(KubernetesError) {
        do {
            try await clock.sleep(for: duration)
        } catch {
            throw KubernetesError(
                code: 0, reason: KubernetesError.Reason.cancelled, message: "the request was cancelled",
                request: call.title)
        }
    }

    private func authenticate(_ call: APICall) async throws(KubernetesError) -> Credential {
        do throws(KubernetesError) {
            return try await credentials.credential()
        } catch {
            var error = error
            error.request = call.title
            throw error
        }
    }

    private func request(_ call: APICall, _ credential: Credential) -> HTTPRequest {
        var headers = HTTPHeaders()
        headers.add("Accept", call.accept)
        if let contentType = call.contentType { headers.add("Content-Type", contentType) }
        if let authorization = credential.authorization { headers.add("Authorization", authorization.value) }
        for (name, value) in connection.impersonation?.headers ?? [] { headers.add(name, value) }
        var tls = connection.tls
        if let certificate = credential.clientCertificatePEM {
            tls.clientCertificatePEM = certificate
            tls.clientKeyPEM = credential.clientKeyPEM
        }
        return HTTPRequest(
            method: call.method, url: connection.server + call.target, headers: headers, body: call.body,
            deadline: requestTimeout, tls: tls, proxy: connection.proxy,
            acceptsCompression: connection.acceptsCompression,
            isIdempotent: call.isIdempotent)
    }
}
