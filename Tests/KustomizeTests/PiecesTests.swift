import Testing

@testable import Kustomize

@Suite struct PiecesTests {
    @Test("paths and tables fall apart at bytes, whatever characters they join")
    func pieces() {
        #expect("a/\u{301}b//c".pieces(at: UInt8(ascii: "/")) == ["a", "\u{301}b", "c"])
        #expect("/a\r\nb/".pieces(at: UInt8(ascii: "\n"), omitsEmpty: false) == ["/a\r", "b/"])
        #expect("/a/".pieces(at: UInt8(ascii: "/"), omitsEmpty: false) == ["", "a", ""])
    }
}
