import Manifest
import Testing

@Suite struct RecordedBuildTests {
    @Test(.enabled(if: RecordedBuilds.root != nil, "no recorded builds beside the repository"))
    func recordedBuildsAreWrittenAgainByteForByte() throws {
        var different: [String] = []
        for path in RecordedBuilds.outputs {
            let bytes = try RecordedBuilds.bytes(path)
            do {
                let values = try YAML.read(bytes, file: path)
                if YAML.write(documents: values) != bytes { different.append(path) }
            } catch {
                different.append("\(path): \(error)")
            }
        }
        #expect(different == [])
        #expect(RecordedBuilds.outputs.count > 500)
    }
}
