// Patterns of selectors and images.

import Testing

@testable import Kustomize

@Suite("Regular expressions")
struct RegularExpressionTests {
    static let matches: [(pattern: String, text: String, expected: Bool)] = [
        ("web", "web", true), ("web", "webs", false), ("", "anything", false), ("a|b", "b", true), ("a|b", "ab", false),
        ("w.b", "wxb", true), ("[a-c]+", "abcab", true), ("[^a-c]+", "abd", false), ("a{2,3}", "aa", true),
        ("a{2,3}", "aaaa", false),
        ("a{,3}", "a{,3}", true), ("(?i)WEB", "web", true), ("\\d+", "42", true), ("\\D", "4", false),
        ("[[:alpha:]]+", "ab", true),
        ("\\Qa.b\\E", "a.b", true), ("\\Qa.b\\E", "axb", false), (".*-(dev|prod)", "x-prod", true),
        ("[]a]+", "]a", true),
        ("(?:ab)*?", "abab", true), ("\\x41", "A", true), ("ü+", "üü", true), ("\\bweb\\b", "web", true),
    ]

    @Test("whole texts", arguments: matches)
    func match(_ pattern: String, _ text: String, _ expected: Bool) throws {
        #expect(try RegularExpression(wholeText: pattern).matches(text) == expected)
    }

    @Test(
        "invalid patterns are refused",
        arguments: ["(", "a)", "[a", "*a", "a**", "\\", "a{3,2}", "(?<n)", "[b-a]", "\\pZZ"])
    func invalid(_ pattern: String) {
        #expect(throws: PatternError.self) { try RegularExpression(pattern) }
    }

    @Test("a pattern that would make a backtracking matcher run for ever ends at once")
    func hostile() throws {
        let pattern = try RegularExpression(wholeText: "(a*)*(a*)*(a|a)*b")
        #expect(!pattern.matches(String(repeating: "a", count: 5_000)))
    }

    @Test("repetitions cannot blow an expression up")
    func size() {
        #expect(throws: PatternError.self) { try RegularExpression("((a{1000}){1000}){1000}") }
    }
}
