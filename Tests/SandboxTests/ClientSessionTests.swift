// Sessions of clients that nobody here wrote: the stock kubectl, and the Python client from PyPI.

import Foundation
import Testing

@testable import Sandbox

/// A program, run to its end.
enum Shell {
    static func run(_ command: String, environment: [String: String] = [:]) async throws -> (
        status: Int32, output: String
    ) {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-c", command]
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let path = "/tmp/gitopsctl-shell-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: path) }
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        let output = try #require(FileHandle(forWritingAtPath: path))
        process.standardOutput = output
        process.standardError = output
        let status = try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<Int32, any Error>) in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        try output.close()
        return (status, (try? String(contentsOfFile: path, encoding: .utf8)) ?? "")
    }
}

/// One command of a session, and what its output must hold.
private struct Line {
    var command: String
    var holds: [String]
    var status: Int32 = 0

    init(_ command: String, _ holds: String..., status: Int32 = 0) {
        self.command = command
        self.holds = holds
        self.status = status
    }
}

@Suite(
    "The stock kubectl",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/kubectl"), "kubectl is not installed"),
    .timeLimit(.minutes(4)))
struct KubectlSessionTests {
    private static let config = "apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: settings}\\ndata: {k: v}\\n"

    private static let rollout = [
        Line("kubectl create deployment web --image=nginx:1 --replicas=2", "deployment.apps/web created"),
        Line("kubectl rollout status deployment/web --timeout=20s", "successfully rolled out"),
        Line("kubectl get deployment web -o wide", "READY", "2/2", "nginx:1", "app=web"),
        Line("kubectl get deployment web -o yaml", "apiVersion: apps/v1", "progressDeadlineSeconds: 600"),
        Line(
            "kubectl set image deployment/web nginx=nginx:2 && kubectl rollout status deployment/web --timeout=20s",
            "successfully rolled out"),
        Line("kubectl rollout history deployment/web", "REVISION", "1 ", "2 "),
        Line(
            "kubectl rollout undo deployment/web && kubectl rollout status deployment/web --timeout=20s", "rolled back"),
        Line("kubectl get deployment web -o jsonpath='{.spec.template.spec.containers[0].image}'", "nginx:1"),
        Line(
            "kubectl describe deployment web", "2 desired | 2 updated | 2 total | 2 available",
            "MinimumReplicasAvailable", "ScalingReplicaSet"),
        Line("kubectl describe pods -l app=web", "Successfully assigned default/web-", "Status:           Running"),
        Line(
            "kubectl expose deployment web --port=80 && kubectl describe service web",
            "Type:                     ClusterIP", "Endpoints:                10.244."),
        Line(
            "kubectl scale deployment web --replicas=3 && kubectl wait --for=jsonpath='{.status.readyReplicas}'=3 deployment/web --timeout=20s",
            "condition met"),
        Line("EDITOR='sed -i s/replicas:.3/replicas:\\ 1/' kubectl edit deployment web", "edited"),
        Line("kubectl wait --for=condition=Available deployment/web --timeout=20s", "condition met"),
        Line(
            "kubectl delete deployment web --cascade=orphan && kubectl get replicasets -o name", "replicaset.apps/web-"),
        Line(
            "kubectl create deployment again --image=nginx:1 && kubectl rollout restart deployment/again && kubectl rollout status deployment/again --timeout=20s",
            "successfully rolled out"),
        Line(
            "kubectl get all -o wide", "pod/again-", "deployment.apps/again", "replicaset.apps/again-",
            "service/kubernetes"),
        Line(
            "kubectl delete deployment again --cascade=background --wait && kubectl wait --for=delete pods -l app=again --timeout=20s; kubectl get replicasets -l app=again",
            "No resources found"),
        Line(
            "kubectl delete replicasets -l app=web --cascade=foreground --wait --timeout=20s && kubectl get pods -l app=web",
            "No resources found"),
    ]

    private static let writing = [
        Line("printf '\(config)' > $DIR/c.yaml; kubectl apply -f $DIR/c.yaml", "configmap/settings created"),
        Line("kubectl apply -f $DIR/c.yaml", "configmap/settings unchanged"),
        Line("kubectl apply --server-side -f $DIR/c.yaml", "configmap/settings serverside-applied"),
        Line("sed -i 's/k: v/k: w/' $DIR/c.yaml; kubectl diff -f $DIR/c.yaml", "-  k: v", "+  k: w", status: 1),
        Line("kubectl apply --server-side --field-manager=other -f $DIR/c.yaml", "conflict", ".data.k", status: 1),
        Line("kubectl apply --server-side --force-conflicts -f $DIR/c.yaml", "serverside-applied"),
        Line("kubectl patch configmap settings --type=merge -p '{\"data\":{\"l\":\"1\"}}'", "patched"),
        Line(
            "kubectl patch configmap settings --type=json -p '[{\"op\":\"replace\",\"path\":\"/data/l\",\"value\":\"2\"}]'",
            "patched"),
        Line("kubectl patch configmap settings --type=strategic -p '{\"data\":{\"m\":\"3\"}}'", "patched"),
        Line("kubectl get configmap settings -o jsonpath='{.data}'", "\"k\":\"w\"", "\"l\":\"2\"", "\"m\":\"3\""),
        Line(
            "kubectl label configmap settings tier=back && kubectl get configmaps -l tier=back -o name",
            "configmap/settings"),
        Line("kubectl annotate configmap settings note='some words'", "annotated"),
        Line("kubectl create configmap settings", "already exists", status: 1),
        Line(
            "kubectl create -f - <<< '{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"x\"},\"dota\":{}}'",
            "unknown field \"dota\"", status: 1),
        Line(
            "kubectl replace -f $DIR/c.yaml && kubectl get configmap settings -o jsonpath='{.data}'", "replaced",
            "{\"k\":\"w\"}"),
        Line("kubectl delete configmap settings", "deleted"),
    ]

