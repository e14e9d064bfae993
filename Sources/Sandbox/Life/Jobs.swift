// Jobs: pods that run to their end, so many at once, so many in all.

import Manifest

extension GroupResource {
    static let jobs = GroupResource(group: "batch", resource: "jobs")
}

extension Life {
    mutating func reconcileJob(_ job: StoredObject) -> Timestamp? {
        guard !job.isBeingDeleted else { return nil }
        let spec = job.value["spec"] ?? [:]
        if isComplete(job) { return expire(job) }
        let now = now
        if spec["suspend"]?.bool ?? false {
            setStatus(.jobs, job.key) {
                $0.setCondition("Suspended", true, reason: "JobSuspended", message: "Job suspended", now: now)
            }
            return nil
        }
        var pods = controlled(.pods, by: job).filter { !$0.isBeingDeleted }
        let succeeded = pods.count { $0.value[path: "status", "phase"]?.string == "Succeeded" }
        let parallelism = spec["parallelism"]?.int ?? 1
        let completions = spec["completions"]?.int ?? 1
        let active = pods.count { !$0.isFinished }
        let wanted = min(parallelism, max(0, completions - succeeded))
        if active < wanted {
            for _ in active..<wanted {
                let value = podValue(template: spec["template"] ?? [:], owner: job)
                if let pod = create(.pods, namespace: job.key.namespace, value) { pods.append(pod) }
            }
        }
        let running = pods.count { !$0.isFinished }
        let ready = pods.count { $0.isReady }
        let isDone = succeeded >= completions
        setStatus(.jobs, job.key) { status in
            status.fill("startTime", .string(now.text))
            status["active"] = running == 0 ? nil : .int(running)
            status["ready"] = .int(ready)
            status["terminating"] = 0
            status["succeeded"] = succeeded == 0 ? nil : .int(succeeded)
            status["uncountedTerminatedPods"] = [:]
            guard isDone else { return }
            status["completionTime"] = .string(now.text)
            for type in ["SuccessCriteriaMet", "Complete"] {
                status.setCondition(
                    type, true, reason: "CompletionsReached", message: "Reached expected number of succeeded pods",
                    now: now,
                    extra: [("lastProbeTime", .string(now.text))])
            }
        }
        return nil
    }

    private func isComplete(_ job: StoredObject) -> Bool {
        (job.value[path: "status", "conditions"]?.array ?? []).contains {
            ["Complete", "Failed"].contains($0["type"]?.string) && $0["status"]?.string == "True"
        }
    }

    /// Deletes a finished job when its time to live is over.
    private func expire(_ job: StoredObject) -> Timestamp? {
        guard let seconds = job.value[path: "spec", "ttlSecondsAfterFinished"]?.int,
            let end = Timestamp(job.value[path: "status", "completionTime"]?.string ?? "")
        else { return nil }
        let due = end + .seconds(seconds)
        if due > now { return due }
        delete(WorkItem(resource: .jobs, key: job.key))
        return nil
    }
}
