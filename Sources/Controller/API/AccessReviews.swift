// Who somebody is, and what they may do: the API server says both, and is asked again after a few seconds. There is no
// table of users here.

import Crypto
import KubernetesClient
import Logging
import Manifest
import SyncEngine
import Synchronization

final class AccessReviews: Sendable {
    private struct Grant: Hashable, Sendable {
        var caller: Caller
        var question: AccessQuestion
    }

    private struct State: Sendable {
        /// By digests of tokens. Those that are nobody's have a place of their own: guesses drive out no answers.
        var callers = BriefMemory<[UInt8], Caller>(lifetime: memory, limit: 4096)
        var strangers = BriefMemory<[UInt8], Bool>(lifetime: memory, limit: 4096)
        var grants = BriefMemory<Grant, Bool>(lifetime: memory, limit: 16_384)
        /// How often an address may show a token that is not known.
        var unknown = RateLimit<String>(burst: 20, refill: .milliseconds(500))
        /// The same of all addresses together: each is a request to the API server.
        var anybody = RateLimit<Bool>(burst: 100, refill: .milliseconds(50))
        /// How often a user may ask.
        var users = RateLimit<String>(burst: 50, refill: .milliseconds(100))
    }

    /// How long an answer holds: what is revoked is over within this.
    static let memory = Duration.seconds(5)
    /// Longer than any token that a server issues.
    private static let tokenLimit = 16 << 10

    private let cluster: any KubernetesAPI
    private let clock: any SyncClock
    private let log: Logger
    private let state = Mutex(State())
    /// Without it, nobody who reads this memory can try tokens against it.
    private let key: [UInt8]

    /// - Parameter cluster: under the controller's own rights, which include to create both reviews.
    init(cluster: any KubernetesAPI, clock: any SyncClock, log: Logger) {
        self.cluster = cluster
        self.clock = clock
        self.log = log
        key = (try? randomBytes(32)) ?? (0..<32).map { _ in UInt8.random(in: .min ... .max) }
    }

    /// Whose token a request carries.
    ///
    /// - Throws: 401 where it is nobody's, 429, or 503 where the API server cannot say.
    func caller(of request: ServerRequest) async throws(APIFailure) -> Caller {
        guard let token = Self.token(of: request), let digest = hmacSHA256(Array(token.utf8), key: key) else {
            throw .unauthorized
        }
        let now = clock.now()
        let known = state.withLock {
            ($0.callers.answer(to: digest, at: now), $0.strangers.answer(to: digest, at: now))
        }
        if known.1 != nil { throw .unauthorized }
        let caller: Caller
        if let found = known.0 { caller = found } else { caller = try await review(token, digest, from: request.peer) }
        if let wait = state.withLock({ $0.users.take(caller.user, at: now) }) { throw .tooOften(wait) }
        return caller
    }

    /// - Throws: 403 where a caller may not do something, or 503 where the API server cannot say.
    func require(_ question: AccessQuestion, of caller: Caller) async throws(APIFailure) {
        guard try await allows(question, caller) else { throw question.refusal(of: caller) }
    }

    func allows(_ question: AccessQuestion, _ caller: Caller) async throws(APIFailure) -> Bool {
        let grant = Grant(caller: caller, question: question)
        let now = clock.now()
        if let known = state.withLock({ $0.grants.answer(to: grant, at: now) }) { return known }
        var spec = caller.subject
        spec["resourceAttributes"] = question.attributes
        let review: Value = [
            "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": .object(spec),
        ]
        let status = try await ask(review)["status"]
        let isAllowed = status?["allowed"]?.bool == true && status?["denied"]?.bool != true
        state.withLock { $0.grants.note(isAllowed, to: grant, at: now) }
        return isAllowed
    }

    private func review(_ token: String, _ digest: [UInt8], from peer: String) async throws(APIFailure) -> Caller {
        let now = clock.now()
        if let wait = state.withLock({ $0.unknown.take(peer, at: now) ?? $0.anybody.take(true, at: now) }) {
            throw .tooOften(wait)
        }
        let answer = try await ask([
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": ["token": .string(token)],
        ])
        guard let caller = Caller(review: answer) else {
            state.withLock { $0.strangers.note(true, to: digest, at: now) }
            throw .unauthorized
        }
        state.withLock { $0.callers.note(caller, to: digest, at: now) }
        return caller
    }

    /// What the server's words say of a question stays here: they may quote it, and with it a token.
    private func ask(_ review: Value) async throws(APIFailure) -> Value {
        do throws(KubernetesError) {
            return try await cluster.create(review, options: WriteOptions()).object
        } catch {
            log.warning(
                "\(review["kind"]?.string ?? "review") failed",
                metadata: ["code": "\(error.code)", "reason": "\(error.reason)"])
            throw .unavailable("the API server cannot be asked who may do this")
        }
    }

    /// The bearer token of a request, where it has one that looks like one.
    private static func token(of request: ServerRequest) -> String? {
        guard let header = request.headers["authorization"] else { return nil }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        let token = parts[1].drop { $0 == " " }
        // RFC 6750: no blank, no comma.
        let isWellFormed = token.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ",") }
        return isWellFormed && !token.isEmpty && token.utf8.count <= tokenLimit ? String(token) : nil
    }
}
