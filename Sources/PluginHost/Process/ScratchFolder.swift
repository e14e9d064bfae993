// The folder that a plugin may write to: in memory where the system has such a place, so that nothing it leaves behind
// reaches a disk.

import FoundationEssentials
import Glibc

enum ScratchFolder {
    private static let prefix = "gitopsctl-plugin-"

    /// Makes a folder for this user alone.
    ///
    /// Its name begins with this process's number: should the process be killed before it removes the folder, a later
    /// one does.
    static func make() throws(ProcessFailure) -> String {
        for parent in ["/dev/shm", "/tmp"] {
            var template = Array("\(parent)/\(prefix)\(getpid())-XXXXXX".utf8CString)
            if mkdtemp(&template) != nil {
                sweep(parent)
                return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            }
        }
        throw .cannotStart(errno: errno, path: "/tmp")
    }

    static func remove(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Removes folders of processes that are gone. An hour old, they are nobody's who only cannot be seen from here (a
    /// container's that shares the folder).
    private static func sweep(_ parent: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? [] where name.hasPrefix(prefix) {
            guard let owner = pid_t(name.dropFirst(prefix.count).prefix { $0 != "-" }) else { continue }
            var status = stat()
            guard kill(owner, 0) != 0, errno == ESRCH, stat("\(parent)/\(name)", &status) == 0,
                time(nil) - status.st_mtim.tv_sec > 3600
            else { continue }
            remove("\(parent)/\(name)")
        }
    }
}
