// What the controller serves to those who show no token: its webhook, its probes, its metrics.

struct ControllerDesk: Desk {
    /// Judges a delivery; what it tells is looked at after the answer.
    var webhook: @Sendable (WebhookRequest) -> WebhookAnswer
    /// How often the webhook may be knocked at.
    var limit: DeliveryLimit
    /// Whether everything is known that there is to know at the start.
    var isReady: @Sendable () -> Bool
    var metrics: @Sendable () async -> String

    var bodyLimit: Int { WebhookReceiver.bodyLimit }

    func refusal(_ status: Int) -> ServerAnswer { .plain(status, retryAfter: status == 503 ? .seconds(1) : nil) }

    func refusal(of request: ServerRequest) -> ServerAnswer? {
        guard (request.method, request.path) == ("POST", "/webhook"), let wait = limit.take(request.peer) else {
            return nil
        }
        return .plain(429, retryAfter: wait)
    }

    func answer(_ request: ServerRequest) async -> ServerAnswer {
        switch (request.method, request.path) {
        case ("GET", "/healthz"), ("HEAD", "/healthz"): return ServerAnswer(200, "ok\n")
        case ("GET", "/readyz"), ("HEAD", "/readyz"): return isReady() ? ServerAnswer(200, "ok\n") : .plain(503)
        case ("GET", "/metrics"):
            return ServerAnswer(
                200, Array(await metrics().utf8), contentType: "text/plain; version=0.0.4; charset=utf-8")
        case ("POST", "/webhook"):
            let answer = webhook(WebhookRequest(headers: request.headers, body: request.body))
            if [400, 401].contains(answer.status) {
                limit.charge(request.peer, bytes: request.body.count)
            } else {
                limit.giveBack(request.peer)
            }
            return ServerAnswer(answer.status, answer.message + "\n")
        case (_, "/healthz"), (_, "/readyz"), (_, "/metrics"), (_, "/webhook"): return .plain(405)
        default: return .plain(404)
        }
    }
}
