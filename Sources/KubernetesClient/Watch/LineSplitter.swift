// Lines out of pieces of a stream.

/// Collects bytes and hands out whole lines, without their ends and without empty ones.
struct LineSplitter {
    private let limit: Int
    private var bytes: [UInt8] = []
    /// Where the first line that was not handed out begins, and up to where it was searched for an end.
    private var start = 0
    private var searched = 0

    init(limit: Int) {
        self.limit = limit
    }

    /// False when the line that is being collected has become longer than the limit.
    mutating func append(_ piece: [UInt8]) -> Bool {
        if start > 0 {
            bytes.removeFirst(start)
            searched -= start
            start = 0
        }
        bytes += piece
        return bytes.count <= limit || bytes.contains(UInt8(ascii: "\n"))
    }

    mutating func next() -> [UInt8]? {
        while let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) {
            defer { (start, searched) = (end + 1, end + 1) }
            if end > start { return Array(bytes[start..<end]) }
        }
        searched = bytes.count
        return nil
    }
}
