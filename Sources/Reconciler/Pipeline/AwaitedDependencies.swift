// The applications that one depends on: looked at before anything of it is planned, and waited for until they are
// healthy.

import Manifest
import SyncEngine
import SyncHistory

/// Why a sync does not go on to its plan.
enum DependencyObstacle {
    /// One is not healthy, in time where the sync waits, at all where it does not. It may be soon.
    case unready(Diagnostic)
    /// The wait was ended from outside.
    case stopped(RunStop)

    var diagnostic: Diagnostic {
        switch self {
        case .unready(let diagnostic): diagnostic
        case .stopped(let stop): stop.diagnostic
        }
    }

    var result: SyncResult {
        switch self {
        case .unready: .failed
        case .stopped: .interrupted
        }
    }

    var cause: SyncFailureCause? {
        switch self {
        case .unready: .unanswered
        case .stopped: nil
        }
    }
}

extension Reconciler {
    /// - Returns: what is in the way of the sync; nil where nothing is.
    /// - Throws: where the applications can never follow one another, or the cluster cannot be read.
    func awaitDependencies(
        of application: Application, _ request: SyncRequest, _ control: RunControl, _ events: @escaping Events
    ) async throws(DiagnosticsError) -> DependencyObstacle? {
        for dependency in request.dependencies {
            let place = application.dependsOn.first { $0.name == dependency.name }?.origin
            guard dependency.destination.cluster == application.destination.cluster else {
                throw DiagnosticsError(
                    "\(application.name) depends on \(dependency.name), which goes to another cluster", at: place,
                    cure: "Depend on applications of the same cluster only")
            }
            var options = SyncOptions()
            options.wait = request.wait
            options.timeout = request.timeout ?? application.sync.timeout
            options.patience = dependency.sync.patience
            options.healthRules = dependency.health
            let health = try await engine.settle(dependency.applySet, options: options, control: control) {
                events(.awaiting(dependency: dependency.name))
            }
            if let stop = health.stop { return .stopped(stop) }
            if Task.isCancelled { throw DiagnosticsError([Self.unready(application, dependency, health, place)]) }
            if !health.isHealthy { return .unready(Self.unready(application, dependency, health, place)) }
        }
        return nil
    }

    private static func unready(
        _ application: Application, _ dependency: Application, _ health: SetHealth, _ place: SourceLocation?
    ) -> Diagnostic {
        let depends = "\(application.name) depends on \(dependency.name)"
        guard health.exists else {
            return .error(
                "\(depends), which was never synced to this cluster", at: place,
                cure: "Sync it first: gitopsctl sync \(dependency.name)")
        }
        let first = health.unhealthy.first.map { "\($0.reference): \($0.health.message)" } ?? ""
        return .error(
            "\(depends), which is not healthy (\(first)\(health.unhealthy.andMore))", at: place,
            cure: "Look at it with gitopsctl status \(dependency.name)")
    }
}
