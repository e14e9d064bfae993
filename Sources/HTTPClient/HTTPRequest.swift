// One HTTP exchange as a value: what to ask, how long it may take, whom to trust.

/// A request. Only `method` and `url` are needed; the rest has defaults.
package struct HTTPRequest: Sendable {
    package enum Version: Sendable, Hashable {
        /// HTTP/2 where `Libcurl.multiplexes` and TLS negotiates it, HTTP/1.1 otherwise.
        case automatic
        case http1
    }

    package var method: String
    /// An absolute `http` or `https` URL. `user:password@` in it becomes basic authentication and is never shown again.
    package var url: String
    package var headers: HTTPHeaders
    package var body: [UInt8]?

    /// The time for the whole exchange, from `send` to the last byte of the body, waiting for a free place included.
    /// Hard: it holds against a server that trickles. nil is no limit.
    package var deadline: Duration?
    /// The time for name resolution, TCP and TLS together.
    package var connectTimeout: Duration
    /// How long not a single byte may move in either direction. Time in which the reader of a stream holds the transfer
    /// back does not count. nil is no limit.
    package var stallTimeout: Duration?
    /// The largest body, after decompression, that is accepted, in bytes. nil is no limit.
    package var maximumBodySize: Int?

    package var tls: TLSOptions
    /// A proxy's URL (`http`, `https`, `socks5`, `socks5h`), nil for what the environment says (`HTTPS_PROXY`,
    /// `NO_PROXY`, …), "" for none.
    package var proxy: String?
    package var version: Version
    /// A connection for this request alone, over HTTP/1.1, closed afterwards. For watches and long downloads: they
    /// neither take a stream that short requests want, nor hold others back when their reader is slow, nor count as in
    /// flight.
    package var dedicatedConnection: Bool
    /// Asks for a gzip body and decompresses it.
    package var acceptsCompression: Bool
    /// How many redirects are followed; 0 hands a 3xx response to the caller. `Authorization` is not sent on to another
    /// host, and `https` never leads to `http`.
    package var maximumRedirects: Int
    /// Whether sending it twice does what sending it once does (RFC 9110 §9.2.2), so that it may be sent again after an
    /// HTTP/2 connection or stream was reset under it. Follows the method unless set.
    package var isIdempotent: Bool

    package init(
        method: String = "GET", url: String, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8]? = nil,
        deadline: Duration? = nil, connectTimeout: Duration = .seconds(15), stallTimeout: Duration? = nil,
        maximumBodySize: Int? = nil, tls: TLSOptions = TLSOptions(), proxy: String? = nil,
        version: Version = .automatic,
        dedicatedConnection: Bool = false, acceptsCompression: Bool = true, maximumRedirects: Int = 0,
        isIdempotent: Bool? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.deadline = deadline
        self.connectTimeout = connectTimeout
        self.stallTimeout = stallTimeout
        self.maximumBodySize = maximumBodySize
        self.tls = tls
        self.proxy = proxy
        self.version = version
        self.dedicatedConnection = dedicatedConnection
        self.acceptsCompression = acceptsCompression
        self.maximumRedirects = maximumRedirects
        self.isIdempotent = isIdempotent ?? ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"].contains(method)
    }
}

extension HTTPRequest: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "\(method) \(RedactedURL(url))" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["request": description]) }
}

/// Whom a request trusts and as whom it speaks, in TLS. Two requests share a connection only if these are equal.
package struct TLSOptions: Sendable, Hashable {
    /// The certificate authorities to trust, and no others, as PEM. Wins over `caFile`; with neither, the system's.
    package var caPEM: [UInt8]?
    package var caFile: String?
    /// The client's certificate chain and its key, as PEM.
    package var clientCertificatePEM: [UInt8]?
    package var clientKeyPEM: [UInt8]?
    /// The name to ask for (SNI) and to find in the server's certificate, instead of the URL's host.
    package var serverName: String?
    /// Accepts any certificate.
    package var insecureSkipVerify: Bool

    package init(
        caPEM: [UInt8]? = nil, caFile: String? = nil, clientCertificatePEM: [UInt8]? = nil,
        clientKeyPEM: [UInt8]? = nil,
        serverName: String? = nil, insecureSkipVerify: Bool = false
    ) {
        self.caPEM = caPEM
        self.caFile = caFile
        self.clientCertificatePEM = clientCertificatePEM
        self.clientKeyPEM = clientKeyPEM
        self.serverName = serverName
        self.insecureSkipVerify = insecureSkipVerify
    }
}

extension TLSOptions: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        var parts: [String] = []
        if caPEM != nil { parts.append("own CA") } else if let caFile { parts.append("CA \(caFile)") }
        if clientCertificatePEM != nil { parts.append("client certificate") }
        if let serverName { parts.append("server name \(serverName)") }
        if insecureSkipVerify { parts.append("certificate not verified") }
        return "TLS(\(parts.joined(separator: ", ")))"
    }

    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["options": description]) }
}
