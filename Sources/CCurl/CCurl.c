#define _GNU_SOURCE
#include "CCurl.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/socket.h>

_Static_assert(CCURL_REDIRECT_POST_ALL == CURL_REDIR_POST_ALL, "libcurl changed CURL_REDIR_POST_ALL");

void ccurl_name_thread(const char *name) {
    (void)pthread_setname_np(pthread_self(), name);
}

static int set_user_timeout(void *milliseconds, curl_socket_t socket, curlsocktype purpose) {
    (void)purpose;
    unsigned int value = (unsigned int)(uintptr_t)milliseconds;
    // A socket that is not TCP refuses the option, and works without it.
    (void)setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &value, sizeof value);
    return CURL_SOCKOPT_OK;
}

CURLcode ccurl_set_user_timeout(CURL *easy, unsigned int milliseconds) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, set_user_timeout);
    if (code != CURLE_OK) return code;
    return curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, (void *)(uintptr_t)milliseconds);
}
