// Git's smart HTTP protocol (gitprotocol-http(5)) over the house's HTTP client.

internal import HTTPClient
internal import LocalFiles
internal import Synchronization

/// What is known of a server from an earlier conversation: it saves the first request of the next.
struct KnownServer: Sendable, Hashable {
    /// The address after redirects, without `/info/refs`.
    var base: String
    var capabilities: [String: String]

    /// Lines of text: the address, then a capability each.
    var text: String {
        ([base] + capabilities.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }).joined(separator: "\n")
            + "\n"
    }

    init(base: String, capabilities: [String: String]) {
        self.base = base
        self.capabilities = capabilities
    }

    /// What a file says that was written of `text`; nil where it says nothing of use.
    init?(file: String) {
        guard let bytes = WholeFile.read(file) else { return nil }
        self.init(text: String(decoding: bytes, as: UTF8.self))
    }

    init?(text: String) {
        let lines = text.split(separator: "\n")
        guard let base = lines.first, base.hasPrefix("http") else { return nil }
        self.base = String(base)
        capabilities = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            capabilities[String(parts[0])] = String(parts[1])
        }
        guard capabilities["fetch"] != nil else { return nil }
    }
}

/// One conversation over HTTP. It is stateless for the server: every request stands for itself.
final class HTTPSession: Session {
    private let repository: RemoteRepository
    private let url: String
    private let client: HTTPClient
    private let deadline: Deadline
    private let state: Mutex<State>

    private struct State {
        /// Where requests go: the repository's address, or where it redirected to.
        var base: String
        var advertisement: Advertisement?
    }

    /// - Parameter known: what an earlier conversation learnt; the advertisement is then not asked for.
    init(
        repository: RemoteRepository, url: String, client: HTTPClient, deadline: Deadline, known: KnownServer? = nil
    ) {
        self.repository = repository
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.client = client
        self.deadline = deadline
        state = Mutex(
            State(
                base: known?.base ?? self.url,
                advertisement: known.map { Advertisement(version: .two, capabilities: $0.capabilities) }))
    }

    /// What the next conversation can begin with; nil for the old protocol versions, which begin with the refs.
    var known: KnownServer? {
        state.withLock { state in
            guard let advertisement = state.advertisement, advertisement.version == .two else { return nil }
            return KnownServer(base: state.base, capabilities: advertisement.capabilities)
        }
    }

    func advertisement() async throws(GitError) -> Advertisement {
        if let advertisement = state.withLock({ $0.advertisement }) { return advertisement }
        let path = "/info/refs?service=git-upload-pack"
        var request = request("GET", url + path)
        request.maximumRedirects = 5
        let (stream, packets) = try await open(
            request, contentType: "application/x-git-upload-pack-advertisement", doing: "asking for its refs")
        var answer = packets
        var reader = AdvertisementReader()
        while true {
            let packet = try await answer.next()
            do {
                guard let advertisement = try reader.take(packet) else { continue }
                await answer.finish()
                state.withLock { state in
                    state.advertisement = advertisement
                    if stream.url.hasSuffix(path) { state.base = String(stream.url.dropLast(path.count)) }
                }
                return advertisement
            } catch {
                throw GitError(error)
            }
        }
    }

    func send(_ body: [UInt8]) async throws(GitError) -> PacketStream {
        var request = request("POST", state.withLock { $0.base } + "/git-upload-pack")
        request.headers["Content-Type"] = "application/x-git-upload-pack-request"
        request.headers["Accept"] = "application/x-git-upload-pack-result"
        request.body = body
        // Asking twice answers twice, and changes nothing.
        request.isIdempotent = true
        return try await open(request, contentType: "application/x-git-upload-pack-result", doing: "fetching").packets
    }

    func close() async {}

    private func request(_ method: String, _ url: String) -> HTTPRequest {
        var request = HTTPRequest(method: method, url: url)
        request.headers["Git-Protocol"] = "version=2"
        if let authorization, Self.origin(of: url) == Self.origin(of: self.url) {
            request.headers["Authorization"] = authorization
        }
        request.deadline = deadline.remaining
        request.connectTimeout = min(request.connectTimeout, deadline.remaining)
        request.tls.caPEM = repository.certificateAuthority
        request.proxy = repository.proxy
        return request
    }

