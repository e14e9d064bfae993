// Who carries out what is asked of an application: the controller that keeps it, or this program.

import ArgumentParser
import KubernetesClient
import Manifest
import Reconciler
import SyncHistory

/// Where an application is kept.
///
/// The Application of the cluster goes before the files of a repository, and a controller that has ever looked at it
/// carries out what is asked. A file is only taken where it is named (`-f`), and then only where the cluster has no
/// Application of its name that would change everything back.
enum SyncPlace: Sendable {
    case controller(ClusterApplication)
    case here

    /// How long a controller may take to look at an Application that was just created.
    private static let firstLook = 5

    /// - Parameters:
    ///   - asksController: whether the user wants the controller and nothing else.
    /// - Throws: where a file is named of what a controller keeps, or the controller is wanted and there is none; and
    ///   where the cluster does not say whether it has the Application: nothing is done beside a controller.
    static func of(
        _ options: ApplicationOptions, local: Bool, asksController: Bool, _ applications: ClusterApplications,
        _ session: Session
    ) async throws -> SyncPlace {
        if local { return .here }
        if let file = options.file.file {
            let described = try await session.finder(nil).find(options.name, file: file)
            var there = applications
            there.namespace = described.namespace
            guard let kept = try await there.findWhereAllowed(options.name), kept.status.isTold else { return .here }
            throw DiagnosticsError(
                "a controller keeps \(kept.namespace)/\(kept.name) by the Application of the cluster, and would undo what \(file) says otherwise",
                cure: "Leave -f out to ask the controller, or add --local to do it from here all the same")
        }
        guard
            var found = asksController
                ? try await applications.require(options.name) : try await applications.findWhereAllowed(options.name)
        else { return .here }
        while !found.status.isTold, Self.isNew(found) {
            try await Task.sleep(for: .milliseconds(200))
            guard let again = try await applications.find(options.name) else { return .here }
            found = again
        }
        if found.status.isTold { return .controller(found) }
        if asksController {
            throw DiagnosticsError(
                "no controller has looked at \(found.namespace)/\(found.name) yet",
                cure: "Install one with gitopsctl install, or sync from here with --local")
        }
        return .here
    }

    private static func isNew(_ application: ClusterApplication) -> Bool {
        guard let created = application.created.flatMap(Timestamp.init(parsing:)) else { return false }
        return Timestamp.now().since(created) < .seconds(firstLook)
    }
}
