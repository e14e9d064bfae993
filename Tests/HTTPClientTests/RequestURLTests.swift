// URLs taken apart.

import Testing

@testable import HTTPClient

struct RequestURLTests {
    @Test(arguments: [
        ("https://h", "https://h", "h", "443", ""), ("HTTP://H:8080/a?b", "http://h:8080", "H", "8080", "/a?b"),
        ("http://u:p@x@h/a@b", "http://h", "h", "80", "/a@b"),
        ("https://[fd00::1]:6443/", "https://[fd00::1]:6443", "[fd00::1]", "6443", "/"),
        ("https://[fd00::1]?q", "https://[fd00::1]", "[fd00::1]", "443", "?q"),
        ("http://ü/é", "http://ü", "ü", "80", "/é"),
    ])
    func parts(text: String, origin: String, host: String, port: String, rest: String) throws {
        let url = try #require(RequestURL(text))
        #expect([url.origin, url.host, url.port, url.rest] == [origin, host, port, rest])
    }

    @Test(arguments: ["", "h", "//h", "https:/h", "ftp://h", "https://", "https:///x", "https://u@", "git@h:x"])
    func whatIsNoURL(text: String) {
        #expect(RequestURL(text) == nil)
    }

    @Test(arguments: [
        ("https://u:p@h/x?token=1&a=2&X-Amz-Signature=z", "https://h/x?token=…&a=2&X-Amz-Signature=…"),
        ("https://h/a@b", "https://h/a@b"), ("u:p@h", "h"), ("", ""), ("https://u@h?sig=1", "https://h?sig=…"),
        ("https://h?&My-TOKEN=a&&b=c&d", "https://h?&My-TOKEN=…&&b=c&d"), ("https://h?&a=1", "https://h?&a=1"),
    ])
    func redaction(text: String, shown: String) {
        #expect(RedactedURL(text).description == shown)
    }
}
