// Why a pod does not come up, as its containers and conditions tell it, and how long to believe that it still may.

package import Manifest

/// What keeps a pod from running.
package struct PodTrouble: Sendable, Hashable {
    /// How long to wait for a trouble to pass by itself.
    package enum Patience: Sendable, Hashable {
        /// It will not pass.
        case none
        /// A registry may have hiccups, a quota may be given back.
        case limited
        /// Nodes are added, other pods come up, Secrets are made: as long as the wait lasts.
        case unlimited
    }

    /// In one line: `container web: ImagePullBackOff (…)`.
    package var text: String
    package var patience: Patience
    /// The container whose last words say more, and whether they are those of its run before the current one.
    package var log: LogSource?

    package struct LogSource: Sendable, Hashable {
        package var container: String
        package var isPrevious: Bool
    }

    /// A container that was started as often as this, and ended each time, is given up.
    private static let restartLimit = 4

    /// The first trouble of a pod, nil where it has none.
    package static func found(in pod: Value) -> PodTrouble? {
        if let scheduled = pod.condition("PodScheduled"), scheduled.status == "False" {
            return PodTrouble(text: "unschedulable: \(scheduled.message)", patience: .unlimited)
        }
        for list in ["initContainerStatuses", "containerStatuses"] {
            for container in pod[path: "status", list]?.array ?? [] {
                if let trouble = trouble(of: container) { return trouble }
            }
        }
        return nil
    }

    private static func trouble(of container: Value) -> PodTrouble? {
        let name = container["name"]?.string ?? ""
        if let waiting = container[path: "state", "waiting"], let reason = waiting["reason"]?.string,
            let patience = patience(with: reason, container)
        {
            let last = container[path: "lastState", "terminated"]
            let detail = last.flatMap(ending) ?? waiting["message"]?.string
            let restarts = container["restartCount"]?.int ?? 0
            let count = reason == "CrashLoopBackOff" && restarts > 1 ? ", \(restarts) restarts" : ""
            return PodTrouble(
                text: "container \(name): \(reason)" + (detail.map { " (\($0)\(count))" } ?? ""), patience: patience,
                log: last.map { _ in LogSource(container: name, isPrevious: true) })
        }
        guard let ended = container[path: "state", "terminated"], ended["exitCode"]?.int != 0 else { return nil }
        return PodTrouble(
            text: "container \(name): \(ending(ended) ?? "ended")", patience: .unlimited,
            log: LogSource(container: name, isPrevious: false))
    }

    /// How long to bear with a container that waits for a reason; nil for reasons that are part of a normal start.
    private static func patience(with reason: String, _ container: Value) -> Patience? {
        switch reason {
        case "ErrImageNeverPull", "InvalidImageName": PodTrouble.Patience.none
        case "ErrImagePull", "ImagePullBackOff", "ImageInspectError", "RegistryUnavailable": .limited
        case "CrashLoopBackOff":
            container["restartCount"]?.int ?? 0 >= restartLimit ? PodTrouble.Patience.none : .unlimited
        case "CreateContainerConfigError", "CreateContainerError", "RunContainerError", "PostStartHookError": .unlimited
        default: nil
        }
    }

    private static func ending(_ terminated: Value) -> String? {
        guard let code = terminated["exitCode"]?.int else { return nil }
        let reason = terminated["reason"]?.string ?? "exited"
        let message = terminated["message"]?.string.flatMap { $0.split(separator: "\n").last.map { ", \($0)" } }
        return "\(reason), exit code \(code)" + (message.map { String($0.prefix(200)) } ?? "")
    }
}
