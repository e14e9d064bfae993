// docs/rules.md has a section for each rule, with its severity and summary, and no other.

import Foundation
import Manifest
import Testing

@testable import Validation

@Suite struct DocumentationTests {
    private static let page = (try? String(contentsOfFile: "\(Trees.project)/docs/rules.md", encoding: .utf8)) ?? ""

    @Test(arguments: Rule.all.map(\.id)) func aRuleHasItsSection(id: String) throws {
        let rule = try #require(Rule.all.first { $0.id == id })
        let head = "### \(rule.id)\n\n*\(rule.severity.rawValue)* — \(rule.summary)."
        #expect(Self.page.contains(head), "docs/rules.md lacks:\n\(head)")
    }

    @Test func noSectionIsOfARuleThatIsNot() {
        let sections = Self.page.split(separator: "\n").filter { $0.hasPrefix("### ") }.map { String($0.dropFirst(4)) }
        #expect(Set(sections) == Set(Rule.all.map(\.id)))
        #expect(sections.count == Rule.all.count)
    }

    @Test func warningsOfBuildsAreExplainedWhereBuildsAre() throws {
        let page = try String(contentsOfFile: "\(Trees.project)/docs/kustomize.md", encoding: .utf8)
        for name in Rule.ofBuilds { #expect(page.contains("`\(name)`"), "\(name)") }
    }

    @Test func idsAreOneEach() {
        #expect(Set(Rule.all.map(\.id)).count == Rule.all.count)
        #expect(Rule.ofBuilds.isDisjoint(with: Rule.all.map(\.id)))
    }
}
