// Revisions and versions, as text and as choices.

import Testing

@testable import GitSource

@Suite struct RevisionTests {
    @Test(
        arguments: [
            ("", .head), ("HEAD", .head), ("@", .head), (" main ", .name("main")),
            ("feature/x-1", .name("feature/x-1")),
            ("refs/heads/main", .branch("main")), ("heads/main", .branch("main")), ("refs/tags/v1", .tag("v1")),
            ("tags/v1", .tag("v1")), ("refs/pull/1/head", .reference("refs/pull/1/head")), ("v1.2.3", .name("v1.2.3")),
            ("1.2", .name("1.2")),
            ("ABCDEF0123456789ABCDEF0123456789ABCDEF01", .commit("abcdef0123456789abcdef0123456789abcdef01")),
            ("abc1234", .name("abc1234")),
            ("release-1.x", .name("release-1.x")),
        ] as [(String, Revision)])
    func reads(_ text: String, _ expected: Revision) throws {
        #expect(try Revision(parsing: text) == expected)
    }

    @Test(arguments: [
        "^1.2", "~1.4", ">=1.2.0 <2.0.0", "1.x", "v1.2.x", "*", "1.2 - 1.4", "1.0.0 || 2.0.0", "semver:1.2.0",
        "!=1.0.0", "=1.2",
    ])
    func readsRanges(_ text: String) throws {
        guard case .semver = try Revision(parsing: text) else {
            Issue.record("\(text) is not a range")
            return
        }
    }

    @Test(arguments: [
        "a b", "a..b", "a~1", "a^", "a:b", "a?", "[a", "a\\b", "-a", "/a", "a/", "a//b", "a.lock", ".a", "a.", "a@{1}",
        "^main", ">=", "^1.2.3.4",
        "semver:main", "a\u{7}",
    ])
    func refuses(_ text: String) {
        let error = #expect(throws: GitError.self) { _ = try Revision(parsing: text) }
        #expect(error?.code == .invalid)
        #expect(error?.cure != nil)
    }

    @Test(
        arguments: [
            ("main", ["refs/heads/main", "refs/tags/main"], "refs/heads/main"),
            ("v1", ["refs/tags/v1"], "refs/tags/v1"),
            ("1.0.0", ["refs/tags/v1.0.0"], "refs/tags/v1.0.0"),
            ("1.0.0", ["refs/tags/v1.0.0", "refs/tags/1.0.0"], "refs/tags/1.0.0"),
            ("v1.0.0", ["refs/tags/1.0.0"], "refs/tags/1.0.0"),
            ("^1", ["refs/tags/v1.2.0", "refs/tags/v1.10.0", "refs/tags/v2.0.0"], "refs/tags/v1.10.0"),
            ("^1", ["refs/tags/v1.2.0", "refs/tags/1.2.0"], "refs/tags/1.2.0"),
            ("^1", ["refs/heads/1.2.0", "refs/tags/chart-1.2.0"], nil),
            ("^1", ["refs/tags/1.3.0-rc.1", "refs/tags/1.2.0"], "refs/tags/1.2.0"),
            (
                ">=1.0.0-0", ["refs/tags/1.3.0-rc.1", "refs/tags/1.3.0-rc.10", "refs/tags/1.3.0-rc.9"],
                "refs/tags/1.3.0-rc.10"
            ),
            ("main", ["refs/heads/main2"], nil),
        ] as [(String, [String], String?)])
    func selects(_ text: String, from names: [String], _ expected: String?) throws {
        #expect(try Revision(parsing: text).select(fromNames: names) == expected)
    }
}

@Suite struct SemanticVersionTests {
    /// The order of semver.org, section 11.
    @Test func precedence() {
        let texts = [
            "0.9.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
            "1.0.0-rc.1", "1.0.0",
            "1.0.1", "1.2.0", "1.10.0", "2.0.0",
        ]
        let versions = texts.compactMap { SemanticVersion($0) }
        #expect(versions.count == texts.count)
        #expect(versions.shuffled().sorted() == versions)
        #expect(versions.map(\.description) == texts)
        #expect(SemanticVersion("v1.0.0+build.5") == SemanticVersion("1.0.0"))
    }

