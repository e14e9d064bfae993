#include "CLazyLibrary.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static void fail(const char *soname, const char *package) {
    fprintf(stderr, "gitopsctl: %s cannot be loaded: %s\n  → install Debian's package %s\n", soname, dlerror(), package);
    exit(1);
}

void *clazy_find(void *_Atomic *library, const char *soname, const char *package, const char *function) {
    void *handle = atomic_load(library);
    if (!handle) {
        // Two threads may both come here: dlopen counts, and both get the same handle.
        handle = dlopen(soname, RTLD_LAZY | RTLD_LOCAL);
        if (!handle) fail(soname, package);
        atomic_store(library, handle);
    }
    void *address = dlsym(handle, function);
    if (!address) fail(soname, package);
    return address;
}
