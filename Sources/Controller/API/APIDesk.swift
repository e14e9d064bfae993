// The API of a controller, for programs that have a token of the cluster and no kubeconfig: pipelines, dashboards, chat
// bots.
//
// Everything is asked of the API server first: whose token this is, and whether they might do the same by themselves
// with kubectl. What is written is written by the controller, but only what they may write: two annotations that ask
// for a sync, and `spec.suspend`. To impersonate any user, the controller would need rights that are worth a whole
// cluster.

import KubernetesClient
import Logging
import Manifest
import Reconciler
import SyncEngine
import SyncHistory

struct APIDesk: Desk {
    let reviews: AccessReviews
    let registry: ApplicationRegistry
    let place: MemberView.Places
    /// The cluster of the Applications, under the controller's own rights.
    let cluster: any KubernetesAPI
    let metrics: ControllerMetrics
    let now: @Sendable () -> Timestamp
    let log: Logger

    /// A request is a few words.
    let bodyLimit = 16 << 10
    /// How many applications a page of a list has at most, and where nobody says it.
    private static let pageLimit = 500

    func refusal(_ status: Int) -> ServerAnswer { APIFailure.unread(status).answer }

    func answer(_ request: ServerRequest) async -> ServerAnswer {
        var verb = "none"
        let answer: ServerAnswer
        do throws(APIFailure) {
            answer = try await self.answer(request, &verb)
        } catch {
            answer = error.answer
        }
        metrics.asked(verb, code: answer.status)
        return answer
    }

    private func answer(_ request: ServerRequest, _ verb: inout String) async throws(APIFailure) -> ServerAnswer {
        // Nobody learns anything here, not even which paths there are, without a token.
        let caller = try await reviews.caller(of: request)
        guard let route = APIRoute(request.path) else { throw .unknownPath }
        verb = route.question.verb
        guard request.method == (route.changes ? "POST" : "GET") else {
            throw APIFailure(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
        }
        try await reviews.require(route.question, of: caller)
        guard registry.isListed else { throw .unavailable("the applications are not known yet") }
        switch route {
        case .list(let namespace): return Self.ok(try list(namespace, query: request.query))
        case .get(let key): return Self.ok(APIDocuments.application(try application(key).value))
        case .history(let key): return Self.ok(APIDocuments.history(of: key, try application(key).value))
        case .tree(let key): return Self.ok(try await tree(key, caller))
        case .sync(let key): return try await sync(key, request, caller)
        case .suspend(let key): return try await set(isSuspended: true, key, caller)
        case .resume(let key): return try await set(isSuspended: false, key, caller)
        }
    }

    private static func ok(_ value: Value, status: Int = 200) -> ServerAnswer {
        ServerAnswer(status, JSON.write(value), contentType: "application/json")
    }

    private func application(_ key: ApplicationKey) throws(APIFailure) -> RegisteredApplication {
        guard let registered = registry[key] else { throw .notFound(key) }
        return registered
    }

    // MARK: Reading

    /// A page begins behind the key that the one before ended with.
    private func list(_ namespace: String?, query: String) throws(APIFailure) -> Value {
        var limit = Self.pageLimit
        var keys = registry.keys.filter { namespace == nil || $0.namespace == namespace }
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            switch (parts.first ?? "", parts.count > 1 ? parts[1] : "") {
            case ("limit", let text):
                guard let number = Int(text), number > 0 else {
                    throw .badRequest("limit must be a whole number from 1")
                }
                limit = min(number, Self.pageLimit)
            case ("continue", let text):
                let words = text.split(separator: ":").map(String.init)
                guard words.count == 2 else { throw .badRequest("continue is none that was given out") }
                let last = ApplicationKey(namespace: words[0], name: words[1])
                keys = keys.filter { last < $0 }
            default: throw .badRequest("the parameters are limit and continue")
            }
        }
        let page = keys.prefix(limit)
        let left = keys.count - page.count
        let next = left > 0 ? page.last.map { "\($0.namespace):\($0.name)" } : nil
        return APIDocuments.list(page.compactMap { registry[$0]?.value }, next: next, left: left)
    }

    private func tree(_ key: ApplicationKey, _ caller: Caller) async throws(APIFailure) -> Value {
        let registered = try application(key)
        guard let application = try? registered.application.get() else {
            throw APIFailure(
                409, "Conflict", "the application cannot be read: its condition Stalled says why", name: key.name)
        }
        let view = MemberView(place: place) { [reviews] question throws(APIFailure) in
            try await reviews.allows(question, caller)
        }
        return APIDocuments.tree(of: key, try await view.trees(of: application, registered.value))
    }

    // MARK: Asking

    private func sync(_ key: ApplicationKey, _ request: ServerRequest, _ caller: Caller) async throws(APIFailure)
        -> ServerAnswer
    {
        let order = try SyncOrder(request, moment: now().precise, by: caller.user)
        let registered = try application(key)
        if registered.value[path: "spec", "suspend"]?.bool == true {
            throw APIFailure(409, "Conflict", "the application is suspended: resume it first", name: key.name)
        }
        _ = try await patch(key, ["metadata": ["annotations": order.annotations]], by: Vocabulary.FieldManager.request)
        log.info("asked for a sync", metadata: ["application": "\(key)", "by": "\(caller.user)"])
        return Self.ok(APIDocuments.request(of: key, order), status: 202)
    }

    private func set(isSuspended: Bool, _ key: ApplicationKey, _ caller: Caller) async throws(APIFailure)
        -> ServerAnswer
    {
        _ = try application(key)
        let written = try await patch(key, ["spec": ["suspend": .bool(isSuspended)]], by: Vocabulary.FieldManager.edit)
        log.info(isSuspended ? "suspended" : "resumed", metadata: ["application": "\(key)", "by": "\(caller.user)"])
        return Self.ok(APIDocuments.application(written))
    }

    private func patch(_ key: ApplicationKey, _ body: Value, by manager: String) async throws(APIFailure) -> Value {
        do throws(KubernetesError) {
            return try await cluster.patch(
                Application.reference(of: key), type: .merge, body: body, options: WriteOptions(fieldManager: manager)
            ).object
        } catch {
            if error.isNotFound { throw .notFound(key) }
            log.warning("\(error)", metadata: ["application": "\(key)"])
            if 400..<500 ~= error.code { throw APIFailure(error.code, error.reason, error.message, name: key.name) }
            throw .unavailable("the API server does not take the request")
        }
    }
}
