// Runs plugins: a ResourceList in, a ResourceList out, each in a process of its own. Nothing that a plugin does
// reaches further than a diagnostic on the application that it worked for.

import CIsolation
package import Manifest
import Synchronization

/// Runs the plugins of a catalogue, and keeps processes of re-entrant ones warm between calls.
package final class PluginHost: Sendable {
    /// Reads the Secrets that a plugin is granted.
    package typealias SecretSource = @Sendable (SecretGrant) async throws(DiagnosticsError) -> [Value]

    private let catalogs: @Sendable () -> PluginCatalog
    private let secrets: SecretSource
    private let slots: ProcessSlots
    private let pool: WarmPool
    private let usesNamespaces: Bool
    private let warned = Mutex<Set<String>>([])

    /// - Parameters:
    ///   - secrets: where granted Secrets come from.
    ///   - processes: how many plugins run at a time.
    ///   - usesNamespaces: false for tests of what happens where the kernel has none.
    package init(
        catalog: @escaping @Sendable () -> PluginCatalog, processes: Int = 4, usesNamespaces: Bool = true,
        secrets: @escaping SecretSource
    ) {
        catalogs = catalog
        self.secrets = secrets
        self.usesNamespaces = usesNamespaces
        slots = ProcessSlots(max(processes, 1))
        pool = WarmPool(limit: max(processes, 1))
    }

    /// The same with a catalogue that stays as it is.
    package convenience init(
        catalog: PluginCatalog, processes: Int = 4, usesNamespaces: Bool = true, secrets: @escaping SecretSource
    ) {
        self.init(catalog: { catalog }, processes: processes, usesNamespaces: usesNamespaces, secrets: secrets)
    }

    /// The plugins that there are at the moment.
    package var catalog: PluginCatalog { catalogs() }

    private init(_ host: PluginHost, secrets: @escaping SecretSource) {
        catalogs = host.catalogs
        usesNamespaces = host.usesNamespaces
        slots = host.slots
        pool = host.pool
        self.secrets = secrets
    }

    /// The same plugins and processes, with granted Secrets from elsewhere. A process that was given others is never
    /// shared: see `WarmPool.Key`.
    package func granting(_ secrets: @escaping SecretSource) -> PluginHost { PluginHost(self, secrets: secrets) }

    /// Ends the processes that are kept warm.
    package func close() { pool.clear() }

    /// What a call of a plugin came to.
    package struct Answer: Sendable {
        package var list: ResourceList
        /// What it said on standard error though it succeeded, and what could not be kept from it.
        package var warnings: [Diagnostic]
    }

    /// Calls a plugin with a list.
    ///
    /// Findings in the answer may be errors: what they stop is the caller's to say.
    ///
    /// - Throws: whatever went wrong, in words that hold no value of a Secret that was given or granted.
    package func call(_ definition: PluginDefinition, _ list: ResourceList) async throws(DiagnosticsError) -> Answer {
        let granted = try await grantedSecrets(definition)
        var scrub = SecretScrub()
        scrub.learn(list.items)
        scrub.learn(granted)
        let grants =
            definition.grants.secrets.isEmpty
            ? nil : JSON.write(["apiVersion": "v1", "kind": "List", "items": .array(granted)])
        let run = try await self.run(definition, list, grants, scrub)
        let exit = run.exitCode.map { code in
            ProcessFailure.exit(code: code, answer: []).diagnostic(
                of: definition, complaints: scrub.scrubbed(run.complaints))
        }
        var answer: Answer
        do throws(DiagnosticsError) {
            answer = Answer(list: try ResourceList(try Self.document(run.output)), warnings: [])
        } catch {
            throw exit.map { DiagnosticsError([$0]) } ?? malformed(error, definition, scrub.scrubbed(run.complaints))
        }
        scrub.learn(answer.list.items)
        answer.list.results = answer.list.results.map(scrub.scrubbed)
        // A function may tell what it found, and then fail.
        if let exit, !answer.list.results.contains(where: { $0.severity == .error }) { throw DiagnosticsError([exit]) }
        answer.warnings = isolationWarnings(definition, keptApart: run.keptApart)
        return answer
    }

    // MARK: Running

    private struct Run: Sendable {
        var output: [UInt8]
        var exitCode: Int32?
        var complaints: String
        var keptApart: UInt32
    }

    private func run(
        _ definition: PluginDefinition, _ list: ResourceList, _ grants: [UInt8]?, _ scrub: SecretScrub
    ) async throws(DiagnosticsError) -> Run {
        let failed: @Sendable (ProcessFailure, String) -> DiagnosticsError = { failure, complaints in
            DiagnosticsError([failure.diagnostic(of: definition, complaints: scrub.scrubbed(complaints))])
        }
        guard definition.isReentrant else {
            let request = YAML.write(list.value)
            return try await exchange(definition, grants, request, loops: false, reusing: nil, failed).run
        }
        let request = JSON.write(list.value) + [UInt8(ascii: "\n")]
        let key = WarmPool.Key(definition: definition, grants: grants.map(SHA256.hex) ?? "")
        if let warm = pool.take(key) {
            // One that died while it waited is no fault of this list: a fresh one gets it.
            if let (run, process) = try? await exchange(
                definition, grants, request, loops: true, reusing: warm.process, failed)
            {
                pool.put(process, answered: warm.answered + 1, for: key)
                return run
            }
            try Self.checkCancellation(failed)
        }
        let (run, process) = try await exchange(definition, grants, request, loops: true, reusing: nil, failed)
        pool.put(process, answered: 1, for: key)
        return run
    }

    private static func checkCancellation(_ failed: (ProcessFailure, String) -> DiagnosticsError)
        throws(DiagnosticsError)
    {
        if Task.isCancelled { throw failed(.cancelled, "") }
    }

    /// One request and its answer, on a thread where it may block. Of a process that failed, or that answers no more,
    /// nothing is left when this returns: not what it started, and not its folder.
    private func exchange(
        _ definition: PluginDefinition, _ grants: [UInt8]?, _ request: [UInt8], loops: Bool,
        reusing warm: PluginProcess?,
        _ failed: @escaping @Sendable (ProcessFailure, String) -> DiagnosticsError
    ) async throws(DiagnosticsError) -> (run: Run, process: PluginProcess) {
        let current = Cancellable()
        let namespaces = usesNamespaces
        let result: Result<(Run, PluginProcess), DiagnosticsError> = await withTaskCancellationHandler {
            do throws(DiagnosticsError) {
                return .success(
                    try await slots.run { () throws(DiagnosticsError) -> (Run, PluginProcess) in
                        var said: PluginProcess?
                        var goesOn = false
                        defer { if !goesOn { said?.finish() } }
                        do throws(ProcessFailure) {
                            let process = try Self.process(warm, definition, grants, loops, namespaces)
                            said = process
                            guard current.adopt(process) else { throw .cancelled }
                            do throws(ProcessFailure) {
                                let output = try process.exchange(request, until: loops ? .line : .process)
                                goesOn = loops
                                return (
                                    Run(output: output, complaints: process.complaints, keptApart: process.keptApart),
                                    process
                                )
                            } catch {
                                process.end()
                                guard case .exit(let code, let answer) = error, !loops, !answer.isEmpty else {
                                    throw error
                                }
                                return (
                                    Run(
                                        output: answer, exitCode: code, complaints: process.complaints,
                                        keptApart: process.keptApart), process
                                )
                            }
                        } catch {
                            throw failed(error, said?.complaints ?? "")
                        }
                    })
            } catch {
                return .failure(error)
            }
        } onCancel: {
            current.cancel()
        }
        return try result.get()
    }

    private static func process(
        _ warm: PluginProcess?, _ definition: PluginDefinition, _ grants: [UInt8]?, _ loops: Bool, _ namespaces: Bool
    ) throws(ProcessFailure) -> PluginProcess {
        if let warm { return warm }
        return try PluginProcess(definition, grants: grants, loops: loops, usesNamespaces: namespaces)
    }

    /// A process that a cancelled task ends.
    private final class Cancellable: Sendable {
        private let state = Mutex<(process: PluginProcess?, isCancelled: Bool)>((nil, false))

        /// False when the task was cancelled already.
        func adopt(_ process: PluginProcess) -> Bool {
            state.withLock { state in
                state.process = process
                return !state.isCancelled
            }
        }

        func cancel() {
            let process = state.withLock { state in
                state.isCancelled = true
                return state.process
            }
            process?.end()
        }
    }

    // MARK: Reading

    private static func document(_ output: [UInt8]) throws(DiagnosticsError) -> Value {
        if output.first == UInt8(ascii: "{") {
            do throws(JSONError) {
                return try JSON.read(output)
            } catch {
                // YAML in flow style begins like this, too.
            }
        }
        let documents = try YAML.read(output, file: "its output")
        guard let first = documents.first else { throw DiagnosticsError("nothing was printed") }
        guard documents.count == 1 else { throw DiagnosticsError("\(documents.count) documents were printed") }
        return first
    }

    private func malformed(_ error: DiagnosticsError, _ definition: PluginDefinition, _ complaints: String)
        -> DiagnosticsError
    {
        guard let first = error.diagnostics.first else { return error }
        // Where a text is no YAML its line may be quoted by no one: what stands there may be secret.
        let place = first.location.map { " (line \($0.position.line))" } ?? ""
        let reason = first.location == nil ? first.message : "it is not YAML\(place)"
        return DiagnosticsError(
            "the plugin \(definition.name) printed no ResourceList: \(reason)"
                + (complaints.isEmpty ? "" : ": \(complaints)"),
            cure:
                "Try it with gitopsctl plugin run \(definition.name), and print what is not the list on standard error")
    }

    private func isolationWarnings(_ definition: PluginDefinition, keptApart: UInt32) -> [Diagnostic] {
        guard !definition.grants.network, keptApart & UInt32(ISOLATION_NETWORK) == 0,
            warned.withLock({ $0.insert(definition.name).inserted })
        else { return [] }
        return [
            .warning(
                "the plugin \(definition.name) could reach the network: this kernel gives it no network namespace of its own",
                cure:
                    "Allow user namespaces (user.max_user_namespaces, and the container's seccomp profile), or grant it the network"
            )
        ]
    }

    private func grantedSecrets(_ definition: PluginDefinition) async throws(DiagnosticsError) -> [Value] {
        var granted: [Value] = []
        for grant in definition.grants.secrets { granted += try await secrets(grant) }
        return granted
    }
}
