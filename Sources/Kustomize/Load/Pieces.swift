// Texts taken apart at an ASCII byte, by bytes rather than by characters: paths and tables are bytes to everybody else,
// and the boundaries of characters cost more to find than the rest of the work.

extension Substring {
    /// The pieces between the occurrences of `separator`, an ASCII byte.
    ///
    /// - Parameter omitsEmpty: whether pieces of no byte are left out.
    func pieces(at separator: UInt8, omitsEmpty: Bool = true) -> [Substring] {
        utf8.split(separator: separator, omittingEmptySubsequences: omitsEmpty).map(Substring.init)
    }
}

extension String {
    /// The pieces between the occurrences of `separator`, an ASCII byte.
    ///
    /// - Parameter omitsEmpty: whether pieces of no byte are left out.
    func pieces(at separator: UInt8, omitsEmpty: Bool = true) -> [Substring] {
        self[...].pieces(at: separator, omitsEmpty: omitsEmpty)
    }
}
