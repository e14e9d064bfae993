#define _GNU_SOURCE
#include "CGit2.h"

#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int cgit2_ignore_outer_configuration(void) {
    const git_config_level_t levels[] = {
        GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL,
    };
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        int result = cgit2_set_search_path(levels[i], "");
        if (result < 0) return result;
    }
    return 0;
}

int cgit2_memory_file(const char *name) {
    int descriptor = memfd_create(name, MFD_CLOEXEC);
    if (descriptor >= 0 && fchmod(descriptor, S_IRUSR | S_IWUSR) != 0) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

short cgit2_spawn_in_new_session(void) {
    return POSIX_SPAWN_SETSID;
}
