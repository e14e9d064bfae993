// The state machines: back-off, retries, the course of a watch, lines out of pieces. No I/O, no clocks.

import HTTPClient
import Manifest
import Testing

@testable import KubernetesClient

struct BackoffTests {
    @Test func doublesUpToItsLimit() {
        var backoff = Backoff(base: .milliseconds(100), limit: .seconds(1))
        let waits = (0..<6).map { _ in backoff.next(random: 1) }
        #expect(waits == [100, 200, 400, 800, 1000, 1000].map { .milliseconds($0) })
        backoff.reset()
        let first = backoff.next(random: 1)
        #expect(first == .milliseconds(100))
    }

    @Test func chanceTakesUpToHalf() {
        var backoff = Backoff(base: .milliseconds(100), limit: .seconds(1))
        let waits = [backoff.next(random: 0), backoff.next(random: 0.5)]
        #expect(waits == [.milliseconds(50), .milliseconds(150)])
    }

    @Test func neverOverflows() {
        var backoff = Backoff(base: .seconds(1), limit: .seconds(30))
        let waits = (0..<200).map { _ in backoff.next(random: 0.5) }
        #expect(waits.allSatisfy { $0 <= .seconds(30) })
    }
}

struct RetryTests {
    private let policy = RetryPolicy(attempts: 3, base: .milliseconds(100), limit: .seconds(5))

    @Test(
        arguments: [
            // code, Retry-After in seconds, idempotent, tried again
            (429, nil, true, true), (429, nil, false, true), (429, 1, false, true), (429, 31, true, false),
            (503, nil, true, true), (503, nil, false, false), (503, 1, false, true), (502, nil, true, true),
            (504, nil, true, true), (504, nil, false, false), (500, nil, true, false), (500, 1, true, true),
            (400, nil, true, false), (401, nil, true, false), (403, nil, true, false), (404, nil, true, false),
            (409, nil, true, false), (410, nil, true, false), (422, nil, true, false),
        ] as [(Int, Int?, Bool, Bool)])
    func statuses(code: Int, retryAfter: Int?, isIdempotent: Bool, expected: Bool) {
        var retry = Retry(policy, isIdempotent: isIdempotent)
        let wait = retry.next(after: .status(code, retryAfter: retryAfter.map { .seconds($0) }), random: 0)
        #expect((wait != nil) == expected)
    }

    @Test(
        arguments: [
            (.connect, true, true), (.connect, false, true), (.resolve, false, true), (.reset, true, true),
            (.reset, false, false),
            (.stalled, true, true), (.timeout, true, false), (.tls, true, false), (.cancelled, true, false),
            (.tooLarge, true, false),
        ] as [(HTTPError.Code, Bool, Bool)])
    func brokenConnections(code: HTTPError.Code, isIdempotent: Bool, expected: Bool) {
        var retry = Retry(policy, isIdempotent: isIdempotent)
        let wait = retry.next(after: .transport(HTTPError(code, "", url: "")), random: 0)
        #expect((wait != nil) == expected)
    }

    @Test func whatWasOvertakenIsTriedAgain() {
        var retry = Retry(policy, isIdempotent: true)
        #expect(
            (0..<3).map { _ in retry.next(after: .overtaken, random: 1) } == [
                .milliseconds(100), .milliseconds(200), nil,
            ])
    }

    @Test func givesUpAfterItsAttempts() {
        var retry = Retry(policy, isIdempotent: true)
        let waits = (0..<3).map { _ in retry.next(after: .status(503, retryAfter: nil), random: 1) }
        #expect(waits == [.milliseconds(100), .milliseconds(200), nil])
    }

    @Test func waitsAtLeastAsLongAsAsked() {
        var retry = Retry(policy, isIdempotent: true)
        let waits = [0, 0.5].map { retry.next(after: .status(429, retryAfter: .seconds(8)), random: $0) }
        #expect(waits == [.seconds(8), .seconds(9)])
    }
}

struct WatchStateTests {
    private func event(_ type: String, version: String) -> Value {
        ["type": .string(type), "object": ["metadata": ["name": "x", "resourceVersion": .string(version)]]]
    }

    private func errorEvent(_ code: Int) -> Value {
        ["type": "ERROR", "object": ["kind": "Status", "code": .int(code), "message": "m", "reason": "r"]]
    }

    private func error(_ code: Int, retryAfter: Duration? = nil) -> KubernetesError {
        KubernetesError(code: code, reason: "", message: "", retryAfter: retryAfter, request: "watch X")
    }

    private func broken(_ code: HTTPError.Code) -> KubernetesError {
        KubernetesError(HTTPError(code, "", url: ""), request: "watch X")
    }

