// The end of an application: its objects are deleted, left, or kept together with it, as its policy says.

import Logging
import Manifest
import Reconciler
import SyncEngine
import SyncHistory

extension ApplicationWorker {
    /// Ends an Application that is being deleted, as its policy says.
    ///
    /// - Returns: after which time to try again, where it could not be done.
    func delete(_ application: Application, _ registered: RegisteredApplication) async -> Duration? {
        guard finalizer.isSet(registered), !isReadOnly else { return nil }
        do throws(DiagnosticsError) {
            switch application.deletionPolicy {
            case .refuse:
                throw DiagnosticsError(
                    "spec.deletionPolicy is Refuse", cure: "Set it to Delete or to Orphan, and the Application goes")
            case .orphan: announcer.deleted(application, nil)
            case .delete: announcer.deleted(application, try await deleteObjects(of: application))
            }
            if places.fence(of: application.key).closed() == nil { try await finalizer.take(from: registered) }
            return nil
        } catch {
            log.warning("\(error.summary)", metadata: application.logged)
            announcer.deletionRefused(application, error)
            await tell(application.key, ApplicationFacts(registered, stalledBy: error))
            return application.deletionPolicy == .refuse ? nil : Self.deletionRetry
        }
    }

    static let deletionRetry = Duration.seconds(10)

    /// - Returns: what became of them.
    private func deleteObjects(of application: Application) async throws(DiagnosticsError) -> SyncCounts {
        // Nothing of it is in the cluster where no sync ever began.
        guard let value = registry[application.key]?.value,
            KubernetesObject(value).annotation(Vocabulary.containsGroupKinds) != nil
        else { return SyncCounts() }
        var request = SyncRequest(trigger: SyncTrigger(.controller, by: actor))
        request.deletion = ApplicationDeletion()
        request.neighbours = { neighbours(of: application) }
        request.handover = places.fence(of: application.key).closed
        request.confirmedPlan = try await reconciler.deletionPlan(of: application, request: request).digest
        let report = try await reconciler.sync(application, request: request) { _ in }
        log(report, of: application)
        if report.result != .succeeded { throw DiagnosticsError(report.diagnostics) }
        return report.counts
    }
}
