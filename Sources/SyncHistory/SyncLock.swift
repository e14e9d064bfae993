// One sync of an application at a time: an advisory lock that the kernel gives back when its holder dies, however it
// dies.

package import Manifest

#if canImport(Glibc)
    import Glibc
#endif

/// The lock of one application, held from before a sync's first row to after its last.
///
/// The lock is flock(2) on a file that is never removed (removing it would let two processes hold two files of one
/// name). The file's text says who took it last: evidence for people and for error messages, not what decides.
package final class SyncLock: Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        // A child of this process may hold a copy of the descriptor until it executes its program.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    package enum Attempt {
        case acquired(SyncLock)
        /// Another process holds it; nil when its name could not be read.
        case held(by: ProcessIdentity?)
    }

    package enum Holder: Sendable, Hashable {
        case nobody
        /// nil when its name could not be read.
        case process(ProcessIdentity?)
    }

    /// Takes the lock if it is free. Waits only for those who do nothing but look (`holder`), which takes them
    /// microseconds.
    package static func acquire(
        _ application: ApplicationID, in folder: String, as owner: ProcessIdentity
    ) async throws(DiagnosticsError) -> Attempt {
        let path = try file(for: application, in: folder)
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StateFolder.failure("cannot open the lock of \(application.name)", path: path, errno)
        }
        let lock = SyncLock(descriptor: descriptor)
        var looks = 0
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            if code == EINTR { continue }
            guard code == EWOULDBLOCK else {
                throw StateFolder.failure("cannot lock \(application.name)", path: path, code)
            }
            let holder = lock.holder
            if let holder, holder.isAlive { return .held(by: holder) }
            looks += 1
            if looks == 20 { return .held(by: holder) }
            do { try await Task.sleep(for: .milliseconds(1)) } catch { return .held(by: holder) }
        }
        let text = Array("\(owner.pid) \(owner.boot) \(owner.startTick)\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count else {
            throw StateFolder.failure("cannot write the lock of \(application.name)", path: path, errno)
        }
        return .acquired(lock)
    }

    /// Who syncs an application at this moment.
    package static func holder(of application: ApplicationID, in folder: String) throws(DiagnosticsError) -> Holder {
        let descriptor = open(try file(for: application, in: folder), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return .nobody }
        let lock = SyncLock(descriptor: descriptor)
        // A shared lock is given unless a sync holds the exclusive one, and is given back with the descriptor.
        return flock(descriptor, LOCK_SH | LOCK_NB) == 0 ? .nobody : .process(lock.holder)
    }

    /// Who the file names.
    private var holder: ProcessIdentity? {
        let bytes = [UInt8](unsafeUninitializedCapacity: 256) { buffer, count in
            count = max(0, pread(descriptor, buffer.baseAddress, buffer.count, 0))
        }
        let fields = String(decoding: bytes, as: UTF8.self).split { $0 == " " || $0 == "\n" }
        guard fields.count == 3, let pid = Int32(fields[0]), let tick = Int64(fields[2]) else { return nil }
        return ProcessIdentity(pid: pid, boot: String(fields[1]), startTick: tick)
    }

    private static func file(for application: ApplicationID, in folder: String) throws(DiagnosticsError) -> String {
        let locks = folder + "/locks"
        try StateFolder.create(locks)
        // Namespace and name are DNS labels; the cluster is a URL, so a hash of it stands for it (FNV-1a, 64 bits).
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in application.cluster.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let name = "\(application.namespace)_\(application.name)_\(String(hash, radix: 16)).lock"
        return locks + "/" + String(name.map { $0 == "/" ? "_" : $0 })
    }
}
