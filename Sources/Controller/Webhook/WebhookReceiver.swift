// Takes deliveries in: reads, proves, remembers, and hands on what they tell. The answer comes before any work is done.

import Manifest
import Synchronization

/// What a sender is answered.
package enum WebhookAnswer: Sendable, Hashable {
    /// Taken in; what it tells is looked at from now on.
    case accepted
    /// Taken in before, or of no business of ours.
    case ignored(String)
    case refused(status: Int, String)

    package var status: Int {
        switch self {
        case .accepted: 202
        case .ignored: 200
        case .refused(let status, _): status
        }
    }

    package var message: String {
        switch self {
        case .accepted: "accepted"
        case .ignored(let why), .refused(_, let why): why
        }
    }
}

/// The webhook without its wire.
package final class WebhookReceiver: Sendable {
    /// The largest body that is read, in bytes. GitHub sends at most 25 MB, and pushes are far smaller.
    package static let bodyLimit = 4 << 20
    /// How many deliveries are remembered.
    private static let memory = 10_000

    private struct Seen {
        var ids: Set<String> = []
        var order: [String] = []
        var oldest = 0

        /// - Returns: whether it was not seen before.
        mutating func insert(_ id: String, limit: Int) -> Bool {
            guard ids.insert(id).inserted else { return false }
            if order.count < limit {
                order.append(id)
            } else {
                ids.remove(order[oldest])
                order[oldest] = id
                oldest = (oldest + 1) % limit
            }
            return true
        }
    }

    private let secrets: @Sendable () -> [WebhookSecret]
    private let seen = Mutex(Seen())

    /// - Parameter secrets: those that are known at the moment.
    package init(secrets: @escaping @Sendable () -> [WebhookSecret]) {
        self.secrets = secrets
    }

    /// Judges a request.
    ///
    /// - Returns: the answer, the provider as far as it is known, and the repositories to look at.
    package func receive(
        _ request: WebhookRequest
    ) -> (answer: WebhookAnswer, provider: WebhookProvider?, pushed: Set<RepositoryAddress>) {
        if request.body.count > Self.bodyLimit { return (.refused(status: 413, "the body is too large"), nil, []) }
        // Nothing is read of what nobody has signed; two providers are told by their bodies, but prove themselves by a
        // header.
        let named = WebhookProvider(headers: request.headers)
        let unnamed = WebhookProvider.toldByBody
        let known = secrets().filter { secret in
            (named.map { [$0] } ?? unnamed).contains { secret.signed(request, from: $0) }
        }
        guard !known.isEmpty else {
            return named == nil && request.headers["authorization"] == nil
                ? (.refused(status: 400, "the sender is not known"), nil, [])
                : (.refused(status: 401, "the signature is missing or wrong"), named, [])
        }
        let body: Value
        do {
            body = try JSON.read(request.body, maximumDepth: 64)
        } catch {
            return (.refused(status: 400, "the body is no JSON"), named, [])
        }
        guard let provider = named ?? WebhookProvider(body: body) else {
            return (.refused(status: 400, "the sender is not known"), nil, [])
        }
        let signers = named == nil ? known.filter { $0.signed(request, from: provider) } : known
        guard !signers.isEmpty else {
            return (.refused(status: 401, "the signature is missing or wrong"), provider, [])
        }
        let delivery = WebhookDelivery(provider, request, body: body)
        guard case .pushed(let addresses) = delivery.news else { return (.ignored("nothing to do"), provider, []) }
        let covered = addresses.filter { address in signers.contains { $0.covers(address) } }
        if covered.isEmpty {
            return (.refused(status: 403, "the secret is not that of this repository"), provider, [])
        }
        if let id = delivery.id, !seen.withLock({ $0.insert(id, limit: Self.memory) }) {
            return (.ignored("delivered before"), provider, [])
        }
        return (.accepted, provider, covered)
    }
}
