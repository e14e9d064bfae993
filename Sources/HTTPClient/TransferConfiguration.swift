// A request in libcurl's terms: every option that a transfer sets.

internal import CCurl
internal import Glibc

extension Transfer {
    /// Sets up an easy handle that was just made or reset. Answers why the request cannot be sent, nil if it can.
    func configure(_ easy: UnsafeMutableRawPointer, _ clientOptions: HTTPClient.Options) -> HTTPError? {
        guard let url else {
            return HTTPError(.invalidRequest, "not an http or https URL", url: request.url)
        }
        if let reason = request.unsendable { return HTTPError(.invalidRequest, reason, url: request.url) }
        do {
            let options = EasyOptions(easy: easy)
            try setCallbacks(options)
            try setAddressJudge(options, clientOptions.allowsAddress)
            try setConnection(options, url)
            try setTLS(options, url)
            try setMessage(options, url, userAgent: clientOptions.userAgent)
            return nil
        } catch {
            return HTTPError(.invalidRequest, "libcurl refuses \(error.option): \(error.reason)", url: request.url)
        }
    }

    private func setCallbacks(_ options: EasyOptions) throws(RefusedOption) {
        let pointer = Unmanaged.passUnretained(self).toOpaque()
        try options.set(CURLOPT_PRIVATE, pointer: pointer, "private data")
        try options.set(CURLOPT_ERRORBUFFER, pointer: UnsafeMutableRawPointer(errorBuffer), "an error buffer")
        try options.set(CURLOPT_HEADERDATA, pointer: pointer, "a header callback")
        try options.set(CURLOPT_WRITEDATA, pointer: pointer, "a body callback")
        try options.check(
            ccurl_set_write_callback(options.easy, CURLOPT_HEADERFUNCTION, receiveHeaderLine), "a header callback")
        try options.check(ccurl_set_write_callback(options.easy, CURLOPT_WRITEFUNCTION, receiveBody), "a body callback")
    }

    private func setAddressJudge(
        _ options: EasyOptions, _ allowsAddress: (@Sendable ([UInt8]) -> Bool)?
    ) throws(RefusedOption) {
        self.allowsAddress = allowsAddress
        if allowsAddress == nil { return }
        let pointer = Unmanaged.passUnretained(self).toOpaque()
        try options.check(
            ccurl_set_open_socket_callback(options.easy, openAllowedSocket, pointer), "an address callback")
    }

    private func setConnection(_ options: EasyOptions, _ url: RequestURL) throws(RefusedOption) {
        // No signals for name resolution, and no waiting for a resolver thread that hangs when a transfer is aborted.
        try options.set(CURLOPT_NOSIGNAL, 1, "no signals")
        try options.set(CURLOPT_QUICK_EXIT, 1, "quick exit")
        try options.set(CURLOPT_PROTOCOLS_STR, "http,https", "its protocols")
        try options.set(CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout.milliseconds, "the connect timeout")
        try options.set(CURLOPT_TCP_KEEPALIVE, 1, "keep-alive")
        try options.set(CURLOPT_TCP_KEEPIDLE, 30, "keep-alive")
        try options.set(CURLOPT_TCP_KEEPINTVL, 15, "keep-alive")
        try options.check(ccurl_set_user_timeout(options.easy, 60_000), "a socket timeout")
        if let proxy = request.proxy { try options.set(CURLOPT_PROXY, proxy, "the proxy's URL") }
        try options.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1, "the proxy's headers")

