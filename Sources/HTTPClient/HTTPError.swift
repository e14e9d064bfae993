// Why an exchange did not end in a response. A response of any status is not an error here.

/// A failed exchange: a code to act on, a sentence to read, and the URL without credentials.
package struct HTTPError: Error, Sendable, Hashable {
    package enum Code: String, Sendable, Hashable {
        /// The URL, a header or an option cannot be sent as it is.
        case invalidRequest
        /// The host's or the proxy's name has no address.
        case resolve
        /// Nobody listens there, or the proxy refused the way.
        case connect
        /// The client does not allow the address that the host or a redirect has.
        case forbiddenAddress
        /// The handshake failed or a certificate is not trusted.
        case tls
        /// The deadline, or the time to connect, passed.
        case timeout
        /// No byte moved for the stall timeout.
        case stalled
        /// The connection or the stream was closed before the response was complete.
        case reset
        /// The body is larger than the request accepts.
        case tooLarge
        /// The redirects went on longer than the request allows.
        case tooManyRedirects
        /// The task was cancelled, or the client shut down.
        case cancelled
        /// The peer does not speak HTTP as it should.
        case protocolError
    }

    package var code: Code
    package var message: String
    /// The request's URL, credentials removed.
    package var url: String

    package init(_ code: Code, _ message: String, url: String) {
        self.code = code
        self.message = message
        self.url = RedactedURL(url).description
    }

    /// Whether the same request may succeed when it is sent again, if it is idempotent or `reachedServer` is false.
    package var isRetryable: Bool {
        switch code {
        case .resolve, .connect, .timeout, .stalled, .reset: true
        case .invalidRequest, .forbiddenAddress, .tls, .tooLarge, .tooManyRedirects, .cancelled, .protocolError: false
        }
    }

    /// Whether the server may have acted on the request. Where false, sending it again is safe for every method.
    package var reachedServer: Bool {
        switch code {
        case .invalidRequest, .resolve, .connect, .forbiddenAddress, .tls: false
        default: true
        }
    }
}

extension HTTPError: CustomStringConvertible {
    package var description: String { "\(message) (\(url))" }
}
