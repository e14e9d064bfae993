import Manifest
import Testing

@testable import SyncEngine

/// Live objects as YAML → their health. `…!` says that waiting is no use, `(…)` that nobody waits for it.
struct HealthRow: Sendable, CustomTestStringConvertible {
    var kind: String
    var state: String
    var expected: String

    init(_ kind: String, _ state: String, _ expected: String) {
        self.kind = kind
        self.state = state
        self.expected = expected
    }

    var testDescription: String { "\(kind) \(state)" }
}

@Suite struct HealthTests {
    static let rows: [HealthRow] = [
        HealthRow("apps/v1 Deployment", "spec: {replicas: 2}", "progressing the rollout has not begun"),
        HealthRow("apps/v1 Deployment", "{metadata: {generation: 2}, status: {observedGeneration: 1}}", "progressing the change is not observed yet"),
        HealthRow("apps/v1 Deployment", "{spec: {replicas: 2}, status: {observedGeneration: 1, replicas: 2, updatedReplicas: 1}}",
            "progressing 1 of 2 replicas are updated"),
        HealthRow("apps/v1 Deployment", "{spec: {replicas: 2}, status: {observedGeneration: 1, replicas: 3, updatedReplicas: 2, availableReplicas: 3}}",
            "progressing 1 old replicas are still to end"),
        HealthRow("apps/v1 Deployment", "{spec: {replicas: 2}, status: {observedGeneration: 1, replicas: 2, updatedReplicas: 2, availableReplicas: 1}}",
            "progressing 1 of 2 replicas are available"),
        HealthRow("apps/v1 Deployment",
            "{spec: {replicas: 2}, status: {observedGeneration: 1, conditions: [{type: ReplicaFailure, status: 'True', reason: FailedCreate, message: quota}], replicas: 2, updatedReplicas: 2}}",
            "progressing 0 of 2 replicas are available (FailedCreate: quota)"),
        HealthRow("apps/v1 Deployment", "{spec: {replicas: 2}, status: {observedGeneration: 1, replicas: 2, updatedReplicas: 2, availableReplicas: 2}}", "healthy"),
        HealthRow("apps/v1 Deployment", "{spec: {replicas: 0}, status: {observedGeneration: 1}}", "healthy"),
        HealthRow("apps/v1 Deployment", "{spec: {paused: true}, status: {observedGeneration: 1}}", "suspended the rollout is paused"),
        HealthRow("apps/v1 Deployment",
            "{status: {observedGeneration: 1, conditions: [{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded, message: m}]}}",
            "degraded the rollout made no progress in time: m!"),
        HealthRow("apps/v1 StatefulSet", "{spec: {replicas: 3}, status: {observedGeneration: 1, readyReplicas: 1}}", "progressing 1 of 3 replicas are ready"),
        HealthRow("apps/v1 StatefulSet",
            "{spec: {replicas: 3}, status: {observedGeneration: 1, readyReplicas: 3, updatedReplicas: 1, currentRevision: a, updateRevision: b}}",
            "progressing 1 of 3 replicas are updated"),
        HealthRow("apps/v1 StatefulSet",
            "{spec: {replicas: 3, updateStrategy: {rollingUpdate: {partition: 2}}}, status: {observedGeneration: 1, readyReplicas: 3, updatedReplicas: 1, currentRevision: a, updateRevision: b}}",
            "healthy"),
        HealthRow("apps/v1 StatefulSet",
            "{spec: {replicas: 3, updateStrategy: {type: OnDelete}}, status: {observedGeneration: 1, readyReplicas: 3, currentRevision: a, updateRevision: b}}",
            "healthy"),
        HealthRow("apps/v1 StatefulSet",
            "{spec: {replicas: 1}, status: {observedGeneration: 1, readyReplicas: 1, updatedReplicas: 1, currentRevision: a, updateRevision: a}}", "healthy"),
        HealthRow("apps/v1 DaemonSet", "status: {observedGeneration: 1, desiredNumberScheduled: 3, updatedNumberScheduled: 2}",
            "progressing 2 of 3 nodes have an updated pod"),
        HealthRow("apps/v1 DaemonSet", "status: {observedGeneration: 1, desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 2}",
            "progressing 2 of 3 nodes have an available pod"),
        HealthRow("apps/v1 DaemonSet", "status: {observedGeneration: 1, desiredNumberScheduled: 0}", "healthy"),
        HealthRow("apps/v1 ReplicaSet", "{spec: {replicas: 2}, status: {observedGeneration: 1, availableReplicas: 1}}", "progressing 1 of 2 replicas are available"),
        HealthRow("batch/v1 Job", "status: {active: 1}", "progressing 0 of 1 pods have succeeded"),
        HealthRow("batch/v1 Job", "{spec: {completions: 3}, status: {succeeded: 1, failed: 2}}", "progressing 1 of 3 pods have succeeded, 2 failed"),
        HealthRow("batch/v1 Job", "status: {conditions: [{type: Complete, status: 'True'}]}", "healthy"),
        HealthRow("batch/v1 Job", "status: {conditions: [{type: Failed, status: 'True', reason: BackoffLimitExceeded, message: m}]}",
            "degraded the job failed: BackoffLimitExceeded: m!"),
        HealthRow("batch/v1 Job", "{spec: {suspend: true}}", "suspended the job is suspended"),
        HealthRow("batch/v1 Job", "{spec: {suspend: false}, status: {conditions: [{type: Suspended, status: 'True'}]}}", "progressing 0 of 1 pods have succeeded"),
        HealthRow("batch/v1 CronJob", "spec: {suspend: true}", "suspended the schedule is suspended"),
        HealthRow("batch/v1 CronJob", "{}", "healthy"),
        HealthRow("v1 Pod", "status: {phase: Running, conditions: [{type: Ready, status: 'True'}]}", "healthy"),
        HealthRow("v1 Pod", "status: {phase: Succeeded}", "healthy"),
        HealthRow("v1 Pod", "status: {phase: Failed, reason: Evicted}", "degraded the pod failed: Evicted!"),
        HealthRow("v1 Pod", "status: {phase: Pending}", "progressing the pod is starting"),
        HealthRow("v1 Pod",
            "status: {phase: Pending, containerStatuses: [{name: a, state: {waiting: {reason: ImagePullBackOff, message: no such image}}}]}",
            "degraded container a: ImagePullBackOff (no such image)"),
        HealthRow("v1 Pod",
            "status: {phase: Running, containerStatuses: [{name: a, state: {waiting: {reason: CrashLoopBackOff}}, lastState: {terminated: {exitCode: 1, reason: Error}}}]}",
            "degraded container a: CrashLoopBackOff (Error, exit code 1)"),
        HealthRow("v1 Pod", "status: {phase: Pending, conditions: [{type: PodScheduled, status: 'False', message: 0/3 nodes}]}",
            "degraded unschedulable: 0/3 nodes"),
        HealthRow("v1 PersistentVolumeClaim", "status: {phase: Bound}", "healthy"),
        HealthRow("v1 PersistentVolumeClaim", "status: {phase: Pending}", "(progressing not bound yet)"),
        HealthRow("v1 PersistentVolumeClaim", "status: {phase: Lost}", "degraded its volume is lost!"),
        HealthRow("v1 Service", "spec: {type: LoadBalancer}", "healthy no load balancer address yet"),
        HealthRow("v1 Service", "{spec: {type: LoadBalancer}, status: {loadBalancer: {ingress: [{ip: 1.2.3.4}]}}}", "healthy"),
        HealthRow("v1 Namespace", "status: {phase: Terminating}", "progressing being deleted"),
        HealthRow("v1 Namespace", "status: {phase: Active}", "healthy"),
        HealthRow("v1 ConfigMap", "metadata: {deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: [a/b]}", "progressing being deleted, waits for a/b"),
        HealthRow("v1 ConfigMap", "{}", "healthy"),
        HealthRow("networking.k8s.io/v1 Ingress", "{}", "healthy no address yet"),
        HealthRow("autoscaling/v2 HorizontalPodAutoscaler",
            "status: {conditions: [{type: ScalingActive, status: 'False', reason: FailedGetResourceMetric, message: m}]}",
            "(degraded FailedGetResourceMetric: m)"),
        HealthRow("autoscaling/v2 HorizontalPodAutoscaler", "status: {conditions: [{type: ScalingActive, status: 'False', reason: ScalingDisabled}]}", "healthy"),
        HealthRow("apiextensions.k8s.io/v1 CustomResourceDefinition", "{}", "progressing not established yet"),
        HealthRow("apiextensions.k8s.io/v1 CustomResourceDefinition", "status: {conditions: [{type: Established, status: 'True'}]}", "healthy"),
        HealthRow("apiextensions.k8s.io/v1 CustomResourceDefinition", "status: {conditions: [{type: NamesAccepted, status: 'False', message: m}]}",
            "degraded its names are not accepted: m!"),
        HealthRow("apiregistration.k8s.io/v1 APIService", "status: {conditions: [{type: Available, status: 'False', message: m}]}", "progressing m"),
        HealthRow("example.com/v1 Widget", "status: {conditions: [{type: Ready, status: 'False', reason: Waiting, message: m}]}", "progressing Waiting: m"),
        HealthRow("example.com/v1 Widget", "status: {conditions: [{type: Stalled, status: 'True', message: m}, {type: Ready, status: 'True'}]}", "degraded m!"),
        HealthRow("example.com/v1 Widget", "status: {conditions: [{type: Reconciling, status: 'True', message: m}, {type: Ready, status: 'True'}]}", "progressing m"),
        HealthRow("example.com/v1 Widget", "status: {conditions: [{type: Ready, status: 'True'}]}", "healthy"),
        HealthRow("example.com/v1 Widget", "status: {phase: whatever}", "healthy"),
    ]

    @Test(arguments: rows) func judgesByTheRuleOfTheKind(row: HealthRow) {
        var live = manifest(row.state)
        let parts = row.kind.split(separator: " ").map(String.init)
        live["apiVersion"] = .string(parts[0])
        live["kind"] = .string(parts[1])
        let health = Health(of: live)
        var text = health.status.rawValue + (health.message.isEmpty ? "" : " " + health.message) + (health.isFinal ? "!" : "")
        if !health.isAwaited { text = "(\(text))" }
        #expect(text == row.expected)
    }
}