    @Test(arguments: ["ADDED", "MODIFIED", "DELETED", "BOOKMARK"])
    func everyEventMovesItOn(type: String) {
        var state = WatchState(from: "5", title: "watch X")
        guard case .deliver = state.received(event(type, version: "9"), random: 0) else { return #expect(Bool(false)) }
        #expect(state.resourceVersion == "9")
    }

    @Test func anUnknownKindOfEventIsPassedOver() {
        var state = WatchState(from: "5", title: "watch X")
        guard case .ignore = state.received(event("SPARKLED", version: "9"), random: 0) else {
            return #expect(Bool(false))
        }
    }

    @Test func goesOnAtOnceAfterAStreamThatSaidSomething() {
        var state = WatchState(from: "5", title: "watch X")
        state.opened()
        _ = state.received(event("BOOKMARK", version: "6"), random: 0)
        guard case .reopen(.zero) = state.ended(random: 1) else { return #expect(Bool(false)) }
    }

    @Test func waitsLongerAfterEachStreamThatSaidNothing() {
        var state = WatchState(from: "5", title: "watch X")
        var waits: [Duration] = []
        for _ in 0..<3 {
            state.opened()
            if case .reopen(let wait) = state.ended(random: 1) { waits.append(wait) }
        }
        #expect(waits == [.milliseconds(200), .milliseconds(400), .milliseconds(800)])
    }

    @Test func aVersionThatIsGoneEndsIt() {
        var state = WatchState(from: "5", title: "watch X")
        guard case .tooOld = state.received(errorEvent(410), random: 0) else { return #expect(Bool(false)) }
        guard case .tooOld = state.failed(error(410), random: 0) else { return #expect(Bool(false)) }
    }

    @Test(arguments: [400, 403, 404, 405, 406])
    func refusalsAreFinal(code: Int) {
        var state = WatchState(from: "5", title: "watch X")
        guard case .fail(let failure) = state.failed(error(code), random: 0) else { return #expect(Bool(false)) }
        #expect(failure.code == code)
    }

    @Test(arguments: [429, 500, 503, 504])
    func overloadIsWaitedOut(code: Int) {
        var state = WatchState(from: "5", title: "watch X")
        guard case .reopen(let wait) = state.failed(error(code, retryAfter: .seconds(7)), random: 0) else {
            return #expect(Bool(false))
        }
        #expect(wait == .seconds(7))
    }

    @Test func credentialsAreRenewedOnce() {
        var state = WatchState(from: "5", title: "watch X")
        guard case .reopen(.zero) = state.failed(error(401), random: 0) else { return #expect(Bool(false)) }
        guard case .fail = state.failed(error(401), random: 0) else { return #expect(Bool(false)) }
        state = WatchState(from: "5", title: "watch X")
        _ = state.failed(error(401), random: 0)
        state.opened()
        guard case .reopen(.zero) = state.failed(error(401), random: 0) else { return #expect(Bool(false)) }
    }

    @Test(
        arguments: [
            (.reset, true), (.stalled, true), (.connect, true), (.resolve, true), (.tls, false), (.cancelled, false),
        ]
            as [(HTTPError.Code, Bool)])
    func brokenConnectionsAreOpenedAnew(code: HTTPError.Code, expected: Bool) {
        var state = WatchState(from: "5", title: "watch X")
        if case .reopen = state.failed(broken(code), random: 0) { #expect(expected) } else { #expect(!expected) }
        #expect(state.resourceVersion == "5")
    }
}

struct LineSplitterTests {
    @Test(arguments: [
        (["a\nb\n"], ["a", "b"]), (["a", "b\nc", "\n"], ["ab", "c"]), (["\n\na\n\n"], ["a"]), (["a"], []),
        (["a\r\n", "", "b\n"], ["a\r", "b"]),
    ])
    func linesComeWhole(pieces: [String], expected: [String]) {
        var splitter = LineSplitter(limit: 100)
        var lines: [String] = []
        for piece in pieces {
            let fits = splitter.append(Array(piece.utf8))
            #expect(fits)
            while let line = splitter.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        }
        #expect(lines == expected)
    }

    @Test func anEndlessLineIsRefused() {
        var splitter = LineSplitter(limit: 8)
        let fits = ["12345678", "9"].map { splitter.append(Array($0.utf8)) }
        #expect(fits == [true, false])
    }
}

struct RedactionTests {
    @Test func secretsShowNothing() {
        let credentials: [Credentials] = [
            .token(Secret("geheim")), .basic(user: "u", password: Secret("geheim")),
            .tokenFile(path: "/t", fallback: Secret("geheim")),
            .plugin(ExecPlugin(command: "c", environment: ["A": Secret("geheim")])),
        ]
        for credential in credentials {
            var dumped = ""
            dump(ClusterConnection(server: "https://h", credentials: credential), to: &dumped)
            for text in ["\(credential)", String(reflecting: credential), dumped] {
                #expect(!text.contains("geheim"), "\(text)")
            }
        }
    }

    @Test func aSecretsValuesAreCutOutOfMessages() {
        let secret: Value = [
            "kind": "Secret", "stringData": ["a": "p\"w\nd", "b": "longer p4ssw0rd"],
            "data": ["c": "Z2VoZWlt", "d": "x"],
        ]
        let redaction = SecretRedaction(of: secret)
        #expect(
            redaction.redacted("bad: Z2VoZWlt, geheim, longer p4ssw0rd") == "bad: <redacted>, <redacted>, <redacted>")
        #expect(redaction.redacted(#"got "p\"w\nd""#) == #"got "<redacted>""#)
        #expect(
            redaction.redacted(
                "illegal base64 data, error found in #10 byte of ...|\"x\":\"cut off val|..., bigger context ...|…")
                == "illegal base64 data, <redacted>")
    }
}
