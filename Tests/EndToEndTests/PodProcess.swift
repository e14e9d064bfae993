// A pod without a kubelet: the program of a Deployment's container as a process that has what the server says its pod
// would have, and nothing else of this machine that could stand in for it.

import Foundation
import Testing

/// What a Deployment says of its pods, as far as a process can have it.
struct PodTemplate: Decodable {
    struct Container: Decodable {
        struct Variable: Decodable {
            struct Source: Decodable {
                struct Field: Decodable { var fieldPath: String }
                var fieldRef: Field
            }
            var name: String
            var value: String?
            var valueFrom: Source?
        }
        struct Mount: Decodable {
            var name: String
            var mountPath: String
        }
        struct Security: Decodable { var readOnlyRootFilesystem: Bool }
        var args: [String]
        var env: [Variable]
        var volumeMounts: [Mount]
        var securityContext: Security
    }
    var serviceAccountName: String
    var containers: [Container]
}

/// A Deployment as a cluster has it.
struct InstalledDeployment: Decodable {
    struct Metadata: Decodable { var namespace: String }
    struct Spec: Decodable {
        struct Template: Decodable { var spec: PodTemplate }
        var replicas: Int
        var template: Template
    }
    var metadata: Metadata
    var spec: Spec

    /// Reads it from a cluster.
    init(_ name: String, in namespace: String, by kubectl: (String...) throws -> CommandResult) throws {
        let got = try kubectl("get", "deployment", name, "-n", namespace, "-o", "json")
        try #require(got.status == 0, "\(got.all)")
        self = try JSONDecoder().decode(Self.self, from: Data(got.output.utf8))
    }
}

/// A process in place of a pod: the arguments and the environment of its container, its volumes, the token of its
/// account, and the address of the API server as a kubelet tells it.
final class PodProcess {
    let name: String
    private let folder: String
    private let command: RunningCommand

    /// Whether this machine lets a process have mounts of its own.
    static let isPossible: Bool = {
        let script = "mount -t tmpfs tmpfs /run && mount -o remount,bind,ro /"
        let tried = try? Command(program: "unshare", environment: Workplace.environment, folder: "/").run(
            namespaces + ["sh", "-c", script])
        return tried?.status == 0
    }()

    private static let namespaces = ["--mount", "--uts"] + (getuid() == 0 ? [] : ["--user", "--map-root-user"])

    /// Mounts the account where pods have it, then every volume over a folder that may have to be made first; then the
    /// root is read-only, and the program goes on in the script's place.
    private static let script = """
        set -eu
        folder="$1" host="$2" program="$3"
        shift 3
        hostname "$host"
        mount -t tmpfs tmpfs /run
        mkdir -p /run/secrets/kubernetes.io/serviceaccount
        mount --bind "$folder/account" /run/secrets/kubernetes.io/serviceaccount
        while [ "$1" != -- ]; do
            case "$program" in "$2"/*) shift 2; continue;; esac
            [ -d "$2" ] || { mount -t tmpfs tmpfs "$(dirname "$2")"; mkdir "$2"; }
            mkdir -p "$folder/$1"
            mount --bind "$folder/$1" "$2"
            shift 2
        done
        shift
        mount -o remount,bind,ro /
        exec "$program" "$@"
        """

    /// - Parameters:
    ///   - program: in place of the image's.
    ///   - extra: arguments behind those of the Deployment.
    init(
        _ name: String, of deployment: InstalledDeployment, on cluster: TestCluster, in folder: String, program: String,
        extra: [String] = []
    ) throws {
        self.name = name
        self.folder = folder + "/" + name
        let template = deployment.spec.template.spec
        let namespace = deployment.metadata.namespace
        let container = try #require(template.containers.first)
        #expect(container.securityContext.readOnlyRootFilesystem)
        let server = try Self.writeAccount(
            template.serviceAccountName, in: namespace, on: cluster, to: self.folder + "/account")

        var environment = [
            "PATH": Workplace.environment["PATH"] ?? "", "HOME": "/var/lib/gitopsctl",
            "KUBERNETES_SERVICE_HOST": server.host ?? "", "KUBERNETES_SERVICE_PORT": "\(server.port ?? 443)",
        ]
        for variable in container.env {
            let field = variable.valueFrom.map { $0.fieldRef.fieldPath }
            try #require(field == nil || field == "metadata.namespace", "no field of a pod that is known here")
            environment[variable.name] = variable.value ?? namespace
        }
        // As a kubelet writes a variable into an argument.
        let arguments = container.args.map { argument in
            environment.reduce(argument) { $0.replacing("$(\($1.key))", with: $1.value) }
        }
        let volumes = container.volumeMounts.flatMap { [$0.name, $0.mountPath] }
        command = try Command(program: "unshare", environment: environment, folder: "/").start(
            Self.namespaces + ["sh", "-c", Self.script, "sh", self.folder, name, program] + volumes + ["--"] + arguments
                + extra)
    }

    /// Asks for a token of an account, as a kubelet does, and puts it beside the authority of the server.
    ///
    /// - Returns: the address of the API server.
    private static func writeAccount(
        _ account: String, in namespace: String, on cluster: TestCluster, to folder: String
    ) throws -> URL {
        let kubectl = Command(program: "kubectl", environment: Workplace.environment, folder: "/")
        func run(_ words: [String]) throws -> String {
            let done = try kubectl.run(["--kubeconfig", cluster.kubeconfig] + words)
            try #require(done.status == 0, "\(done.all)")
            return done.output.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        func configured(_ field: String) throws -> String {
            try run([
                "config", "view", "--raw", "--minify", "--flatten", "-o", "jsonpath={.clusters[0].cluster.\(field)}",
            ])
        }
        let authority = try configured("certificate-authority-data")
        let server = try configured("server")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, content) in [
            "token": Data(try run(["create", "token", account, "-n", namespace]).utf8),
            "namespace": Data(namespace.utf8),
            "ca.crt": try #require(Data(base64Encoded: authority)),
        ] { try content.write(to: URL(filePath: folder).appending(path: name)) }
        return try #require(URL(string: server))
    }

    deinit {
        command.kill()
        _ = try? command.finish()
    }

    /// Ends it as the loss of its node would.
    func kill() { command.kill() }

    /// Asks it to end, and waits until it has.
    func end() throws -> CommandResult {
        Foundation.kill(command.pid, SIGTERM)
        return try command.finish()
    }

    var log: String { (try? String(contentsOfFile: command.errors, encoding: .utf8)) ?? "" }

    /// The requests that the API server refused it, as its metrics count them.
    func refusals() throws -> [String] {
        let place = try #require(log.firstMatch(of: #/ address=(\S+)/#)).1
        let curl = Command(program: "curl", environment: Workplace.environment, folder: "/")
        let metrics = try curl("-sS", "--max-time", "10", "http://\(place)/metrics")
        try #require(
            metrics.status == 0 && metrics.output.contains("gitops_kubernetes_requests_total{"), "\(metrics.all)")
        return metrics.output.split(separator: "\n").filter { $0.contains("code=\"403\"") }.map(String.init)
    }

    /// How many lines of its log hold all of some words.
    func count(_ words: String...) -> Int {
        log.split(separator: "\n").count { line in words.allSatisfy { line.contains($0) } }
    }
}
