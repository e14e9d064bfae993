// The health of a whole set, as another application that depends on it wants to know it.

package import Manifest
import Synchronization

/// How the members of a set are.
package struct SetHealth: Sendable {
    /// Whether there is a set at all: nobody has synced it otherwise.
    package var exists: Bool
    /// What is not healthy, and why, in the order of names.
    package var unhealthy: [(reference: ObjectReference, health: Health)]
    /// What ended the wait for it before its time; nil where nothing did.
    package var stop: RunStop?

    package var isHealthy: Bool { exists && unhealthy.isEmpty }
}

extension SyncEngine {
    /// Waits until the members of a set are healthy, for as long as the options say, or looks once.
    ///
    /// - Parameter waits: called once there is something to wait for, once at most.
    /// - Throws: why the cluster cannot be read.
    package func settle(
        _ applySet: ApplySet, options: SyncOptions, control: RunControl = RunControl(),
        waits: @escaping @Sendable () -> Void = {}
    ) async throws(DiagnosticsError) -> SetHealth {
        let isTold = Mutex(!options.wait)
        let tell: @Sendable () -> Void = {
            let isNew = isTold.withLock { isTold in
                defer { isTold = true }
                return !isTold
            }
            if isNew { waits() }
        }
        var options = options
        let deadline = clock.now() + (options.wait ? options.timeout : .zero)
        var backoff = Backoff()
        while true {
            let (_, live) = try await read([], applySet, options)
            guard live.recordedScope != nil else {
                // Somebody may be about to sync it.
                let stop = control.endOfWaiting
                if clock.now() < deadline, stop == nil {
                    tell()
                    if (try? await clock.sleep(for: backoff.next())) != nil { continue }
                }
                return SetHealth(exists: false, unhealthy: [], stop: stop)
            }
            options.timeout = max(deadline - clock.now(), .zero)
            let wait = HealthWait(
                cluster: cluster, clock: clock, rules: options.healthRules, timeout: options.timeout,
                patience: options.patience, concurrency: options.concurrency, control: control
            ) { event in
                if case .waiting(_, let health) = event, !health.isSettled { tell() }
            }
            let settlement = await wait.settle(Array(live.members.values))
            let unhealthy = settlement.health.compactMap {
                identity, health -> (reference: ObjectReference, health: Health)? in
                guard health.status == .progressing || health.status == .degraded, health.isAwaited,
                    let live = settlement.live[identity]
                else { return nil }
                return (KubernetesObject(live).reference, health)
            }
            var stop: RunStop?
            if case .stopped(let found) = settlement.end { stop = found }
            return SetHealth(
                exists: true, unhealthy: unhealthy.sorted { "\($0.reference)" < "\($1.reference)" }, stop: stop)
        }
    }
}
