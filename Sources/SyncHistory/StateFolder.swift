// Where gitopsctl keeps what must outlive a process, by the XDG Base Directory Specification.

#if canImport(Glibc)
import Glibc
#endif
package import Manifest

package enum StateFolder {
    /// `${XDG_STATE_HOME:-~/.local/state}/gitopsctl`; a relative XDG_STATE_HOME is ignored, as the specification asks.
    package static func path(environment: [String: String]) -> String {
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state + "/gitopsctl" }
        return (environment["HOME"] ?? "/tmp") + "/.local/state/gitopsctl"
    }

    /// Creates a folder and its parents, readable by their owner alone.
    package static func create(_ path: String) throws(DiagnosticsError) {
        if mkdir(path, 0o700) == 0 { return }
        switch errno {
        case EEXIST: return
        case ENOENT:
            guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { break }
            try create(String(path[..<slash]))
            if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        default: break
        }
        throw failure("cannot create the state folder", path: path, errno)
    }

    static func failure(_ message: String, path: String, _ code: Int32) -> DiagnosticsError {
        DiagnosticsError(
            "\(message): \(String(cString: strerror(code)))", at: SourceLocation(file: path),
            cure: "Let this user write there, or set XDG_STATE_HOME to a folder where it may")
    }
}
