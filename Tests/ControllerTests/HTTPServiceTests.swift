// What a port takes on, over real sockets: whoever sends too much, too slowly or too often is told so.

import Foundation
import Glibc
import Synchronization
import Testing

@testable import Controller

/// Tells how much it was sent, once it is let.
private struct CountingDesk: Desk {
    var bodyLimit = 1024
    var refuses = false
    /// nil for one that answers at once.
    var gate: Gate?

    func refusal(_ status: Int) -> ServerAnswer { .plain(status, retryAfter: status == 503 ? .seconds(1) : nil) }
    func refusal(of request: ServerRequest) -> ServerAnswer? {
        refuses ? .plain(429, retryAfter: .milliseconds(1500)) : nil
    }
    func answer(_ request: ServerRequest) async -> ServerAnswer {
        await gate?.pass()
        return ServerAnswer(200, "\(request.body.count) bytes\n")
    }
}

/// Holds whoever passes until it is opened, and tells of the first.
private final class Gate: Sendable {
    private let entered = Signal()
    private let opened = Signal()
    func pass() async {
        entered.call()
        await opened.wait()
        opened.call()
    }
    func waitForOne() async { await entered.wait() }
    func open() { opened.call() }
}

/// A connection that says what it is told to, byte for byte. What blocks is done on threads of its own.
private final class RawClient: Sendable {
    private let socket: Int32

