// The UTF-8 of a string where it lies.

extension String {
    /// Calls `body` with the string's UTF-8, which for native strings is their storage.
    @inline(__always)
    func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        if let result = utf8.withContiguousStorageIfAvailable(body) { return result }
        return Array(utf8).withUnsafeBufferPointer(body)
    }
}
