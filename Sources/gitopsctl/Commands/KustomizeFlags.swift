// The flags of `kustomize build`, spelt as there, so that one command stands in for the other.

import ArgumentParser
import FoundationEssentials
import Kustomize
import Manifest
import Reconciler

struct KustomizeFlags: ParsableArguments {
    enum LoadRestrictor: String, ExpressibleByArgument, CaseIterable {
        case rootOnly = "LoadRestrictionsRootOnly"
        case none = "LoadRestrictionsNone"
        case unknown = "LoadRestrictionsUnknown"
    }

    enum Order: String, ExpressibleByArgument, CaseIterable {
        case none, legacy
    }

    @Option(help: "Whether files may lie outside of the kustomization's folder.")
    var loadRestrictor = LoadRestrictor.rootOnly

    @Option(help: "The order of objects where the kustomization does not say: as declared, or by kind.")
    var reorder = Order.legacy

    @Flag(help: "Render helm charts by an installed helm.")
    var enableHelm = false

    @Option(help: ArgumentHelp("The helm to run.", valueName: "command"))
    var helmCommand = "helm"

    @Option(parsing: .singleValue, help: ArgumentHelp("An API version that charts are told of.", valueName: "version"))
    var helmApiVersions: [String] = []

    @Option(help: ArgumentHelp("The Kubernetes version that charts are told of.", valueName: "version"))
    var helmKubeVersion = ""

    @Flag(help: "Let helm say more.")
    var helmDebug = false

    @Flag(help: "Run functions: generators and transformers that are programs.")
    var enableAlphaPlugins = false

    @Flag(help: "Run functions that are executables of the folder.")
    var enableExec = false

    @Flag(help: "Let functions in containers use the network if they ask for it.")
    var network = false

    @Option(help: ArgumentHelp("The network that they use.", valueName: "name"))
    var networkName = "bridge"

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("What containers see of this machine.", valueName: "type=…,source=…,target=…"))
    var mount: [String] = []

    @Option(
        name: [.customShort("e"), .customLong("env")], parsing: .singleValue,
        help: ArgumentHelp("An environment variable for containers.", valueName: "name[=value]"))
    var env: [String] = []

    @Flag(help: "Run containers as yourself rather than as nobody.")
    var asCurrentUser = false

    @Flag(help: "Label every object with the tool that built it.")
    var enableManagedbyLabel = false

    @Flag(help: ArgumentHelp("Run Starlark functions.", visibility: .hidden))
    var enableStar = false

    @Flag(help: "Fetch bases from this machine and from private networks, too.")
    var allowPrivateRemotes = false

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "An OpenAPI document of a cluster, for its merge keys instead of those built in.", valueName: "file"),
        completion: .file())
    var schema: [String] = []

    func buildOptions(_ environment: [String: String]) throws(DiagnosticsError) -> BuildOptions {
        if enableStar {
            throw DiagnosticsError("Starlark functions are not run", cure: "package them as executables or images")
        }
        if loadRestrictor == .unknown {
            throw DiagnosticsError("illegal flag value --load-restrictor LoadRestrictionsUnknown")
        }
        var options = BuildOptions()
        options.loadRestriction = loadRestrictor == .none ? .none : .rootOnly
        options.order = reorder == .none ? .none : .legacy
        options.allowsRemote = true
        options.schemas = try schema.map { (path) throws(DiagnosticsError) in
            do {
                return try JSON.read(Array(try Data(contentsOf: URL(filePath: path))))
            } catch let error as JSONError {
                throw DiagnosticsError(
                    error.message,
                    at: SourceLocation(file: path, position: SourcePosition(line: error.line, column: error.column)))
            } catch {
                throw DiagnosticsError("the schema cannot be read", at: SourceLocation(file: path))
            }
        }
        options.allowsHelm = enableHelm
        options.helmAPIVersions = helmApiVersions
        options.helmKubeVersion = helmKubeVersion
        options.helmDebug = helmDebug
        options.allowsPlugins = enableAlphaPlugins
        options.allowsExec = enableExec
        options.addsManagedByLabel = enableManagedbyLabel || environment["KUSTOMIZE_ENABLE_MANAGEDBY_LABEL"] == "on"
        return options
    }

    var programOptions: ProgramOptions {
        var options = ProgramOptions()
        options.helmCommand = helmCommand
        options.network = network
        options.networkName = networkName
        options.mounts = mount
        options.environment = env
        options.asCurrentUser = asCurrentUser
        return options
    }

    private static let switches: Set<String> = [
        "--enable-helm", "--helm-debug", "--enable-alpha-plugins", "--enable-exec", "--network", "--as-current-user",
        "--enable-managedby-label", "--enable-star",
    ]

    /// The arguments with switches that Go's users write as `--enable-helm=true` in the form that they have here.
    static func plain(_ arguments: some Sequence<String>) -> [String] {
        arguments.compactMap { argument in
            guard let equals = argument.firstIndex(of: "="), switches.contains(String(argument[..<equals])) else {
                return argument
            }
            switch argument[argument.index(after: equals)...] {
            case "true", "1", "t", "T", "True", "TRUE": return String(argument[..<equals])
            case "false", "0", "f", "F", "False", "FALSE": return nil
            default: return argument
            }
        }
    }
}
