// A sandbox that runs: what is asked of it while it does. Tests hold one, the control endpoint speaks to one.

import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A running sandbox.
///
///     try await SandboxServer(SandboxConfiguration(stateFolder: folder)).serving { sandbox in
///         sandbox.faults.add(.refusal(429, retryAfter: 1), on: .writes(of: "deployments"), times: 3)
///         sandbox.faults.add(.cutAfter, on: RequestPattern(verbs: ["patch"], name: "web"), times: 1)
///         try await sandbox.restart(losingState: true)
///     }
package final class LiveSandbox: Sendable {
    package let api: KubernetesAPIServer
    package let port: Int
    /// The path of the kubeconfig that leads to it.
    package let kubeconfig: String

    /// What is asked of it by somebody who does not wait for it.
    enum Command: Sendable {
        case restart(losingState: Bool, downFor: Duration)
        case certificates(CertificateChange)
    }

    private let place: SandboxPlace
    private let life: LifeLoop
    private let stateFile: StateFile?
    private let listener: Mutex<HTTPListener>
    private let commands: AsyncStream<Command>.Continuation

    init(
        api: KubernetesAPIServer, place: SandboxPlace, life: LifeLoop, stateFile: StateFile?, listener: HTTPListener,
        commands: AsyncStream<Command>.Continuation
    ) {
        self.api = api
        self.place = place
        self.life = life
        self.stateFile = stateFile
        port = listener.port
        kubeconfig = place.kubeconfig
        self.listener = Mutex(listener)
        self.commands = commands
    }

    /// What is to go wrong.
    package var faults: FaultPlan { api.faults }

    /// What is asked of it, once it is told to take note.
    package var requests: RequestLog { api.requests }

    /// Breaks a workload, or mends it with nil: `break(.crashLoop, "deployment", "web", namespace: "shop")`.
    package func `break`(_ breakage: Breakage?, _ kind: String, _ name: String, namespace: String = "default") throws {
        try api.rehearse(breakage, kind: kind, namespace: namespace, name: name)
    }

    /// Stops listening, cuts every connection, and serves again on the same port.
    /// - Parameter losingState: whether it comes back as a fresh cluster.
    package func restart(losingState: Bool = false, downFor: Duration = .zero) async throws {
        try await listener.withLock { $0 }.close()
        try await place.connections.cutAll()
        if losingState {
            try await life.pause()
            api.store.reset()
            api.begin()
            try stateFile?.rewrite(from: api.store)
        }
        if downFor > .zero { try await Task.sleep(for: downFor) }
        let again = try await place.listen(api)
        listener.withLock { $0 = again }
        if losingState { try await life.resume() }
    }

    /// Makes certificates anew and cuts every connection, so that clients meet them.
    package func changeCertificates(_ change: CertificateChange) async throws {
        try place.changeCertificates(change, port: port)
        try await place.connections.cutAll()
    }

    func perform(_ command: Command) async throws {
        // What asked for it gets its answer first.
        try await Task.sleep(for: .milliseconds(20))
        switch command {
        case .restart(let losingState, let downFor): try await restart(losingState: losingState, downFor: downFor)
        case .certificates(let change): try await changeCertificates(change)
        }
    }

    func close() async throws {
        try await listener.withLock { $0 }.close()
    }
}

extension LiveSandbox: SandboxProcessControl {
    func requestRestart(losingState: Bool, downFor: Duration) {
        commands.yield(.restart(losingState: losingState, downFor: downFor))
    }

    func requestCertificates(_ change: CertificateChange) {
        commands.yield(.certificates(change))
    }
}