        // The second time over HTTP/2 the fault may have been the connection's; the third time HTTP/2's.
        let isHTTP1 = !Libcurl.multiplexes || request.version == .http1 || request.dedicatedConnection || attempt > 1
        try options.set(
            CURLOPT_HTTP_VERSION, isHTTP1 ? Int(CURL_HTTP_VERSION_1_1) : Int(CURL_HTTP_VERSION_2TLS), "the version")
        // Waits for the first connection to say whether it can be shared, instead of opening one a request.
        try options.set(CURLOPT_PIPEWAIT, isHTTP1 || url.scheme == "http" ? 0 : 1, "multiplexing")
        if request.dedicatedConnection {
            try options.set(CURLOPT_FRESH_CONNECT, 1, "a connection of its own")
            try options.set(CURLOPT_FORBID_REUSE, 1, "a connection of its own")
        }
        if request.maximumRedirects > 0 {
            try options.set(CURLOPT_FOLLOWLOCATION, 1, "redirects")
            try options.set(CURLOPT_MAXREDIRS, request.maximumRedirects, "redirects")
            try options.set(CURLOPT_REDIR_PROTOCOLS_STR, url.scheme == "https" ? "https" : "http,https", "redirects")
            try options.set(CURLOPT_POSTREDIR, Int(CCURL_REDIRECT_POST_ALL), "redirects")
        }
    }

    private func setTLS(_ options: EasyOptions, _ url: RequestURL) throws(RefusedOption) {
        guard url.scheme == "https" else { return }
        let tls = request.tls
        if tls.insecureSkipVerify {
            try options.set(CURLOPT_SSL_VERIFYPEER, 0, "certificate verification")
            try options.set(CURLOPT_SSL_VERIFYHOST, 0, "certificate verification")
        }
        if let pem = tls.caPEM {
            try options.set(CURLOPT_CAINFO_BLOB, blob: pem, "the certificate authorities")
            try options.set(CURLOPT_CAPATH, nil, "the certificate authorities")
        } else if let file = tls.caFile {
            try options.set(CURLOPT_CAINFO, file, "the certificate authorities")
            try options.set(CURLOPT_CAPATH, nil, "the certificate authorities")
        }
        if let pem = tls.clientCertificatePEM {
            try options.set(CURLOPT_SSLCERTTYPE, "PEM", "the client certificate")
            try options.set(CURLOPT_SSLCERT_BLOB, blob: pem, "the client certificate")
        }
        if let pem = tls.clientKeyPEM {
            try options.set(CURLOPT_SSLKEYTYPE, "PEM", "the client key")
            try options.set(CURLOPT_SSLKEY_BLOB, blob: pem, "the client key")
        }
    }

    private func setMessage(_ options: EasyOptions, _ url: RequestURL, userAgent: String) throws(RefusedOption) {
        var headers = request.headers
        if let name = request.tls.serverName, url.scheme == "https" {
            // libcurl takes SNI and the name to verify from the URL: so the URL says that name, the connection goes to
            // the real host, and the server is told the real host.
            let asked = name.contains(":") && !name.hasPrefix("[") ? "[\(name)]" : name
            let userInfo = url.userInfo.map { "\($0)@" } ?? ""
            try options.set(CURLOPT_URL, "\(url.scheme)://\(userInfo)\(asked):\(url.port)\(url.rest)", "the URL")
            connectToList = curl_slist_append(nil, "\(asked):\(url.port):\(url.host):\(url.port)")
            try options.set(CURLOPT_CONNECT_TO, pointer: connectToList, "the server name")
            if headers["Host"] == nil { headers["Host"] = url.authority }
        } else {
            try options.set(CURLOPT_URL, request.url, "the URL")
        }

        if request.method == "HEAD" {
            try options.set(CURLOPT_NOBODY, 1, "the method")
        } else if let body = request.body ?? (["POST", "PUT", "PATCH"].contains(request.method) ? [] : nil) {
            let pointer = Unmanaged.passUnretained(self).toOpaque()
            try options.set(CURLOPT_POST, 1, "a body")
            try options.check(
                ccurl_set_offset(options.easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)), "the body")
            try options.check(ccurl_set_read_callback(options.easy, sendBody), "a body")
            try options.set(CURLOPT_READDATA, pointer: pointer, "a body")
            try options.check(ccurl_set_seek_callback(options.easy, seekBody), "a body")
            try options.set(CURLOPT_SEEKDATA, pointer: pointer, "a body")
            try options.set(CURLOPT_CUSTOMREQUEST, request.method, "the method")
        } else if request.method != "GET" {
            try options.set(CURLOPT_CUSTOMREQUEST, request.method, "the method")
        }
        if request.acceptsCompression, headers["Accept-Encoding"] == nil {
            try options.set(CURLOPT_ACCEPT_ENCODING, "gzip", "compression")
        }
        if headers["User-Agent"] == nil { headers["User-Agent"] = userAgent }

        var list: UnsafeMutablePointer<curl_slist>?
        for field in headers.fields {
            // "Name;" is libcurl's spelling of an empty value; "Name:" would remove the header.
            list = curl_slist_append(list, field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
        }
        // Headers that libcurl would add by itself to a body.
        list = curl_slist_append(list, "Expect:")
        if headers["Content-Type"] == nil { list = curl_slist_append(list, "Content-Type:") }
        headerList = list
        try options.set(CURLOPT_HTTPHEADER, pointer: list, "the headers")
    }

    func freeLists() {
        curl_slist_free_all(headerList)
        curl_slist_free_all(connectToList)
        (headerList, connectToList) = (nil, nil)
    }
}

