import Foundation
import Glibc
import LocalFiles
import Testing

@Suite struct WholeFileTests {
    private let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/files-\(UUID().uuidString)/a/b"
        try PrivateFolder.create(folder)
    }

    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    @Test func isThereWithAllItsBytesForItsOwnerAlone() throws {
        let path = folder + "/file"
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
        try WholeFile.replace(path, with: bytes)
        #expect(WholeFile.read(path) == bytes)
        #expect(mode(path) == 0o600)
        #expect(mode(folder) == 0o700)
        try WholeFile.replace(path, with: [])
        #expect(WholeFile.read(path) == [])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
    }

    @Test func isNotReadBeyondItsLimitNorWhereItIsNoFile() throws {
        try WholeFile.replace(folder + "/file", with: [1, 2, 3])
        #expect(WholeFile.read(folder + "/file", limit: 2) == nil)
        #expect(WholeFile.read(folder + "/none") == nil)
        #expect(WholeFile.read(folder) == nil)
        #expect(WholeFile.read("/dev/zero") == nil)
    }

    @Test func staysAsItWasWhenItCannotBeReplaced() throws {
        try PrivateFolder.create(folder + "/taken/full")
        let error = #expect(throws: FileError.self) { try WholeFile.replace(folder + "/taken", with: [1]) }
        #expect(error?.description == "could not replace \(folder)/taken: Is a directory")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["taken"])
    }

    @Test func aFolderBelowAFileIsRefused() throws {
        try WholeFile.replace(folder + "/file", with: [1])
        let error = #expect(throws: FileError.self) { try PrivateFolder.create(folder + "/file/below") }
        #expect(error?.code == ENOTDIR)
    }
}
