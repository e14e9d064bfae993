// libcurl's error codes in this client's words, and which of them call for another try.

internal import CCurl

extension Transfer {
    /// Whether a transfer that libcurl ended with `code` is worth sending again at once: an idempotent request whose
    /// HTTP/2 stream or connection went away under it. Servers close connections after so many requests (GOAWAY, RFC
    /// 9113 §6.8), and libcurl 7.88 may count streams among them that it had already opened. The second of two tries is
    /// over HTTP/1.1.
    func shouldRetry(_ code: CURLcode) -> Bool {
        guard request.isIdempotent, attempt < 2, failure == nil else { return false }
        if code == CURLE_HTTP2 || code == CURLE_HTTP2_STREAM { return true }
        guard code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR || code == CURLE_GOT_NOTHING, let easy else {
            return false
        }
        var version = 0
        return ccurl_get_long(easy, CURLINFO_HTTP_VERSION, &version) == CURLE_OK
            && version == Int(CURL_HTTP_VERSION_2_0)
    }

    /// What to tell the caller.
    func error(for code: CURLcode) -> HTTPError {
        if let failure { return failure }
        if code == CURLE_COULDNT_CONNECT, isAddressRefused {
            return HTTPError(.forbiddenAddress, "its address may not be connected to", url: request.url)
        }
        let detail = errorBuffer[0] == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: errorBuffer)
        return HTTPError(
            Self.code(for: code, detail: detail), Self.sentence(for: code, detail: detail, request), url: request.url)
    }

    private static func code(for code: CURLcode, detail: String) -> HTTPError.Code {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .resolve
        case CURLE_COULDNT_CONNECT, CURLE_PROXY, CURLE_INTERFACE_FAILED: .connect
        case CURLE_OPERATION_TIMEDOUT: .timeout
        case CURLE_SSL_CONNECT_ERROR where detail.contains("SYSCALL") || detail.contains("reset by peer"): .connect
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
            CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_SSL_CLIENTCERT, CURLE_SSL_CRL_BADFILE, CURLE_USE_SSL_FAILED, CURLE_SSL_ENGINE_NOTFOUND,
            CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ENGINE_INITFAILED:
            .tls
        // TLS 1.3 hears of a missing or unwanted client certificate only after its own handshake is over.
        case CURLE_RECV_ERROR where detail.contains(" alert "): .tls
        case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM,
            CURLE_SSL_SHUTDOWN_FAILED, CURLE_SEND_FAIL_REWIND:
            .reset
        case CURLE_TOO_MANY_REDIRECTS: .tooManyRedirects
        case CURLE_FILESIZE_EXCEEDED: .tooLarge
        case CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT, CURLE_UNKNOWN_OPTION: .invalidRequest
        default: .protocolError
        }
    }

    private static func sentence(for code: CURLcode, detail: String, _ request: HTTPRequest) -> String {
        switch code {
        case CURLE_OPERATION_TIMEDOUT: "no connection within \(request.connectTimeout.inWords)"
        case CURLE_URL_MALFORMAT: "the URL is malformed"
        case CURLE_SEND_FAIL_REWIND: "the connection was closed before the response began"
        default: detail
        }
    }
}