    init(port: Int) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        try #require(isConnected)
    }

    deinit { close(socket) }

    private func onThread<Answer: Sendable>(_ body: @escaping @Sendable () -> Answer) async -> Answer {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: body()) }
        }
    }

    func send(_ text: String) async {
        await onThread { [self] in
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                if count <= 0 { return }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// All that comes until the server hangs up, or until what came ends as a body of one line does.
    func read(toEnd: Bool = true) async -> String {
        await onThread { [self] in
            var text = ""
            var buffer = [UInt8](repeating: 0, count: 4096)
            while toEnd || !text.hasSuffix("bytes\n") {
                let count = recv(socket, &buffer, buffer.count, 0)
                if count <= 0 { return text }
                text += String(decoding: buffer[..<count], as: UTF8.self)
            }
            return text
        }
    }
}

@Suite(.timeLimit(.minutes(2))) struct HTTPServiceTests {
    private func serving<Result: Sendable>(
        _ desk: CountingDesk = CountingDesk(), _ limits: ServiceLimits = ServiceLimits(),
        _ body: (Int) async throws -> Result
    ) async throws -> Result {
        let (ports, bound) = AsyncStream.makeStream(of: Int.self)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await HTTPService(
                    host: "127.0.0.1", port: 0, certificate: nil, desk: desk, limits: limits,
                    bound: { bound.yield($0) }
                ).run()
            }
            let port = try #require(await ports.first { _ in true })
            let result = try await body(port)
            group.cancelAll()
            while await group.nextResult() != nil {}
            return result
        }
    }

    private func answer(
        to text: String, _ desk: CountingDesk = CountingDesk(), _ limits: ServiceLimits = ServiceLimits()
    ) async throws -> String {
        try await serving(desk, limits) { port in
            let client = try RawClient(port: port)
            await client.send(text)
            return await client.read()
        }
    }

    private static let head = "POST /webhook HTTP/1.1\r\nhost: x\r\n"
    private static func post(_ count: Int, _ more: String = "") -> String {
        head + more + "content-length: \(count)\r\n\r\n" + String(repeating: "b", count: count)
    }

    @Test func whatIsWithinTheLimitsIsAnswered() async throws {
        let text = try await answer(to: Self.post(1024, "connection: close\r\n"))
        #expect(text.hasPrefix("HTTP/1.1 200") && text.hasSuffix("1024 bytes\n"))
    }

    /// By what it announces, and by what it sends in pieces; what was refused is answered though it is sent on.
    @Test(arguments: [
        post(1025), post(1_000_000), head + "content-length: 5000000\r\n\r\nb",
        head + "transfer-encoding: chunked\r\n\r\n"
            + String(repeating: "200\r\n" + String(repeating: "b", count: 512) + "\r\n", count: 300) + "0\r\n\r\n",
    ])
    func aBodyThatIsTooLargeIsRefused(_ text: String) async throws {
        var limits = ServiceLimits()
        limits.arrival = .milliseconds(500)
        #expect(try await answer(to: text, CountingDesk(), limits).hasPrefix("HTTP/1.1 413"))
    }

    /// Whether they end or not.
    @Test(arguments: [
        head + "x-large: \(String(repeating: "h", count: 40_000))\r\n\r\n",
        head + "x-large: \(String(repeating: "h", count: 70_000))",
        head + String(repeating: "x-many: h\r\n", count: 4_000),
    ])
    func headersThatAreTooLargeAreRefused(_ text: String) async throws {
        #expect(try await answer(to: text).hasPrefix("HTTP/1.1 431"))
    }

    @Test(arguments: ["P", head, head + "content-length: 10\r\n\r\n12345"])
    func aRequestThatDoesNotArriveIsNotWaitedForForEver(_ text: String) async throws {
        var limits = ServiceLimits()
        limits.arrival = .milliseconds(50)
        let answer = try await answer(to: text, CountingDesk(), limits)
        #expect(answer.hasPrefix("HTTP/1.1 408") && answer.hasSuffix("Request Timeout\n"))
    }

    /// The time is that of a request, and not of its connection; nor of the work on it.
    @Test func eachRequestHasItsOwnTime() async throws {
        var limits = ServiceLimits()
        limits.arrival = .milliseconds(100)
        let gate = Gate()
        try await serving(CountingDesk(gate: gate), limits) { port in
            let client = try RawClient(port: port)
            let late = try RawClient(port: port)
            await client.send(Self.post(1))
            await gate.waitForOne()
            await late.send(Self.head)
            #expect(await late.read().hasPrefix("HTTP/1.1 408"))
            gate.open()
            #expect(await client.read(toEnd: false).hasSuffix("1 bytes\n"))
            await client.send(Self.post(2))
            #expect(await client.read(toEnd: false).hasSuffix("2 bytes\n"))
        }
    }

    /// One that begins with the bytes of the one before, too.
    @Test func aRequestBehindAnotherHasItsTime() async throws {
        var limits = ServiceLimits()
        (limits.arrival, limits.patience) = (.milliseconds(100), .seconds(3600))
        for rest in [Self.head, Self.head + "content-length: 10\r\n\r\n12345"] {
            let text = try await serving(CountingDesk(), limits) { port in
                let client = try RawClient(port: port)
                await client.send(Self.post(1) + rest)
                let text = await client.read(toEnd: false)
                await client.send("6")
                return text + (await client.read())
            }
            #expect(text.hasPrefix("HTTP/1.1 200") && !text.contains("10 bytes"))
        }
    }

    @Test func whoIsRefusedByTheHeadSendsNothingForIt() async throws {
        let text = try await answer(to: Self.post(1024), CountingDesk(refuses: true))
        #expect(text.hasPrefix("HTTP/1.1 429") && text.contains("retry-after: 2\r\n"))
    }

    @Test(arguments: [(1, 10), (10, 1)])
    func connectionsAreCounted(_ all: Int, _ ofPeer: Int) async throws {
        var limits = ServiceLimits()
        (limits.connections, limits.connectionsOfPeer) = (all, ofPeer)
        try await serving(CountingDesk(), limits) { port in
            var first: RawClient? = try RawClient(port: port)
            await first?.send(Self.post(1))
            #expect(await first?.read(toEnd: false).hasSuffix("1 bytes\n") == true)
            let second = try RawClient(port: port)
            await second.send(Self.post(1))
            #expect(await second.read() == "")
            first = nil
            // It hears of that when it hears of it.
            var answer = ""
            while answer.isEmpty {
                let third = try RawClient(port: port)
                await third.send(Self.post(1))
                answer = await third.read(toEnd: false)
            }
            #expect(answer.hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test func bytesInMemoryAreCounted() async throws {
        var limits = ServiceLimits()
        limits.bytes = 1000
        let gate = Gate()
        try await serving(CountingDesk(gate: gate), limits) { port in
            let first = try RawClient(port: port)
            await first.send(Self.post(600))
            await gate.waitForOne()
            let second = try RawClient(port: port)
            await second.send(Self.post(600))
            let refused = await second.read()
            #expect(refused.hasPrefix("HTTP/1.1 503") && refused.contains("retry-after: 1\r\n"))
            gate.open()
            #expect(await first.read(toEnd: false).hasSuffix("600 bytes\n"))
            await first.send(Self.post(1000))
            #expect(await first.read(toEnd: false).hasSuffix("1000 bytes\n"))
        }
    }
}

