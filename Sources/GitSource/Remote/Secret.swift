// A value that must not be shown.

/// Text or bytes that no print, dump, interpolation or reflection reveals.
package struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let bytes: [UInt8]

    package init(_ text: String) {
        bytes = Array(text.utf8)
    }

    package init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    package var description: String { "[redacted]" }
    package var debugDescription: String { "[redacted]" }
    package var customMirror: Swift.Mirror { Swift.Mirror(self, children: EmptyCollection<Swift.Mirror.Child>()) }

    /// The value itself, for the one place that sends it.
    package func reveal() -> [UInt8] { bytes }
    package func revealText() -> String { String(decoding: bytes, as: UTF8.self) }
}
