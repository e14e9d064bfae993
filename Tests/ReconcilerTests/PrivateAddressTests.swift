// Which addresses a remote base may not lead to.

import HTTPClient
import Kustomize
import Testing

@testable import Reconciler

@Suite("Private addresses")
struct PrivateAddressTests {
    @Test(
        "this machine, private networks and metadata services",
        arguments: [
            "127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1", "::1", "::", "fe80::1", "fc00::1", "fd12::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "localhost",
        ])
    func isPrivate(_ host: String) async {
        #expect(await PrivateAddress.find(of: host) != nil)
    }

    @Test(
        "the Internet's addresses",
        arguments: ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"])
    func isPublic(_ host: String) async {
        #expect(await PrivateAddress.find(of: host) == nil)
    }

    @Test(
        "hosts of URLs",
        arguments: [
            ("https://a.b/c", "a.b"), ("http://u:p@a.b:80/c", "a.b"), ("https://[::1]:443/x", "::1"),
            ("https://a@b@c/x", "c"),
            ("https://h?x=/y", "h"),
        ])
    func hosts(_ url: String, _ host: String) {
        #expect(HostName.of(url: url) == host)
    }

    @Test("a redirect may not leave TLS")
    func redirects() {
        #expect(HostName.resolve("http://a/b", against: "https://a/c") == nil)
        #expect(HostName.resolve("/b", against: "https://a/c") == "https://a/b")
        #expect(HostName.resolve("//x/b", against: "https://a/c") == "https://x/b")
    }

    @Test(
        "a base at a private address is refused before anything is sent",
        arguments: ["https://127.0.0.1/o/r", "git@localhost:o/r", "file:///srv/repo"])
    func refusal(_ url: String) async {
        let answerer = BuildAnswerer(cacheFolder: "/nonexistent", http: HTTPClient())
        let answer = await answerer.answer(.repository(RepositoryRequest(url: url, reference: "", timeout: 1)))
        guard case .failure(_, let cure) = answer else {
            Issue.record("it was fetched")
            return
        }
        #expect(cure?.contains("--allow-private-remotes") == true)
    }
}