@Suite struct DeliveryLimitTests {
    private func desk(_ clock: SetClock, _ answer: WebhookAnswer = .accepted) -> ControllerDesk {
        ControllerDesk(
            webhook: { _ in answer }, limit: DeliveryLimit(clock: clock), isReady: { true }, metrics: { "" })
    }

    private func delivery(_ peer: String, path: String = "/webhook", bytes: Int = 0) -> ServerRequest {
        ServerRequest(method: "POST", path: path, body: [UInt8](repeating: 0, count: bytes), peer: peer)
    }

    @Test func onePeerKnocksAtAPaceAndKeepsNobodyElseOut() {
        let clock = SetClock()
        let desk = desk(clock)
        let refused = (0..<150).compactMap { _ in desk.refusal(of: delivery("10.0.0.1")) }
        #expect(refused.count == 50 && refused.allSatisfy { $0.status == 429 })
        #expect(refused.last?.headers.contains { $0.name == "retry-after" && $0.value == "1" } == true)
        #expect(desk.refusal(of: delivery("10.0.0.2")) == nil)
        #expect(desk.refusal(of: delivery("10.0.0.1", path: "/healthz")) == nil)
        clock.set(.seconds(1))
        #expect((0..<30).count { _ in desk.refusal(of: delivery("10.0.0.1")) == nil } == 20)
    }

    @Test func allTogetherKnockAtAPace() {
        let clock = SetClock()
        let desk = desk(clock)
        #expect((0..<2500).count { desk.refusal(of: delivery("peer \($0)")) == nil } == 2000)
        clock.set(.seconds(1))
        #expect((0..<2500).count { desk.refusal(of: delivery("peer \($0)")) == nil } == 500)
    }

    /// A push to a thousand repositories is a thousand deliveries, and those who are nobody are no more for it.
    @Test func whatIsSignedDoesNotCountForItsPeer() async {
        let clock = SetClock()
        let desk = desk(clock)
        var refused = 0
        for _ in 0..<1000 {
            if desk.refusal(of: delivery("10.0.0.1")) != nil { refused += 1 }
            _ = await desk.answer(delivery("10.0.0.1", bytes: 100_000))
        }
        #expect(refused == 0)
        #expect((0..<200).count { _ in desk.refusal(of: delivery("10.0.0.1")) == nil } == 100)
    }

    /// What nobody signed costs as much as it is large.
    @Test func largeDeliveriesOfNobodyAreFew() async {
        let clock = SetClock()
        for (answer, left) in [(WebhookAnswer.refused(status: 401, ""), 35), (.accepted, 100), (.ignored(""), 100)] {
            let desk = desk(clock, answer)
            #expect(desk.refusal(of: delivery("10.0.0.1")) == nil)
            _ = await desk.answer(delivery("10.0.0.1", bytes: 4 << 20))
            #expect((0..<200).count { _ in desk.refusal(of: delivery("10.0.0.1")) == nil } == left)
        }
    }
}
