// A watch as a state machine: where it stands, and what to do when its stream says something or breaks. No I/O.

import HTTPClient
import Manifest

/// The course of one watch over as many streams as it takes.
struct WatchState: Sendable {
    enum Step: Sendable {
        /// Hand the event to the reader, and read on.
        case deliver(WatchEvent)
        /// Nothing for the reader; read on.
        case ignore
        /// Open a new stream after this long.
        case reopen(after: Duration)
        /// Hand out `.tooOld`, the last event.
        case tooOld
        case fail(KubernetesError)
    }

    /// Everything up to this version was seen.
    private(set) var resourceVersion: String
    private let title: String
    private var backoff: Backoff
    private var sawEvent = false
    private var refusals = 0

    init(from resourceVersion: String, title: String) {
        self.resourceVersion = resourceVersion
        self.title = title
        backoff = Backoff(base: .milliseconds(200), limit: .seconds(30))
    }

    mutating func opened() {
        sawEvent = false
        refusals = 0
    }

    /// An event of the stream, `{"type": …, "object": …}`.
    mutating func received(_ event: Value, random: Double) -> Step {
        guard let type = event["type"]?.string, let object = event["object"] else {
            return .reopen(after: backoff.next(random: random))
        }
        if type == "ERROR" {
            return refused(KubernetesError(status: object, code: 500, request: title), random: random)
        }
        guard let version = object[path: "metadata", "resourceVersion"]?.string else { return .ignore }
        resourceVersion = version
        sawEvent = true
        backoff.reset()
        switch type {
        case "ADDED": return .deliver(.added(object))
        case "MODIFIED": return .deliver(.modified(object))
        case "DELETED": return .deliver(.deleted(object))
        case "BOOKMARK": return .deliver(.bookmark(resourceVersion: version))
        default: return .ignore
        }
    }

    /// The stream ended in order, as the server ends every watch after some minutes.
    mutating func ended(random: Double) -> Step {
        // A server that ends every watch at once is not asked again at once.
        .reopen(after: sawEvent ? .zero : backoff.next(random: random))
    }

    /// The stream broke, could not be opened, or its event could not be read.
    mutating func failed(_ error: KubernetesError, random: Double) -> Step {
        if error.isCancelled { return .fail(error) }
        if error.code == 0, error.reason != KubernetesError.Reason.configuration {
            switch error.transport?.code {
            case .tls, .invalidRequest: return .fail(error)
            default: return .reopen(after: backoff.next(random: random))
            }
        }
        return refused(error, random: random)
    }

    private mutating func refused(_ error: KubernetesError, random: Double) -> Step {
        switch error.code {
        case 410: return .tooOld
        case 401:
            // The credentials may have run out; they are renewed for the next try.
            refusals += 1
            return refusals > 1 ? .fail(error) : .reopen(after: .zero)
        case 429, 500...599: return .reopen(after: max(error.retryAfter ?? .zero, backoff.next(random: random)))
        default: return .fail(error)
        }
    }
}
