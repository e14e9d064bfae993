// Every function of libcurl that HTTPClient calls, forwarded to the library on its first use.
#include "CCurl.h"
#include "CLazyLibrary.h"

static void *_Atomic library;

static void *ccurl_find(const char *function) {
    return clazy_find(&library, "libcurl.so.4", "libcurl4", function);
}

#define CLAZY_FIND ccurl_find
#define FORWARD CLAZY_FORWARD

FORWARD(CURLcode, curl_global_init, (long flags), (flags))
FORWARD(curl_version_info_data *, curl_version_info, (CURLversion age), (age))

FORWARD(CURL *, curl_easy_init, (void), ())
FORWARD(void, curl_easy_reset, (CURL *easy), (easy))
FORWARD(void, curl_easy_cleanup, (CURL *easy), (easy))
FORWARD(CURLcode, curl_easy_pause, (CURL *easy, int mask), (easy, mask))
FORWARD(const char *, curl_easy_strerror, (CURLcode code), (code))

FORWARD(CURLM *, curl_multi_init, (void), ())
FORWARD(CURLMcode, curl_multi_cleanup, (CURLM *multi), (multi))
FORWARD(CURLMcode, curl_multi_add_handle, (CURLM *multi, CURL *easy), (multi, easy))
FORWARD(CURLMcode, curl_multi_remove_handle, (CURLM *multi, CURL *easy), (multi, easy))
FORWARD(CURLMcode, curl_multi_socket_action, (CURLM *multi, curl_socket_t socket, int mask, int *running),
        (multi, socket, mask, running))
FORWARD(CURLMsg *, curl_multi_info_read, (CURLM *multi, int *left), (multi, left))
FORWARD(const char *, curl_multi_strerror, (CURLMcode code), (code))

FORWARD(struct curl_slist *, curl_slist_append, (struct curl_slist *list, const char *text), (list, text))
FORWARD(void, curl_slist_free_all, (struct curl_slist *list), (list))

// The variadic three cannot be forwarded by a function of their own type: the shims of CCurl.h ask for the address instead.
#define ADDRESS(type, accessor, name)                     \
    type accessor(void) {                                 \
        static type _Atomic found;                        \
        if (!found) found = (type)ccurl_find(name);       \
        return found;                                     \
    }

ADDRESS(ccurl_easy_setopt_function, ccurl_easy_setopt, "curl_easy_setopt")
ADDRESS(ccurl_easy_getinfo_function, ccurl_easy_getinfo, "curl_easy_getinfo")
ADDRESS(ccurl_multi_setopt_function, ccurl_multi_setopt, "curl_multi_setopt")
