// What is wrong with a template. No message holds a value: only what the template's author wrote, which is not secret.

/// A template that cannot be read or rendered.
package struct TemplateError: Error, Sendable, Hashable {
    /// The end of "the template of … ": "calls htpasswd, which …".
    package var reason: String
    package var cure: String?

    init(_ reason: String, cure: String? = nil) {
        self.reason = reason
        self.cure = cure
    }
}
