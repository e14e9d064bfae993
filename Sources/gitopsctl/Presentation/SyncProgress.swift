// Where a sync stands: the stage it is in and how far each of its objects is. A value that events change and views
// read.

import Manifest

/// How far an object is.
enum ObjectStage: Sendable, Hashable {
    /// The plan has work for it.
    case planned
    case applying
    /// Written, and nobody has looked yet whether it is healthy.
    case written
    /// Written, or found right, and not healthy yet. With what it waits for, in the health rule's words.
    case waiting(String)
    /// Nothing left to do or to wait for.
    case done
    case skipped(String)
    case failed(String)

    var isSettled: Bool {
        switch self {
        case .planned, .applying, .written, .waiting: false
        case .done, .skipped, .failed: true
        }
    }

    /// Whether it still has to be written.
    var isUnwritten: Bool { self == .planned || self == .applying }
}

/// What the plan has in store for an object, and what came of it.
enum ObjectAction: String, Sendable, Hashable {
    case create, update, recreate, prune, unchanged, skip
    /// An object that is run to its end, and not kept.
    case hook

    /// The word once it is done, kubectl's and Flux's.
    var past: String {
        switch self {
        case .create: "created"
        case .update: "configured"
        case .recreate: "recreated"
        case .prune: "pruned"
        case .unchanged: "unchanged"
        case .skip: "skipped"
        case .hook: "ran"
        }
    }
}

struct ObjectProgress: Sendable, Hashable {
    var reference: ObjectReference
    var action: ObjectAction
    var stage: ObjectStage
    /// When it came to this stage.
    var since: ContinuousClock.Instant
    /// The paths that change, for an update.
    var fields: [String] = []
}

struct SyncProgress: Sendable {
    enum Stage: Sendable, Hashable {
        case fetching(repository: String, revision: String)
        case rendering(path: String)
        case planning(objects: Int)
        case awaiting(dependency: String)
        /// A controller was asked, and has not begun.
        case asking
        /// It has begun, and written nothing yet.
        case working
        case running
    }

    var application: String
    var stage: Stage
    var revision: RevisionLine?
    /// The objects that the plan changes or waits for, in the plan's order.
    private(set) var objects: [ObjectProgress] = []
    /// All objects of the application, with those that are right already.
    var total = 0
    private var places: [ObjectIdentity: Int] = [:]

    init(application: String, stage: Stage) {
        self.application = application
        self.stage = stage
    }

    mutating func plan(_ objects: [ObjectProgress], total: Int) {
        self.objects = objects
        self.total = total
        places = Dictionary(objects.enumerated().map { ($1.reference.identity, $0) }) { first, _ in first }
        stage = .running
    }

    /// Adds an object that the plan did not name.
    mutating func add(_ object: ObjectProgress) {
        places[object.reference.identity] = objects.count
        objects.append(object)
    }

    /// Puts an object in the place of what is known of it. False where nobody asked about it.
    mutating func replace(_ object: ObjectProgress) -> Bool {
        guard let place = places[object.reference.identity] else { return false }
        objects[place] = object
        return true
    }

    /// Brings an object to a stage. Returns how it stands now; nil for one that nobody asked about.
    @discardableResult
    mutating func move(_ reference: ObjectReference, to stage: ObjectStage, at now: ContinuousClock.Instant)
        -> ObjectProgress?
    {
        guard let place = places[reference.identity] else { return nil }
        if objects[place].stage != stage {
            // What it waits for may change its wording; since when it waits does not.
            if case .waiting = objects[place].stage, case .waiting = stage {} else { objects[place].since = now }
            objects[place].stage = stage
        }
        return objects[place]
    }
}

/// A revision with its commit, in a line.
struct RevisionLine: Sendable, Hashable {
    var requested: String
    var commit: String
    var subject: String
    var author: String

    var short: String { String(commit.prefix(7)) }
    /// `main@3f2a91c`, and the commit alone where that is what was asked for.
    /// What has no commit is called what it is.
    var name: String { commit.isEmpty ? requested : commit.hasPrefix(requested) ? short : "\(requested)@\(short)" }
}