extension HTTPRequest {
    /// Why the request must not be put on the wire: a line end in a header would begin another header or another
    /// request.
    fileprivate var unsendable: String? {
        let isToken = { (text: String) in
            !text.isEmpty && text.utf8.allSatisfy { $0 > 32 && $0 < 127 && !"\"(),/:;<=>?@[\\]{}".utf8.contains($0) }
        }
        if !isToken(method) { return "the method is not an HTTP token" }
        if url.utf8.contains(where: { $0 <= 32 || $0 == 127 }) { return "the URL has a blank or a control character" }
        for field in headers.fields {
            if !isToken(field.name) { return "a header's name is not an HTTP token" }
            if field.value.utf8.contains(where: { ($0 < 32 && $0 != 9) || $0 == 127 }) {
                return "the header \(field.name) has a control character"
            }
        }
        return nil
    }
}

/// An option that libcurl did not take.
private struct RefusedOption: Error {
    let option: String
    let reason: String
}

/// `curl_easy_setopt`, with its result checked.
private struct EasyOptions {
    let easy: UnsafeMutableRawPointer

    func check(_ code: CURLcode, _ what: String) throws(RefusedOption) {
        guard code == CURLE_OK else {
            throw RefusedOption(option: what, reason: String(cString: curl_easy_strerror(code)))
        }
    }

    func set(_ option: CURLoption, _ value: Int, _ what: String) throws(RefusedOption) {
        try check(ccurl_set_long(easy, option, value), what)
    }

    func set(_ option: CURLoption, _ value: String?, _ what: String) throws(RefusedOption) {
        try check(ccurl_set_string(easy, option, value), what)
    }

    func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer?, _ what: String) throws(RefusedOption) {
        try check(ccurl_set_pointer(easy, option, pointer), what)
    }

    func set(_ option: CURLoption, blob: [UInt8], _ what: String) throws(RefusedOption) {
        try check(blob.withUnsafeBytes { ccurl_set_blob(easy, option, $0.baseAddress, $0.count) }, what)
    }
}

/// libcurl's header callback: one whole line a call. Another count than it got aborts the transfer.
private let receiveHeaderLine: curl_write_callback = { bytes, size, count, userData in
    guard let bytes, let userData else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(userData).takeUnretainedValue()
    let isTaken = transfer.receive(headerLine: UnsafeRawBufferPointer(start: bytes, count: size * count))
    return isTaken ? size * count : 0
}

/// libcurl's body callback.
private let receiveBody: curl_write_callback = { bytes, size, count, userData in
    guard let bytes, let userData else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(userData).takeUnretainedValue()
    switch transfer.receive(body: UnsafeRawBufferPointer(start: bytes, count: size * count)) {
    case .more: return size * count
    case .pause: return Int(CURL_WRITEFUNC_PAUSE)
    case nil: return 0
    }
}

/// libcurl asks for the next bytes of the request's body.
private let sendBody: curl_read_callback = { buffer, size, count, userData in
    guard let buffer, let userData else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(userData).takeUnretainedValue()
    return transfer.send(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
}

/// libcurl wants to send the body again: because of a redirect, or because a connection that had been idle broke under
/// the request.
private let seekBody: curl_seek_callback = { userData, offset, origin in
    guard let userData, origin == SEEK_SET else { return CURL_SEEKFUNC_FAIL }
    let transfer = Unmanaged<Transfer>.fromOpaque(userData).takeUnretainedValue()
    return transfer.rewindBody(to: Int(offset)) ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL
}

/// libcurl wants a socket for an address.
private let openAllowedSocket: curl_opensocket_callback = { context, _, address in
    guard let context, let address else { return CURL_SOCKET_BAD }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    guard transfer.mayConnect(to: SocketAddressBytes.read(&address.pointee)) else { return CURL_SOCKET_BAD }
    let kind = address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
    return socket(address.pointee.family, kind, address.pointee.`protocol`)
}

private enum SocketAddressBytes {
    /// The 4 or 16 bytes of an Internet address, none for another.
    static func read(_ address: inout curl_sockaddr) -> [UInt8] {
        let (family, length) = (address.family, Int(address.addrlen))
        return withUnsafeBytes(of: &address.addr) { field in
            // The field is the beginning of an address that may be longer than it.
            guard let start = field.baseAddress else { return [] }
            let whole = UnsafeRawBufferPointer(start: start, count: length)
            switch family {
            case AF_INET where length >= MemoryLayout<sockaddr_in>.size: return Array(whole[4..<8])
            case AF_INET6 where length >= MemoryLayout<sockaddr_in6>.size: return Array(whole[8..<24])
            default: return []
            }
        }
    }
}

extension Duration {
    fileprivate var milliseconds: Int {
        Int(clamping: components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}
