// Folders for what a user keeps to himself.

import Glibc

/// A folder that others of this machine cannot look into.
package enum PrivateFolder {
    /// Makes the folder and those above it that are missing; one that is there stays as it is.
    package static func create(_ path: String) throws(FileError) {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        let code = errno
        guard code == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw FileError("make the folder", path, code)
        }
        try create(String(path[..<slash]))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw FileError("make the folder", path, errno) }
    }
}
