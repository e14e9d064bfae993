// The sandbox as clients meet it: over TLS, with the kubeconfig that it writes. These need `kubectl`, and are skipped
// without it.

import FoundationEssentials
import Glibc
import Manifest
import Synchronization
import Testing

@testable import Sandbox

@Suite("The sandbox serves over TLS", .serialized)
struct ServerTests {
    static let kubectl: String? = ["/usr/bin/kubectl", "/usr/local/bin/kubectl"].first { access($0, X_OK) == 0 }

    /// Runs a body against a sandbox of its own, and ends the sandbox after it.
    private func withSandbox(_ body: @escaping @Sendable (_ folder: String) async throws -> Void) async throws {
        let folder = "/tmp/gitopsctl-sandbox-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let server = SandboxServer(SandboxConfiguration(stateFolder: folder, pace: .milliseconds(20)))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await server.run { continuation.yield($0) }
            }
            for await _ in ports {
                try await body(folder)
                break
            }
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    /// Runs kubectl to its end on a thread of its own.
    private func run(_ arguments: String, _ folder: String) async -> (status: Int32, output: String) {
        let command = "KUBECONFIG=\(folder)/kubeconfig.yaml \(Self.kubectl ?? "kubectl") \(arguments) 2>&1"
        return await withCheckedContinuation { continuation in
            let box = Box(command: command, continuation: continuation)
            var thread = pthread_t()
            pthread_create(
                &thread, nil,
                { argument in
                    guard let argument else { return nil }
                    let box = Unmanaged<Box>.fromOpaque(argument).takeRetainedValue()
                    box.run()
                    return nil
                }, Unmanaged.passRetained(box).toOpaque())
            pthread_detach(thread)
        }
    }

    private final class Box {
        let command: String
        let continuation: CheckedContinuation<(status: Int32, output: String), Never>

        init(command: String, continuation: CheckedContinuation<(status: Int32, output: String), Never>) {
            self.command = command
            self.continuation = continuation
        }

        func run() {
            guard let pipe = popen(command, "r") else {
                continuation.resume(returning: (-1, ""))
                return
            }
            var output: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = fread(&buffer, 1, buffer.count, pipe)
                if count == 0 { break }
                output += buffer[..<count]
            }
            let status = pclose(pipe)
            continuation.resume(returning: (status >> 8, String(decoding: output, as: UTF8.self)))
        }
    }

    @Test func `the state folder holds what clients need, readable by its owner alone`() async throws {
        try await withSandbox { folder in
            for name in ["kubeconfig.yaml", "sandbox.json"] {
                var information = stat()
                #expect(stat("\(folder)/\(name)", &information) == 0)
                #expect(information.st_mode & 0o777 == 0o600)
            }
            let note = try JSON.read(Array(try Data(contentsOf: URL(filePath: "\(folder)/sandbox.json"))))
            #expect(note["pid"]?.int == Int(getpid()))
            #expect(note["version"]?.string == SandboxVersion.text)
        }
    }

    @Test(.enabled(if: kubectl != nil, "kubectl is not installed"))
    func `kubectl works as with any cluster`() async throws {
        try await withSandbox { folder in
            let manifest = "\(folder)/web.yaml"
            let yaml = """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web, namespace: default}
                spec:
                  replicas: 2
                  selector: {matchLabels: {app: web}}
                  template:
                    metadata: {labels: {app: web}}
                    spec: {containers: [{name: web, image: "nginx:1.25"}]}
                """
            try Data(yaml.utf8).write(to: URL(filePath: manifest))
            let rows: [(String, Int32, String)] = [
                ("get namespaces -o name", 0, "namespace/default"),
                ("apply --server-side -f \(manifest)", 0, "deployment.apps/web serverside-applied"),
                ("rollout status deploy/web --timeout=30s", 0, "successfully rolled out"),
                ("get deploy web", 0, "2/2"), ("diff --server-side -f \(manifest)", 0, ""),
                ("scale deploy web --replicas=3", 0, "scaled"),
                ("diff --server-side --force-conflicts -f \(manifest)", 1, "-  replicas: 3"),
                ("label deploy web a=b", 0, "labeled"), ("annotate deploy web c=d", 0, "annotated"),
                ("set image deploy/web web=nginx:1.27", 0, "image updated"),
                ("wait --for=condition=Available deploy/web --timeout=30s", 0, "condition met"),
                ("rollout history deploy/web", 0, "2"), ("describe deploy web", 0, "nginx:1.27"),
                (
                    "patch deploy web --type=json -p '[{\"op\":\"remove\",\"path\":\"/metadata/labels/a\"}]'", 0,
                    "patched"
                ),
                ("explain deployment.spec.strategy", 0, "rollingUpdate"), ("api-resources", 0, "deployments"),
                ("auth can-i create pods", 0, "yes"),
                ("auth whoami -o jsonpath='{.status.userInfo.username}'", 0, "kubernetes-admin"),
                ("get pods -o wide", 0, "sandbox"), ("apply -f \(manifest) --dry-run=server", 0, "server dry run"),
                ("create namespace shop", 0, "created"),
                ("create deployment api -n shop --image=a:1 --replicas=0", 0, "created"),
                ("delete -f \(manifest)", 0, "deleted"), ("get deploy web", 1, #"deployments.apps "web" not found"#),
            ]
            for (arguments, status, text) in rows {
                let result = await run(arguments, folder)
                #expect(result.status == status, "kubectl \(arguments): \(result.output)")
                #expect(text.isEmpty || result.output.contains(text), "kubectl \(arguments): \(result.output)")
            }
        }
    }
}
