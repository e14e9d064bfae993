// The command: its verbs, and what holds for all of them.

import ArgumentParser
import Manifest

#if canImport(Glibc)
    import Glibc
#endif

@main
struct Gitopsctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gitopsctl",
        abstract: "Keep a Kubernetes cluster equal to what Git says.",
        discussion: """
            An application is found by its name: in the file that -f names, in the cluster of the current context, or in gitops/ of \
            the Git repository that you are in.

            Exit codes: 0 done, 1 failed, 2 differences found, 64 wrong usage.
            """,
        version: ProductVersion.text,
        subcommands: [
            Sync.self, Diff.self, Build.self, Validate.self, Status.self, Tree.self, Get.self, History.self,
            Rollback.self, Wait.self,
            Suspend.self, Resume.self, Create.self, Delete.self, Install.self, SealCommand.self, PluginCommand.self,
            SandboxCommand.self, CRDs.self, Version.self,
        ])

    static func main() async {
        // A reader that goes away ends the output, not the work.
        signal(SIGPIPE, SIG_IGN)
        CoreFile.forbid()
        do {
            var command = try parseAsRoot(KustomizeFlags.plain(CommandLine.arguments.dropFirst()))
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let error as DiagnosticsError {
            Console().report(error.diagnostics)
            ProcessEnd.now(ExitCode.failure.rawValue)
        } catch let interruption as Interruption {
            ProcessEnd.now(interruption.exitCode)
        } catch let code as ExitCode {
            ProcessEnd.now(code.rawValue)
        } catch {
            exit(withError: error)
        }
        ProcessEnd.now(ExitCode.success.rawValue)
    }
}

extension ExitCode {
    /// `diff` found differences.
    static let differences = ExitCode(2)
}

/// What this build is.
enum ProductVersion {
    static let text = "0.1.0"
}
