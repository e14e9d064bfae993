// libgit2 as Debian installs it, and the few calls of its room that Swift cannot make itself.
#ifndef CGIT2_H
#define CGIT2_H

#include <git2.h>

// Reads no configuration file outside of a repository: what a user has in ~/.gitconfig must not change what a sync sees.
// (git_libgit2_opts is variadic.)
int cgit2_ignore_outer_configuration(void);

// GIT_OPT_SET_SEARCH_PATH of git_libgit2_opts.
int cgit2_set_search_path(git_config_level_t level, const char *path);

// A file in memory that only this user may open, by way of /proc/<pid>/fd; -1 and errno on failure.
// (memfd_create and POSIX_SPAWN_SETSID are GNU extensions, which Swift's Glibc module does not show.)
int cgit2_memory_file(const char *name);

// The flag of posix_spawnattr_setflags that starts the child in a session, and so a process group, of its own.
short cgit2_spawn_in_new_session(void);

#endif
