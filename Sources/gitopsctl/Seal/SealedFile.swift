// The sealed secrets in the files of a working tree.

import Manifest
import SealedSecrets

/// A file, and the sealed secrets in it.
struct SealedFile {
    let path: String
    let text: String
    let secrets: [SealedSecret]

    /// - Throws: when it cannot be read, or is no YAML though it speaks of sealed secrets.
    init(_ path: String) throws(DiagnosticsError) {
        let bytes = try Files.read(path)
        self.path = path
        text = String(decoding: bytes, as: UTF8.self)
        // Most files of a repository hold none: no need to parse them.
        secrets = text.contains("SealedSecret") ? try YAML.read(bytes, file: path).compactMap(SealedSecret.init) : []
    }
}
