// libcurl for Swift: its headers, and typed doors through the functions that are variadic or macros in C.
//
// curl_easy_setopt, curl_easy_getinfo and curl_multi_setopt take `...`, which Swift does not call. Each shim below fixes
// one argument type; curl reads exactly that type for the options of its family (CURLOPTTYPE_LONG, _STRINGPOINT, …).

#ifndef GITOPSCTL_CCURL_H
#define GITOPSCTL_CCURL_H

#include <curl/curl.h>

#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

typedef CURLcode (*ccurl_easy_setopt_function)(CURL *, CURLoption, ...);
typedef CURLcode (*ccurl_easy_getinfo_function)(CURL *, CURLINFO, ...);
typedef CURLMcode (*ccurl_multi_setopt_function)(CURLM *, CURLMoption, ...);

// Where the three stand in the library that is loaded on first use (Forwards.c).
ccurl_easy_setopt_function ccurl_easy_setopt(void);
ccurl_easy_getinfo_function ccurl_easy_getinfo(void);
ccurl_multi_setopt_function ccurl_multi_setopt(void);

#define curl_easy_setopt (ccurl_easy_setopt())
#define curl_easy_getinfo (ccurl_easy_getinfo())
#define curl_multi_setopt (ccurl_multi_setopt())

/// A long, for CURLOPTTYPE_LONG and CURLOPTTYPE_VALUES.
static inline CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

/// A curl_off_t, for CURLOPTTYPE_OFF_T.
static inline CURLcode ccurl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

/// A NUL-terminated string, which curl copies.
static inline CURLcode ccurl_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

/// A pointer that curl keeps: buffers, user data of callbacks, header lists.
static inline CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

/// Bytes that curl copies (CURL_BLOB_COPY), for the certificate and key options that end in _BLOB.
static inline CURLcode ccurl_set_blob(CURL *easy, CURLoption option, const void *bytes, size_t count) {
    struct curl_blob blob = {.data = (void *)bytes, .len = count, .flags = CURL_BLOB_COPY};
    return curl_easy_setopt(easy, option, &blob);
}

/// The write and header callbacks, which share a type.
static inline CURLcode ccurl_set_write_callback(CURL *easy, CURLoption option, curl_write_callback callback) {
    return curl_easy_setopt(easy, option, callback);
}

static inline CURLcode ccurl_set_read_callback(CURL *easy, curl_read_callback callback) {
    return curl_easy_setopt(easy, CURLOPT_READFUNCTION, callback);
}

static inline CURLcode ccurl_set_seek_callback(CURL *easy, curl_seek_callback callback) {
    return curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, callback);
}

static inline CURLcode ccurl_get_long(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode ccurl_get_string(CURL *easy, CURLINFO info, const char **value) {
    return curl_easy_getinfo(easy, info, (char **)value);
}

static inline CURLcode ccurl_get_pointer(CURL *easy, CURLINFO info, void **value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

/// Where libcurl says which sockets to wait for, and until when.
static inline CURLMcode ccurl_multi_set_socket_callback(CURLM *multi, curl_socket_callback callback, void *context) {
    CURLMcode code = curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
    return code == CURLM_OK ? curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, callback) : code;
}

static inline CURLMcode ccurl_multi_set_timer_callback(CURLM *multi, curl_multi_timer_callback callback, void *context) {
    CURLMcode code = curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
    return code == CURLM_OK ? curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, callback) : code;
}

/// CURL_REDIR_POST_ALL, which has a cast that Swift does not import.
enum { CCURL_REDIRECT_POST_ALL = 7 };

/// Names the calling thread, for debuggers and top; at most 15 bytes. (A GNU extension that Swift's Glibc leaves out.)
void ccurl_name_thread(const char *name);

/// Asked for each socket before it is connected, with the address that the name was resolved to.
static inline CURLcode ccurl_set_open_socket_callback(
    CURL *easy, curl_opensocket_callback callback, void *context) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, context);
    return code == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, callback) : code;
}

/// Makes every socket of the transfer give up on a peer that has acknowledged nothing for `milliseconds`
/// (TCP_USER_TIMEOUT, RFC 5482): a dead connection shared by many HTTP/2 streams is found by the kernel.
CURLcode ccurl_set_user_timeout(CURL *easy, unsigned int milliseconds);

#endif