    private static let looking = [
        Line("kubectl api-resources", "deployments", "deploy", "apps/v1", "customresourcedefinitions"),
        Line("kubectl explain deployment.spec.replicas", "FIELD: replicas <integer>"),
        Line("kubectl explain pods.spec.containers", "containers <[]Container>", "image\t<string>"),
        Line("kubectl explain pods.spec.containers.resources", "limits\t<map[string]Quantity>"),
        Line(
            "kubectl explain hpa --api-version=autoscaling/v1 --recursive", "targetCPUUtilizationPercentage\t<integer>"),
        // kubectl reads the name of events.k8s.io's events as a path, on every cluster.
        Line(
            "for kind in $(kubectl api-resources -o name | grep -v '^events.events'); do kubectl explain $kind >$DIR/kind || echo \"$kind is not explained\"; grep -q FIELDS $DIR/kind || echo \"$kind has no fields\"; done; echo all explained",
            "all explained"),
        Line("kubectl explain events --api-version=events.k8s.io/v1", "reportingController\t<string>"),
        Line("kubectl auth can-i list pods", "yes"),
        Line("kubectl auth can-i list pods --as alice", "no", status: 1),
        Line(
            "kubectl create rolebinding alice --clusterrole=view --user=alice && kubectl auth can-i list pods --as alice",
            "yes"),
        Line("kubectl get secrets --as alice", "cannot list resource \"secrets\"", status: 1),
        Line("kubectl auth whoami", "kubernetes-admin", "system:masters"),
        Line("kubectl create token default", "eyJ"),
        Line("kubectl get namespaces", "default", "kube-system", "Active"),
        Line("kubectl get nodes", "sandbox", "Ready"),
        Line("kubectl version", "Server Version: v1.36"),
        Line("kubectl get --raw /readyz", "ok"),
    ]

    @Test(arguments: ["rollout", "writing", "looking"])
    func worksAsWithAnyCluster(session: String) async throws {
        let lines = ["rollout": Self.rollout, "writing": Self.writing, "looking": Self.looking][session] ?? []
        try await ServedSandbox.with { served in
            let folder = "/tmp/gitopsctl-kubectl-\(getpid())-\(UInt32.random(in: 0 ... .max))"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let environment = ["KUBECONFIG": served.sandbox.kubeconfig, "DIR": folder, "HOME": folder]
            for line in lines {
                let (status, output) = try await Shell.run(line.command, environment: environment)
                #expect(status == line.status, "\(line.command): \(output)")
                #expect(!output.contains("is not explained") && !output.contains("has no fields"), "\(output)")
                for text in line.holds {
                    #expect(output.contains(text), "\(line.command): \(output)")
                }
            }
        }
    }
}

@Suite("The Python client", .timeLimit(.minutes(5)))
struct PythonClientTests {
    private static let program = """
        import sys, threading
        from kubernetes import client, config, watch
        config.load_kube_config(sys.argv[1])
        core, apps = client.CoreV1Api(), client.AppsV1Api()
        print("namespaces", sorted(n.metadata.name for n in core.list_namespace().items))
        core.create_namespaced_config_map("default", client.V1ConfigMap(metadata=client.V1ObjectMeta(name="py"), data={"k": "v"}))
        version = core.list_namespaced_config_map("default").metadata.resource_version
        core.patch_namespaced_config_map("py", "default", {"data": {"k": "w"}})
        core.delete_namespaced_config_map("py", "default")
        seen = []
        for event in watch.Watch().stream(core.list_namespaced_config_map, "default", resource_version=version, timeout_seconds=2):
            seen.append(event["type"] + ":" + event["object"].data["k"])
        print("watched", seen)
        apps.create_namespaced_deployment("default", {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "py"}, "spec": {
            "selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}}})
        print("scaled", apps.patch_namespaced_deployment_scale("py", "default", {"spec": {"replicas": 3}}).spec.replicas)
        try:
            core.read_namespaced_config_map("missing", "default")
        except client.exceptions.ApiException as error:
            print("refused", error.status, error.reason)
        """

    /// A virtual environment of the test's own, kept between runs; nil where there is no way to make one.
    private func interpreter() async throws -> String? {
        let home = ProcessInfo.processInfo.environment["HOME"] ?? "/tmp"
        let folder = home + "/.cache/gitopsctl/python-kubernetes"
        let python = folder + "/bin/python"
        if try await Shell.run("\(python) -c 'import kubernetes'").status == 0 { return python }
        let made = try await Shell.run(
            "python3 -m venv \(folder) && timeout 120 \(folder)/bin/pip install -q kubernetes")
        return made.status == 0 ? python : nil
    }

    @Test func listsWatchesAndPatches() async throws {
        guard let python = try await interpreter() else {
            try Test.cancel("the Python client cannot be installed here")
        }
        try await ServedSandbox.with { served in
            let path = served.sandbox.kubeconfig + ".py"
            try Self.program.write(toFile: path, atomically: true, encoding: .utf8)
            let (status, output) = try await Shell.run("\(python) \(path) \(served.sandbox.kubeconfig)")
            #expect(status == 0, "\(output)")
            #expect(
                output.contains("namespaces ['default', 'kube-node-lease', 'kube-public', 'kube-system']"), "\(output)")
            #expect(output.contains("watched ['MODIFIED:w', 'DELETED:w']"), "\(output)")
            #expect(output.contains("scaled 3"), "\(output)")
            #expect(output.contains("refused 404 Not Found"), "\(output)")
        }
    }
}
