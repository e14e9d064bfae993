// A Job is healthy when it is complete: running it is on its way, failed it stays. What `spec.suspend` says counts, not
// the condition that a resumed Job keeps from before.

import Manifest

extension Health {
    @Sendable static func ofJob(_ live: Value) -> Health {
        for type in ["Failed", "FailureTarget"] {
            if let failed = live.condition(type), failed.status == "True" {
                return .degraded("the job failed: \(failed.text)", isFinal: true)
            }
        }
        if live.condition("Complete")?.status == "True" { return .healthy }
        if live[path: "spec", "suspend"]?.bool ?? false { return .suspended("the job is suspended") }
        let wanted = live.count("spec", "completions") ?? live.count("spec", "parallelism") ?? 1
        let succeeded = live.count("status", "succeeded") ?? 0
        let failed = live.count("status", "failed") ?? 0
        return .progressing(
            "\(succeeded) of \(wanted) pods have succeeded" + (failed > 0 ? ", \(failed) failed" : ""))
    }
}
