// What the libcurl of this machine can be trusted with.

internal import CCurl

package enum Libcurl {
    /// Whether requests may share an HTTP/2 connection.
    ///
    /// Not before 8.5: in 7.88 (Debian 12) streams of one connection stop half-way. A `curl_multi_perform` in which a
    /// transfer begins drops the wake-ups of the others, a full stream is handed out in two calls with no timer for the
    /// second, and some bursts end in streams that nothing revives. 8.1 rewrote that code, and the releases after it
    /// mended the rewriting.
    package static let multiplexes: Bool = {
        guard let version = curl_version_info(CURLVERSION_FIRST) else { return false }
        return version.pointee.version_num >= 0x080500
    }()
}
