// Pushes that replicas tell one another of: each is heard once by each, and the lease stays small.

import Manifest
import Testing

@testable import Controller

@Suite struct PushNoticesTests {
    private func addresses(_ texts: String...) -> Set<RepositoryAddress> {
        Set(texts.compactMap(RepositoryAddress.init))
    }

    @Test func aPushIsHeardOnce() {
        var teller = PushNotices()
        var listener = PushNotices()
        #expect(!teller.hasNews && teller.text(at: .zero).text == nil)
        teller.add(addresses("git@git.example.com:shop/fleet.git", "/srv/git/Fleet"), at: .zero)
        #expect(teller.hasNews)
        let first = teller.text(at: .seconds(1))
        teller.add(addresses("https://git.example.com/shop/other"), at: .seconds(1))
        // What was written did not say the second one yet.
        teller.noteTold(first.newest)
        #expect(teller.hasNews)
        #expect(
            listener.hear(first.text ?? "", of: "one")
                == addresses("https://git.example.com/shop/fleet", "/srv/git/Fleet"))
        #expect(listener.hear(first.text ?? "", of: "one").isEmpty)
        let second = teller.text(at: .seconds(2))
        teller.noteTold(second.newest)
        #expect(!teller.hasNews)
        #expect(listener.hear(second.text ?? "", of: "one") == addresses("https://git.example.com/shop/other"))
        // Numbers are each replica's own.
        #expect(listener.hear(first.text ?? "", of: "two").count == 2)
    }

    @Test func whatIsOldLeavesTheLease() {
        var teller = PushNotices()
        teller.add(addresses("https://git.example.com/a/a"), at: .zero)
        #expect(teller.text(at: .seconds(29)).text != nil)
        #expect(teller.text(at: .seconds(30)).text == nil)
    }

    @Test func aLeaseStaysSmall() {
        var teller = PushNotices()
        for number in 0..<500 {
            teller.add(
                addresses("https://git.example.com/team/\(String(repeating: "x", count: 2000))-\(number)"), at: .zero)
        }
        let text = teller.text(at: .zero).text ?? ""
        #expect(text.utf8.count <= 32 << 10 && text.contains("-499") && !text.contains("-400\""))
        teller.add(addresses("https://git.example.com/team/" + String(repeating: "y", count: 100_000)), at: .zero)
        #expect(teller.text(at: .zero).text == nil)
    }

    @Test(arguments: [
        "", "[", "{}", "[3]", #"[{"number": "1"}]"#, #"[{"number": 1, "repositories": [3, "", {}]}]"#, "null",
    ])
    func whatIsNoNoticeIsNothing(_ text: String) {
        var listener = PushNotices()
        #expect(listener.hear(text, of: "one").isEmpty)
    }

    @Test(arguments: [
        "https://git.example.com/Shop/Fleet.git", "/srv/git/Fleet.git", "ssh://git@git.example.com:2222/a/b",
    ])
    func anAddressIsReadAsItWasWritten(_ text: String) throws {
        let address = try #require(RepositoryAddress(text))
        #expect(RepositoryAddress.read(address.text) == address)
    }
}
