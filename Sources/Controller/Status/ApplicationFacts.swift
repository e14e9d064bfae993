// What a controller knows of an application once it has worked on it: what its status says, before it is spelt as one.

import Manifest
import Reconciler
import SyncEngine
import SyncHistory

/// How far an application is what Git says.
enum Synchrony: Sendable, Hashable {
    case synced
    /// What differs, in words.
    case outOfSync(String)
    /// Another commit than the revision's is in the cluster, since that was rolled back.
    case held(String)
    /// All of Git is there, and somebody changed something that is left so; in words.
    case drifted(String)
    /// It could not be found out, and why.
    case unknown(String)
}

/// The objects of an application, counted by their health.
struct HealthCounts: Sendable, Hashable {
    var healthy = 0
    var progressing = 0
    var degraded = 0
    var suspended = 0

    var total: Int { healthy + progressing + degraded + suspended }
}

/// An object that is not healthy.
struct UnhealthyObject: Sendable, Hashable {
    var reference: ObjectReference
    var health: Health
}

/// The state of an application after a piece of work.
struct ApplicationFacts: Sendable, Hashable {
    /// The generation of the Application that this is about.
    var generation: Int
    /// The commit that is in the cluster, or was tried last.
    var commit: SourceCommit?
    var synchrony: Synchrony
    var counts = HealthCounts()
    /// Those that people wait for, in the order of their names.
    var unhealthy: [UnhealthyObject] = []
    /// Why nothing will go on before somebody changes something.
    var stall: Diagnostic?
    /// What was changed in the cluster and stays so.
    var drift: [HeldDrift] = []
    var isSuspended = false
    /// The value of the annotation that asked for the last sync.
    var handledRequest: String?
    /// The same of the sync that somebody asked for and that is under way.
    var handling: String?

    /// Takes in what of drift stays.
    ///
    /// - Parameter reason: what keeps it from being repaired, where that is not its policy.
    mutating func leave(_ held: [HeldDrift], since reason: String? = nil) {
        drift = held
        guard let first = held.first else { return }
        synchrony = .drifted(first.words + held.andMore + (reason.map { "; \($0)" } ?? ""))
    }

    /// Judges the members of an application.
    mutating func judge(_ members: [Value], by rules: HealthRules) {
        counts = HealthCounts()
        unhealthy = []
        for member in members {
            let health = rules.health(of: member)
            switch health.status {
            case .healthy: counts.healthy += 1
            case .progressing: counts.progressing += 1
            case .degraded: counts.degraded += 1
            case .suspended: counts.suspended += 1
            }
            if health.isAwaited, health.status == .progressing || health.status == .degraded {
                unhealthy.append(UnhealthyObject(reference: KubernetesObject(member).reference, health: health))
            }
        }
        unhealthy.sort { "\($0.reference)" < "\($1.reference)" }
    }
}