    @Test(arguments: [
        "", "v", "1", "1.2", "1.2.3.4", "1.2.x", "a.b.c", "1.2.3-", "1.2.3-a..b", "1.2.-3", "1.2.3 ", "01x.2.3",
        "1.2.3-ä", "99999999999999999999.0.0",
    ])
    func refuses(_ text: String) {
        #expect(SemanticVersion(text) == nil)
    }
}

@Suite struct VersionRangeTests {
    @Test(
        arguments: [
            ("1.2.3", ["1.2.3"], ["1.2.4", "1.2.2"]), ("=1.2", ["1.2.0", "1.2.9"], ["1.3.0", "1.1.9"]),
            ("1.x", ["1.0.0", "1.9.9"], ["2.0.0", "0.9.9"]),
            ("*", ["0.0.1", "9.9.9"], ["1.0.0-rc.1"]), ("^1.2.3", ["1.2.3", "1.9.0"], ["1.2.2", "2.0.0"]),
            ("^0.2.3", ["0.2.3", "0.2.9"], ["0.3.0", "0.2.2"]),
            ("^0.0.3", ["0.0.3"], ["0.0.4", "0.0.2"]), ("^0", ["0.0.0", "0.9.9"], ["1.0.0"]),
            ("^0.0", ["0.0.9"], ["0.1.0"]), ("^1", ["1.0.0", "1.99.0"], ["2.0.0"]),
            ("~1.4", ["1.4.0", "1.4.9"], ["1.5.0", "1.3.9"]), ("~1.4.2", ["1.4.2", "1.4.9"], ["1.4.1", "1.5.0"]),
            ("~1", ["1.0.0", "1.9.0"], ["2.0.0"]),
            (">=1.2.0 <2.0.0", ["1.2.0", "1.9.9"], ["1.1.9", "2.0.0", "2.0.0-rc.1"]),
            (">= 1.2.0, < 2", ["1.2.0"], ["2.0.0"]),
            (">1.2", ["1.3.0", "2.0.0"], ["1.2.9", "1.2.0"]), (">1.2.3", ["1.2.4"], ["1.2.3"]),
            ("<=1.2", ["1.2.9", "0.1.0"], ["1.3.0"]), ("<1.2", ["1.1.9"], ["1.2.0"]),
            ("1.2 - 1.4", ["1.2.0", "1.4.9"], ["1.5.0", "1.1.9"]), ("1.2.0 - 1.4.1", ["1.4.1"], ["1.4.2"]),
            ("^1 || ^3", ["1.5.0", "3.1.0"], ["2.0.0", "4.0.0"]),
            (">=1.0.0 !=1.2.0", ["1.1.0", "1.3.0"], ["1.2.0"]), ("!=1.x", ["2.0.0", "0.1.0"], ["1.0.0", "1.9.0"]),
            (">=1.0.0-0", ["1.0.0-rc.1", "1.0.0"], ["0.9.0"]),
            ("^1.2.0-rc.1", ["1.2.0-rc.2", "1.2.0", "1.3.0"], ["1.2.0-beta", "2.0.0"]), ("v1.2.3", ["1.2.3"], []),
        ] as [(String, [String], [String])])
    func contains(_ text: String, inside: [String], outside: [String]) throws {
        let range = try #require(VersionRange(text))
        for version in inside { #expect(range.contains(try #require(SemanticVersion(version))), "\(version)") }
        for version in outside { #expect(!range.contains(try #require(SemanticVersion(version))), "\(version)") }
    }

    @Test(arguments: ["", " ", "main", ">=", "1 -", "- 1", "^^1", "1.2.3.4", "||", "1 ||", ">=a"])
    func refuses(_ text: String) {
        #expect(VersionRange(text) == nil)
    }
}
