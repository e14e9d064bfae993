// `gitopsctl validate`: what can be said of manifests before a cluster sees them.

import ArgumentParser
import FoundationEssentials
import Kustomize
import Manifest
import Reconciler
import Validation

struct Validate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check every environment of a tree: builds, schemas, references, practices.",
        discussion: """
            Every kustomization that is nobody's base is built from the disk, as it stands, and its objects are checked, together with \
            the manifests that no kustomization reaches. No cluster is asked. docs/rules.md has the rules, and how one is switched off: by \
            the annotation gitopsctl.dev/ignore-rules, the file .gitopsctl-validate.yaml of a tree, or --ignore, each with a reason.

            Exit codes: 0 nothing found (or nothing as bad as --fail-on), 1 a failed run, 2 findings, 64 wrong usage.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, sarif, junit
    }

    enum Threshold: String, ExpressibleByArgument, CaseIterable {
        case error, warning, note

        var severity: Diagnostic.Severity {
            switch self {
            case .error: .error
            case .warning: .warning
            case .note: .note
            }
        }
    }

    @Argument(
        help: ArgumentHelp(
            "Folders, files, or names of applications; the working folder otherwise.", valueName: "path|application"),
        completion: .directory)
    var targets: [String] = []

    @Option(name: [.customShort("o"), .customLong("output")], help: "How the findings are printed.")
    var output = Format.text

    @Option(help: ArgumentHelp("The version of the cluster that the manifests are for.", valueName: "version"))
    var kubernetesVersion = KubernetesVersion.newest.description

    @Option(
        name: .customLong("crds"), parsing: .singleValue,
        help: ArgumentHelp(
            "CustomResourceDefinitions beyond those of the tree: a file, or a folder of them.", valueName: "path"),
        completion: .file())
    var definitions: [String] = []

    @Option(help: "The least that ends in exit code 2.")
    var failOn = Threshold.warning

    @Flag(help: "Take notes for failures, too: --fail-on note.")
    var strict = false

    @Option(parsing: .singleValue, help: ArgumentHelp("Switch a rule off in this run.", valueName: "rule=reason"))
    var ignore: [String] = []

    @OptionGroup var file: FileOption
    @OptionGroup(title: "Flags of kustomize") var flags: KustomizeFlags

    func run() async throws {
        let console = Console()
        let result = try await validate(console)
        let threshold = strict ? Diagnostic.Severity.note : failOn.severity
        switch output {
        case .text:
            console.output.print(ValidationText.lines(result, width: console.output.size?.columns ?? console.width))
            console.output.print(ValidationText.summary(result))
        case .json: console.output.write(JSON.write(JSONReport.value(result), pretty: true) + [UInt8(ascii: "\n")])
        case .sarif:
            let report = SARIFReport.value(result, version: ProductVersion.text)
            console.output.write(JSON.write(report, pretty: true) + [UInt8(ascii: "\n")])
        case .junit: console.output.write(JUnitReport.text(result, threshold: threshold))
        }
        if result.findings.contains(where: { $0.severity >= threshold }) { throw ExitCode.differences }
    }

    private func validate(_ console: Console) async throws -> ValidationResult {
        guard let version = KubernetesVersion(kubernetesVersion) else {
            throw ValidationError("`\(kubernetesVersion)` is no version of Kubernetes such as 1.36")
        }
        var exemptions: [Exemption] = []
        for text in ignore {
            do throws(ExemptionError) {
                exemptions.append(try Exemption(parsing: text))
            } catch {
                throw ValidationError("--ignore \(text): \(error.message)\(error.cure.map { "; \($0)" } ?? "")")
            }
        }
        let session = Session(console: console)
        let programs = ProgramRunner(options: flags.programOptions, root: "/")
        let answerer = BuildAnswerer(
            cacheFolder: SourceFetcher.cacheFolder(environment: console.environment), http: session.http,
            allowsPrivateAddresses: flags.allowPrivateRemotes, programs: { await programs.answer($0) })
        var paths: [String] = []
        for target in targets.isEmpty ? ["."] : targets { paths.append(try await path(of: target, session)) }
        let validation = TreeValidation(workingFolder: session.workingFolder, answer: { await answerer.answer($0) })
        return try await validation.run(
            TreeValidation.Request(
                paths: paths, definitions: definitions.map { absolute($0, session) }, target: version,
                exemptions: Exemptions(exemptions), options: try flags.buildOptions(console.environment)))
    }

    private func absolute(_ path: String, _ session: Session) -> String {
        RepositoryRoot.normalized(path.hasPrefix("/") ? path : "\(session.workingFolder)/\(path)")
    }

    /// The folder that a target means: itself, or what an application of that name delivers from this machine.
    private func path(of target: String, _ session: Session) async throws(DiagnosticsError) -> String {
        let path = absolute(target, session)
        if FileManager.default.fileExists(atPath: path) { return path }
        if target.contains("/") || target.hasPrefix(".") {
            throw DiagnosticsError("there is no such file or folder", at: SourceLocation(file: target))
        }
        let application = try await session.finder(nil).find(target, file: file.file)
        let folder = RepositoryRoot.normalized("\(application.source.repository)/\(application.source.path)")
        guard application.source.repository.hasPrefix("/"), FileManager.default.fileExists(atPath: folder) else {
            throw DiagnosticsError(
                "the application \(target) is delivered from \(application.source.repository), which is not on this machine",
                at: application.origin, cure: "Validate a clone of that repository: gitopsctl validate PATH")
        }
        return folder
    }
}
