// A watch over the wire: streams opened one after the other, and their events read on demand.

import HTTPClient
import Manifest

/// The reader's side of a watch. Each `next` reads as far as the next event; between calls nothing happens but that the
/// server is held back. Letting go of the session closes its connection.
actor WatchSession {
    typealias Listing = @Sendable () async throws(KubernetesError) -> ObjectList

    /// How long a server is asked to keep a stream open: between five and ten minutes, so that many watches do not come
    /// back at once.
    private static let shortestStream = 300.0
    /// The longest event that is read, in bytes. (etcd holds objects of 1.5 MB; aggregated servers may hold larger
    /// ones.)
    private static let longestEvent = 256 << 20

    private let call: APICall
    private let transport: APITransport
    private let options: KubernetesClient.Options
    private let listing: Listing
    private let start: String?

    private var state: WatchState?
    private var initial: [Value] = []
    private var body: HTTPStream.Body.AsyncIterator?
    private var lines = LineSplitter(limit: longestEvent)
    private var isOver = false

    init(
        call: APICall, transport: APITransport, options: KubernetesClient.Options, from resourceVersion: String?,
        listing: @escaping Listing
    ) {
        self.call = call
        self.transport = transport
        self.options = options
        self.listing = listing
        start = resourceVersion
    }

    /// The next event; nil after the last.
    func next() async throws(KubernetesError) -> WatchEvent? {
        if isOver { return nil }
        do throws(KubernetesError) {
            return try await nextEvent()
        } catch {
            isOver = true
            body = nil
            throw error
        }
    }

    private func nextEvent() async throws(KubernetesError) -> WatchEvent? {
        var state = try await begun()
        defer { self.state = state }
        if let object = initial.popLast() { return .added(object) }
        while true {
            let step: WatchState.Step
            if let line = lines.next() {
                step = read(line, &state)
            } else if body == nil {
                step = await open(&state)
            } else {
                step = await fill(&state)
            }
            switch step {
            case .deliver(let event): return event
            case .ignore: continue
            case .reopen(let wait):
                close()
                try await transport.sleep(for: wait, call)
            case .tooOld:
                close()
                isOver = true
                return .tooOld
            case .fail(let error): throw error
            }
        }
    }

    /// Where the watch stands. Without a version to begin at, that is after a list, whose objects are handed out first.
    private func begun() async throws(KubernetesError) -> WatchState {
        if let state { return state }
        if let start { return WatchState(from: start, title: call.title) }
        let list = try await listing()
        initial = list.items.reversed()
        return WatchState(from: list.resourceVersion, title: call.title)
    }

    private func open(_ state: inout WatchState) async -> WatchState.Step {
        var call = call
        call.add("watch", "true")
        call.add("allowWatchBookmarks", "true")
        call.add("resourceVersion", state.resourceVersion)
        call.add("timeoutSeconds", String(Int(Self.shortestStream * (1 + options.random()))))
        do throws(KubernetesError) {
            body = try await transport.stream(call, stallTimeout: options.watchSilence).body.makeAsyncIterator()
            state.opened()
            return .ignore
        } catch {
            return state.failed(error, random: options.random())
        }
    }

    private func fill(_ state: inout WatchState) async -> WatchState.Step {
        do throws(HTTPError) {
            guard var body, let bytes = try await body.next() else { return state.ended(random: options.random()) }
            self.body = body
            guard lines.append(bytes) else {
                return .fail(
                    KubernetesError(
                        code: 200, reason: KubernetesError.Reason.unreadable,
                        message: "an event is longer than \(Self.longestEvent) bytes", request: call.title))
            }
            return .ignore
        } catch {
            return state.failed(KubernetesError(error, request: call.title), random: options.random())
        }
    }

    private func read(_ line: [UInt8], _ state: inout WatchState) -> WatchState.Step {
        do throws(JSONError) {
            return state.received(try JSON.read(line), random: options.random())
        } catch {
            // Cut off within an event: the next stream begins before it.
            return state.failed(
                KubernetesError(
                    code: 0, reason: KubernetesError.Reason.unreadable,
                    message: "an event is no JSON: \(error.message)",
                    request: call.title), random: options.random())
        }
    }

    private func close() {
        body = nil
        lines = LineSplitter(limit: Self.longestEvent)
    }
}
