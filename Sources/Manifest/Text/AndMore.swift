// How a line that has room for one thing says that there are others.

extension Collection {
    /// `, and 3 more` behind the first of four; nothing behind the only one.
    package var andMore: String { count > 1 ? ", and \(count - 1) more" : "" }
}
