// Where gitopsctl keeps what must outlive a process, by the XDG Base Directory Specification.

import LocalFiles
package import Manifest

#if canImport(Glibc)
    import Glibc
#endif

package enum StateFolder {
    /// `${XDG_STATE_HOME:-~/.local/state}/gitopsctl`; a relative XDG_STATE_HOME is ignored, as the specification asks.
    package static func path(environment: [String: String]) -> String {
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state + "/gitopsctl" }
        return (environment["HOME"] ?? "/tmp") + "/.local/state/gitopsctl"
    }

    /// Creates a folder and its parents, readable by their owner alone.
    package static func create(_ path: String) throws(DiagnosticsError) {
        do {
            try PrivateFolder.create(path)
        } catch {
            throw failure("cannot create the state folder", path: error.path, error.code)
        }
    }

    static func failure(_ message: String, path: String, _ code: Int32) -> DiagnosticsError {
        DiagnosticsError(
            "\(message): \(String(cString: strerror(code)))", at: SourceLocation(file: path),
            cure: "Let this user write there, or set XDG_STATE_HOME to a folder where it may")
    }
}
