// Credentials from a program: how it is run, and what it prints.

import FoundationEssentials
import HTTPClient
import Manifest
import Subprocess
import SystemPackage

extension ExecPlugin {
    /// Runs a plugin and answers its standard output.
    typealias Runner = @Sendable (ExecPlugin, ClusterConnection) async throws(KubernetesError) -> [UInt8]

    private static let timeLimit = Duration.seconds(60)
    private static let outputLimit = 1 << 20

    /// Runs the program with `KUBERNETES_EXEC_INFO` in its environment and no terminal.
    @Sendable static func run(_ plugin: ExecPlugin, for cluster: ClusterConnection) async throws(KubernetesError)
        -> [UInt8]
    {
        var variables: [Environment.Key: String?] = ["KUBERNETES_EXEC_INFO": plugin.execInfo(cluster)]
        for (name, value) in plugin.environment {
            if let key = Environment.Key(rawValue: name) { variables[key] = value.value }
        }
        let environment = Environment.inherit.updating(variables)
        let executable: Executable =
            plugin.command.contains("/") ? .path(FilePath(plugin.command)) : .name(plugin.command)
        let outcome: Outcome
        do {
            outcome = try await withTimeLimit(timeLimit) {
                let result = try await Subprocess.run(
                    executable, arguments: Arguments(plugin.arguments), environment: environment, input: .none,
                    output: .bytes(limit: outputLimit), error: .string(limit: outputLimit))
                return Outcome(
                    status: result.terminationStatus, output: result.standardOutput, error: result.standardError)
            }
        } catch is TimeLimitExceeded {
            throw plugin.failure("did not end within \(timeLimit.components.seconds) s")
        } catch let error as SubprocessError {
            let hint = plugin.installHint.map { "\n\($0)" } ?? ""
            throw plugin.failure("cannot be run: \(error)\(hint)")
        } catch is CancellationError {
            throw KubernetesError(
                code: 0, reason: KubernetesError.Reason.cancelled, message: "cancelled", request: "authenticate")
        } catch {
            throw plugin.failure("cannot be run: \(error)")
        }
        guard outcome.status.isSuccess else {
            throw plugin.failure("failed with \(outcome.status): \(outcome.error.prefix(1000))")
        }
        return outcome.output
    }

    private struct Outcome: Sendable {
        var status: TerminationStatus
        var output: [UInt8]
        var error: String
    }

    fileprivate func failure(_ what: String) -> KubernetesError {
        KubernetesError(
            code: 0, reason: KubernetesError.Reason.configuration, message: "the exec plugin \(command) \(what)",
            request: "authenticate")
    }

    /// The ExecCredential that the program is told of.
    func execInfo(_ cluster: ClusterConnection) -> String {
        var spec: Value = ["interactive": false]
        if providesClusterInfo {
            var info: Value = ["server": .string(cluster.server)]
            if let name = cluster.tls.serverName { info["tls-server-name"] = .string(name) }
            if cluster.tls.insecureSkipVerify { info["insecure-skip-tls-verify"] = true }
            if let ca = cluster.tls.caPEM { info["certificate-authority-data"] = .string(Base64.encode(ca)) }
            if let proxy = cluster.proxy, !proxy.isEmpty { info["proxy-url"] = .string(proxy) }
            spec["cluster"] = info
        }
        let value: Value = ["apiVersion": .string(apiVersion), "kind": "ExecCredential", "spec": spec]
        return String(decoding: JSON.write(value), as: UTF8.self)
    }
}

/// What a plugin printed.
struct ExecCredential {
    let credential: Credential
    /// When it ends to be valid; nil for "as long as the server takes it".
    let expiry: Date?

    init(json: [UInt8], command: String) throws(KubernetesError) {
        let plugin = ExecPlugin(command: command)
        guard let value = try? JSON.read(json), value["kind"]?.string == "ExecCredential", let status = value["status"]
        else {
            throw plugin.failure("printed no ExecCredential with a status")
        }
        let certificate = status["clientCertificateData"]?.string.map { Array($0.utf8) }
        let key = status["clientKeyData"]?.string.map { Array($0.utf8) }
        let token = status["token"]?.string
        guard token != nil || certificate != nil else {
            throw plugin.failure("printed neither a token nor a certificate")
        }
        guard (certificate == nil) == (key == nil) else { throw plugin.failure("printed a certificate or a key alone") }
        credential = Credential(
            authorization: token.map { Secret("Bearer \($0)") }, clientCertificatePEM: certificate, clientKeyPEM: key)
        if let text = status["expirationTimestamp"]?.scalar?.text, status["expirationTimestamp"]?.isNull == false {
            guard let date = Self.date(text) else {
                throw plugin.failure("printed an expirationTimestamp that is no RFC 3339 time")
            }
            expiry = date
        } else {
            expiry = nil
        }
    }

    private static func date(_ text: String) -> Date? {
        (try? Date(text, strategy: .iso8601))
            ?? (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    }
}

struct TimeLimitExceeded: Error {}

/// Runs an operation, and cancels it when it takes longer than it may.
func withTimeLimit<T: Sendable>(
    _ limit: Duration, _ operation: @escaping @Sendable () async throws -> T
) async throws -> T {
    try await withThrowingTaskGroup(of: T?.self) { group in
        group.addTask { try await operation() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        while let first = try await group.next() {
            guard let value = first else { throw TimeLimitExceeded() }
            return value
        }
        throw TimeLimitExceeded()
    }
}