    private var authorization: String? {
        switch repository.credentials {
        case .token(let token, let user): "Basic " + Base64.encode(Array("\(user):".utf8) + token.reveal())
        case .password(let user, let password): "Basic " + Base64.encode(Array("\(user):".utf8) + password.reveal())
        case .bearer(let token): "Bearer " + token.revealText()
        case .ssh, nil: nil
        }
    }

    /// Scheme, host and port: what credentials are for.
    private static func origin(of url: String) -> String {
        guard let mark = url.firstRange(of: "://") else { return url }
        return url[..<(url[mark.upperBound...].firstIndex(of: "/") ?? url.endIndex)].lowercased()
    }

    private func open(
        _ request: HTTPRequest, contentType: String, doing: String
    ) async throws(GitError) -> (stream: HTTPStream, packets: PacketStream) {
        let stream: HTTPStream
        do {
            stream = try await client.stream(request)
        } catch {
            throw describe(error, doing)
        }
        guard stream.status == 200 else { throw describe(status: stream.status, headers: stream.headers) }
        let received = stream.headers["Content-Type"].map { $0.prefix { $0 != ";" && $0 != " " } } ?? ""
        guard received.lowercased() == contentType else {
            throw GitError(
                .repositoryNotFound,
                "the answer is not Git's smart protocol but `\(ProtocolFailure.printable(received))`",
                cure: "check the address: it should be the one that git clone takes")
        }
        return (stream, PacketStream(BodySource(body: stream.body) { self.describe($0, doing) }))
    }

    private struct BodySource: ByteSource {
        let body: HTTPStream.Body
        let describe: @Sendable (HTTPError) -> GitError

        func next() async throws(GitError) -> [UInt8]? {
            var iterator = body.makeAsyncIterator()
            do {
                return try await iterator.next()
            } catch {
                throw describe(error)
            }
        }

        func finish() async {
            // A body that goes on after its last packet is not waited for.
            _ = try? await next()
        }
    }

    // MARK: What went wrong

    private func describe(_ error: HTTPError, _ doing: String) -> GitError {
        switch error.code {
        case .timeout, .stalled:
            return deadline.error(while: doing)
        case .cancelled: return GitError(.cancelled, "cancelled while \(doing)")
        case .tls:
            return GitError(
                .certificate, "the secure connection failed: \(error.message)",
                cure: "if the server has a certificate of a private authority, give that authority's certificate")
        case .resolve, .connect:
            return GitError(
                .unreachable, "the server cannot be reached: \(error.message)",
                cure: "check the address, the network and the proxy")
        case .tooLarge: return GitError(.tooLarge, error.message)
        case .invalidRequest, .forbiddenAddress: return GitError(.invalid, error.message)
        case .reset, .protocolError, .tooManyRedirects:
            return GitError(.unreachable, "the connection broke while \(doing): \(error.message)")
        }
    }

    private func describe(status: Int, headers: HTTPHeaders) -> GitError {
        switch status {
        case 401, 403:
            let reason = status == 401 ? "the server wants a login (HTTP 401)" : "the server refuses access (HTTP 403)"
            guard let credentials = repository.credentials else {
                return GitError(
                    .authentication, "authentication failed: \(reason)",
                    cure: "give credentials for this repository: a token, or a user and a password")
            }
            return GitError(
                .authentication, "authentication failed: \(reason) and does not accept the given \(credentials.kind)",
                cure: "check that it is valid, not expired, and may read this repository")
        case 404, 410:
            return GitError(
                .repositoryNotFound, "the server knows no such repository (HTTP \(status))",
                cure: repository.credentials == nil
                    ? "check the address; a private repository may look like this without credentials"
                    : "check the address, and that the credentials may read it")
        case 407:
            return GitError(
                .authentication, "the proxy wants a login (HTTP 407)", cure: "put user and password in the proxy's URL")
        case 300..<400:
            let location = headers["Location"].map { " to \(RedactedURL($0))" } ?? ""
            return GitError(
                .repositoryNotFound, "the server redirects\(location) (HTTP \(status))",
                cure: "use the repository's new address")
        case 429:
            return GitError(.server, "the server asks for fewer requests (HTTP 429)", cure: "poll less often")
        default:
            return GitError(.server, "the server failed (HTTP \(status))")
        }
    }
}

extension Credentials {
    /// What they are, in a sentence.
    var kind: String {
        switch self {
        case .token, .bearer: "token"
        case .password: "password"
        case .ssh: "ssh key"
        }
    }
}
