// A token or a password on its way from a kubeconfig to a request, and nowhere else.

/// Text that must not be shown. Printing, dumping or interpolating it gives `<redacted>`.
package struct Secret: Sendable, Hashable {
    /// The text itself, for the request.
    package let value: String

    package init(_ value: String) {
        self.value = value
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<redacted>" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
