// What a process remembers when it crashes.

#if canImport(Glibc)
    import Glibc
#endif

enum CoreFile {
    /// From here on this process and its children leave no core file: Secrets pass through their memory.
    static func forbid() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        _ = setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    }
}
