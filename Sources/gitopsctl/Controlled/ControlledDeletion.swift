// Has the controller delete an application with its objects, or without them, and waits until it is gone.

import ArgumentParser
import KubernetesClient
import Manifest
import Reconciler
import SyncEngine
import SyncHistory

struct ControlledDeletion: Sendable {
    let console: Console
    let cluster: any KubernetesAPI
    let application: ClusterApplication
    let policy: Application.DeletionPolicy
    /// How long the objects may take to be gone; nil for as long as it takes.
    let timeout: Duration?

    /// How often the Application is looked at.
    private static let look = Duration.milliseconds(250)

    /// - Parameter waits: whether to wait until it is gone.
    /// - Throws: why it stays.
    func run(waits: Bool) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        if (try? application.application.get())?.deletionPolicy != policy {
            try await ApplicationEdit(cluster: cluster, application: application)
                .write(["deletionPolicy": .string(policy.rawValue)])
        }
        // The controller has to hold the Application before it is deleted, or the objects stay, as nobody's; and to let
        // go of it first where they are to stay.
        let (gone, interruption) = try await Interruptions.watching(console) {
            try await wait(atMost: RequestedSync.patience, since: start) { Self.isHeld($0) == (policy == .delete) }
            try await delete()
            if !waits { return false }
            return try await waitUntilGone(since: start)
        }
        let took = "(\(Spans.duration(clock.now - start)))"
        var line = InkedLine(gone ? "✓ " : "… ", gone ? .good : .quiet)
        line.append(application.name, .strong)
        if let interruption, !gone {
            line.append(" is being deleted: the controller goes on with it")
            console.error.print(line)
            throw interruption
        }
        let objects = policy == .delete ? "with its objects" : "its objects stay, as nobody's"
        line.append(gone ? " is deleted, \(objects) \(took)" : " is being deleted by the controller, \(objects)")
        console.output.print(line)
    }

    private func delete() async throws(DiagnosticsError) {
        do {
            _ = try await cluster.delete(
                application.reference, options: DeleteOptions(uid: KubernetesObject(application.value).uid))
        } catch {
            throw DiagnosticsError([error.diagnostic()])
        }
    }

    private static func isHeld(_ value: Value) -> Bool {
        value[path: "metadata", "finalizers"]?.array?.contains(.string(Vocabulary.objectsFinalizer)) ?? false
    }

    private func wait(
        atMost limit: Duration, since start: ContinuousClock.Instant, _ isSo: (Value) -> Bool
    ) async throws {
        while let value = try await current(), !isSo(value) {
            if ContinuousClock.now - start > limit {
                throw DiagnosticsError(
                    "no controller has taken note of it in \(Spans.duration(limit)): nothing is deleted",
                    cure: "See whether the controller runs, or delete from here with --local")
            }
            do { try await Task.sleep(for: Self.look) } catch {
                throw DiagnosticsError("interrupted before the controller took note: nothing is deleted")
            }
        }
    }

    /// True where it is gone, false where the task was cancelled before.
    private func waitUntilGone(since start: ContinuousClock.Instant) async throws -> Bool {
        var told: String?
        while let value = try await current() {
            let status = ReportedStatus(value)
            if let stall = status.stall, stall != told {
                told = stall
                console.report([.warning(stall)])
            }
            if let timeout, ContinuousClock.now - start > timeout {
                throw DiagnosticsError(
                    "\(application.name) is not gone after \(Spans.duration(timeout))"
                        + (status.trouble.map { ": \($0)" } ?? ""),
                    cure: "The controller goes on with it; see how far it is with gitopsctl tree \(application.name)")
            }
            do { try await Task.sleep(for: Self.look) } catch { return false }
        }
        return true
    }

    /// The Application as it is now; nil where it is gone, or another of its name stands there.
    private func current() async throws(DiagnosticsError) -> Value? {
        do {
            guard let value = try await cluster.get(application.reference) else { return nil }
            return KubernetesObject(value).uid == KubernetesObject(application.value).uid ? value : nil
        } catch {
            throw DiagnosticsError([error.diagnostic()])
        }
    }
}
