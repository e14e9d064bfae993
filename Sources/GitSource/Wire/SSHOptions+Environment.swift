// The part of this process's environment that ssh needs.

internal import Glibc

extension SSHOptions {
    /// Programs, the user's home (known_hosts, configuration), and the agent. Nothing else: credentials of other things
    /// live there.
    package static var inherited: [String: String] {
        var environment: [String: String] = [:]
        for name in ["PATH", "HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK", "XDG_RUNTIME_DIR", "TMPDIR"] {
            if let value = getenv(name) { environment[name] = String(cString: value) }
        }
        return environment
    }
}
