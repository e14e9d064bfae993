// Why a plugin gave no answer, in the words of whoever has to do something about it.

import CIsolation
import Glibc
import Manifest

/// How a run of a plugin failed. Holds what it said on standard error, which may quote what it was given.
enum ProcessFailure: Error, Sendable {
    case cannotStart(errno: Int32, path: String)
    case timeout(Duration)
    case tooMuchOutput(limit: Int)
    case signal(Int32)
    /// With what it printed: a validator tells its findings and then fails.
    case exit(code: Int32, answer: [UInt8])
    /// It ended, or closed its output, in the middle of a line: only of a re-entrant one.
    case gone
    case cancelled
}

extension ProcessFailure {
    func diagnostic(of definition: PluginDefinition, complaints: String) -> Diagnostic {
        let name = "the plugin \(definition.name)"
        let said = complaints.isEmpty ? "" : ": \(complaints)"
        switch self {
        case .cannotStart(let code, let path):
            return .error(
                "\(name) cannot be started: \(path): \(String(cString: strerror(code)))",
                cure: code == ENOENT
                    ? "Install it, or correct its path in the catalogue" : "Check that the file may be executed")
        case .timeout(let limit):
            return .error(
                "\(name) did not end within \(limit.components.seconds) s\(said)",
                cure: "Find out what it waits for, or raise limits.timeout in the catalogue")
        case .tooMuchOutput(let limit):
            return .error(
                "\(name) printed more than \(limit >> 10) KiB",
                cure: "Print the ResourceList only, or raise limits.output in the catalogue")
        case .signal(SIGXCPU):
            return .error(
                "\(name) used more than \(definition.limits.cpuSeconds) s of CPU time",
                cure: "Raise limits.cpu in the catalogue if that is right")
        case .signal(SIGXFSZ):
            return .error(
                "\(name) wrote a file that is too large",
                cure: "Raise limits.fileSize in the catalogue if that is right")
        case .signal(let number):
            return .error(
                "\(name) was ended by signal \(number)\(said)",
                cure: number == SIGKILL || number == SIGABRT || number == SIGSEGV
                    ? "It may have run out of memory: limits.memory is \(definition.limits.memory >> 20) MiB" : nil)
        case .exit(let code, _):
            return .error("\(name) failed with exit code \(code)\(said)")
        case .gone: return .error("\(name) ended in the middle of its answer\(said)")
        case .cancelled: return .error("\(name) was cancelled")
        }
    }
}
