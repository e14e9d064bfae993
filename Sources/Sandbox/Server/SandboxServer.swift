// A sandbox as a process runs it: the API, its life, its port and its files, from start to cancellation.

import NIOCore
import NIOPosix
import Synchronization

/// A Kubernetes API server in memory.
package struct SandboxServer: Sendable {
    private let configuration: SandboxConfiguration

    package init(_ configuration: SandboxConfiguration) {
        self.configuration = configuration
    }

    /// Serves until the task is cancelled. When clients may come, `kubeconfig.yaml` and `sandbox.json` stand in the state folder;
    /// when it ends, `sandbox.json` is gone.
    /// - Parameter ready: called once with the port, after the files are written.
    /// - Throws: what keeps it from starting: `StateFolderError`, `CryptoError`, or the socket's error.
    package func run(ready: (@Sendable (Int) -> Void)? = nil) async throws {
        let folder = try StateFolder(configuration.stateFolder)
        let authority = try CertificateAuthority()
        let server = try authority.issue(
            subject: [("CN", "gitopsctl-sandbox")],
            usage: .server(
                alternativeNames: "IP:127.0.0.1,IP:::1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,"
                    + "DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local"))
        let admin = try authority.issue(
            subject: [("O", "system:masters"), ("CN", "kubernetes-admin")], usage: .client)
        let token = Ambient.system.uuid().replacing("-", with: "") + Ambient.system.uuid().replacing("-", with: "")

        let api = KubernetesAPIServer(
            ambient: .system, tokens: [token: .admin],
            rootCertificate: String(decoding: authority.certificatePEM, as: UTF8.self))
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        // The controllers have a thread of their own, so that no request waits for them.
        let lifeGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            let life = LifeLoop(Life(api: api, pace: configuration.pace, controllers: configuration.controllers), on: lifeGroup.next())
            let listener = try await HTTPListener.bind(
                port: configuration.port, group: group,
                tls: makeTLSContext(server: server, authority: authority.certificatePEM), api: api,
                bookmarkInterval: configuration.bookmarkInterval)
            api.address = "127.0.0.1:\(listener.port)"
            life.start()
            try folder.write(
                StateDocuments.kubeconfig(
                    port: listener.port, authority: authority.certificatePEM, admin: admin, token: token),
                to: "kubeconfig.yaml")
            try folder.write(
                StateDocuments.note(port: listener.port, kubeconfig: "\(folder.path)/kubeconfig.yaml"),
                to: "sandbox.json")
            ready?(listener.port)
            await untilCancelled()
            folder.remove("sandbox.json")
            try await life.stop()
            try await listener.close()
        } catch {
            try? await group.shutdownGracefully()
            try? await lifeGroup.shutdownGracefully()
            throw error
        }
        try await group.shutdownGracefully()
        try await lifeGroup.shutdownGracefully()
    }

    private func untilCancelled() async {
        let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
        await withTaskCancellationHandler {
            for await _ in stream {}
        } onCancel: {
            continuation.finish()
        }
    }
}
