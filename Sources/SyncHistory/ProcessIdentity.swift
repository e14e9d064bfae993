// Which process ran a sync, so that a later one can tell whether it still does.

#if canImport(Glibc)
    import Glibc
#endif

/// A process, told apart from every other that ever had its number: by the boot of the kernel and the tick it started
/// at.
package struct ProcessIdentity: Sendable, Hashable {
    package var pid: Int32
    /// `/proc/sys/kernel/random/boot_id`.
    package var boot: String
    /// Clock ticks from the boot to the process's start: field 22 of `/proc/<pid>/stat` (proc(5)).
    package var startTick: Int64

    package init(pid: Int32, boot: String, startTick: Int64) {
        self.pid = pid
        self.boot = boot
        self.startTick = startTick
    }

    /// The calling process.
    package static func current() -> ProcessIdentity {
        let pid = getpid()
        return ProcessIdentity(pid: pid, boot: bootID(), startTick: startTick(of: pid) ?? 0)
    }

    /// Whether that very process runs now. A zombie does not.
    package var isAlive: Bool {
        boot == Self.bootID() && Self.startTick(of: pid) == startTick
    }

    private static func bootID() -> String {
        smallFile("/proc/sys/kernel/random/boot_id").map { String($0.prefix { $0 != "\n" }) } ?? ""
    }

    private static func startTick(of pid: Int32) -> Int64? {
        // The second field is the command in parentheses and may hold anything, so counting begins behind the last
        // parenthesis.
        guard let stat = smallFile("/proc/\(pid)/stat"), let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
        return Int64(fields[19])
    }

    private static func smallFile(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let bytes = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
}

extension ProcessIdentity: CustomStringConvertible {
    /// `pid 4711`.
    package var description: String { "pid \(pid)" }
}
