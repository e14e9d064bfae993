// Every environment of every platform in deploy/fleet, judged.

import Manifest
import Testing
import Validation

@Suite struct FleetValidationTests {
    @Test func hasNothingToFindFaultWith() async throws {
        let result = try await Trees.validate(["\(Trees.project)/deploy/fleet"], from: Trees.project)
        #expect(result.findings.isEmpty, "\(result.findings.map(\.diagnostic.description).joined(separator: "\n"))")
        #expect(result.environments > 20 && result.objects > 1000)
    }

    @Test(.enabled(if: Trees.shared != nil, "the operators' own definitions stand beside the repository"))
    func holdsBeforeTheOperatorsOwnDefinitions() async throws {
        let shared = try #require(Trees.shared)
        let result = try await Trees.validate(
            ["\(Trees.project)/deploy/fleet"], from: Trees.project, definitions: ["\(shared)/crds"])
        #expect(result.findings.isEmpty, "\(result.findings.map(\.diagnostic.description).joined(separator: "\n"))")
    }

    @Test(arguments: ["thebot", "trackdechets", "cloudretail", "glucosync"])
    func holdsForEachPlatformAlone(platform: String) async throws {
        let result = try await Trees.validate(["\(Trees.project)/deploy/fleet/\(platform)"], from: Trees.project)
        #expect(result.findings.isEmpty, "\(result.findings.map(\.diagnostic.description).joined(separator: "\n"))")
    }
}
