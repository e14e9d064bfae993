// How the process ends: at once, without exit handlers.

#if canImport(Glibc)
    import Glibc
#endif

enum ProcessEnd {
    /// Ends the process when what was printed is out.
    ///
    /// `exit` would run OpenSSL's cleanup while the HTTP thread closes its connections, or is on its way out itself:
    /// one process of a few hundred crashed so, with its work done. Nothing here relies on an exit handler.
    static func now(_ code: Int32) -> Never {
        fflush(nil)
        _exit(code)
    }
}
