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

    /// Serves until the task is cancelled. When clients may come, `kubeconfig.yaml` and `sandbox.json` stand in the
    /// state folder; when it ends, `sandbox.json` is gone.
    /// - Parameter ready: called once with the port, after the files are written.
    /// - Throws: what keeps it from starting: `FileError`, `StateKeyError`, `PortError`, `CryptoError`, the database's
    ///   or the socket's error.
    package func run(ready: (@Sendable (Int) -> Void)? = nil) async throws {
        try await serving { sandbox in
            ready?(sandbox.port)
            await Self.untilCancelled()
        }
    }

    /// Serves while a body runs.
    /// - Throws: as `run`, and what the body throws.
    package func serving<Result: Sendable>(
        _ body: @Sendable (LiveSandbox) async throws -> Result
    ) async throws -> Result {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        // The controllers and the state file have a thread each, so that no request waits for them.
        let lifeGroup = MultiThreadedEventLoopGroup(numberOfThreads: configuration.stateFile == nil ? 1 : 2)
        do {
            let result = try await serve(on: group, lifeGroup, body)
            try await group.shutdownGracefully()
            try await lifeGroup.shutdownGracefully()
            return result
        } catch {
            try? await group.shutdownGracefully()
            try? await lifeGroup.shutdownGracefully()
            throw error
        }
    }

    private func serve<Result: Sendable>(
        on group: MultiThreadedEventLoopGroup, _ lifeGroup: MultiThreadedEventLoopGroup,
        _ body: @Sendable (LiveSandbox) async throws -> Result
    ) async throws -> Result {
        let folder = try StateFolder(configuration.stateFolder)
        let stateFile = try configuration.stateFile.map { try StateFile($0, keyFile: configuration.stateKeyFile) }
        let identity = try identity(stateFile)
        let authority = try CertificateAuthority(identity.authority)
        let store = ObjectStore()
        try stateFile?.load(into: store)
        let api = KubernetesAPIServer(
            store: store, ambient: .system, tokens: [identity.token: .admin], tokenKey: identity.tokenKey,
            rootCertificate: String(decoding: authority.certificatePEM, as: UTF8.self))
        let place = try SandboxPlace(
            configuration, folder: folder, authority: authority, token: identity.token, group: group)
        let life = LifeLoop(
            Life(api: api, pace: configuration.pace, controllers: configuration.controllers), on: lifeGroup.next())
        let listener = try await place.listen(api)
        api.address = "127.0.0.1:\(listener.port)"
        let writing = try stateFile.map { try StateWriting($0, store, on: lifeGroup.next()) }
        life.start()
        try place.writeKubeconfig(port: listener.port)
        try place.writeNote(port: listener.port)

        let (commands, continuation) = AsyncStream.makeStream(of: LiveSandbox.Command.self)
        let sandbox = LiveSandbox(
            api: api, place: place, life: life, stateFile: stateFile, listener: listener, commands: continuation)
        api.process.withLock { $0 = sandbox }
        defer {
            api.process.withLock { $0 = nil }
            place.removeNote()
        }
        let result = try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                for await command in commands { try await sandbox.perform(command) }
            }
            defer { tasks.cancelAll() }
            return try await body(sandbox)
        }
        try await life.stop()
        try await sandbox.close()
        try await writing?.stop()
        return result
    }

    private func identity(_ stateFile: StateFile?) throws -> StateFile.Identity {
        if let kept = try stateFile?.identity() {
            // What was kept before there was a key is sealed from now on.
            try stateFile?.keep(kept)
            return kept
        }
        let authority = try CertificateAuthority()
        let ambient = Ambient.system
        let made = StateFile.Identity(
            authority: Identity(certificatePEM: authority.certificatePEM, keyPEM: authority.keyPEM),
            token: (ambient.uuid() + ambient.uuid()).replacing("-", with: ""),
            tokenKey: Array((ambient.uuid() + ambient.uuid()).utf8))
        try stateFile?.keep(made)
        return made
    }

    private static func untilCancelled() async {
        let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
        await withTaskCancellationHandler {
            for await _ in stream {}
        } onCancel: {
            continuation.finish()
        }
    }
}
