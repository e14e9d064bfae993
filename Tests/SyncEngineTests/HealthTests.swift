import Foundation
import Manifest
import Testing

@testable import SyncEngine

/// Live objects and their health, from `Fixtures/Health`. `…!` says that waiting is no use, `(…)` that nobody waits for
/// it.
struct HealthFixture: Sendable, CustomTestStringConvertible {
    var place: String
    var object: Value
    var companions: [Value]?
    var expected: String

    var testDescription: String { "\(place) \(expected)" }

    static let all: [HealthFixture] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/Health")
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".yaml") }.sorted().flatMap { file in
            let bytes = FileManager.default.contents(atPath: folder.appending(path: file).path) ?? Data()
            let documents = (try? YAML.read(Array(bytes), file: file)) ?? []
            return documents.map { document in
                HealthFixture(
                    place: "\(file):\(document.position.line)", object: document["object"] ?? .null,
                    companions: document["companions"]?.array,
                    expected: document["expect"]?.string ?? "nothing expected")
            }
        }
    }()
}

extension Health {
    /// The health as the fixtures spell it.
    var spelling: String {
        let text = status.rawValue + (message.isEmpty ? "" : " " + message) + (isFinal ? "!" : "")
        return isAwaited ? text : "(\(text))"
    }
}

@Suite struct HealthTests {
    @Test func readsEveryFixture() {
        #expect(HealthFixture.all.count > 120)
        #expect(
            Set(HealthFixture.all.map { String($0.expected.prefix { $0.isLetter }) }).isSuperset(of: [
                "healthy", "progressing", "degraded", "suspended",
            ]))
    }

    @Test(arguments: HealthFixture.all) func judgesByTheRuleOfTheKind(fixture: HealthFixture) {
        let health = HealthRules().health(of: fixture.object, companions: fixture.companions)
        #expect(health.spelling == fixture.expected)
    }
}
