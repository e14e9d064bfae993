// Starts a program that is not trusted, apart from this process and from the network, and under limits.
//
// Between the caller and the program stands a guard: a copy of this process that runs nothing but the few lines of
// CIsolation.c. Where the kernel allows it, the guard is the first process of a PID namespace of its own, so that its
// end is the end of everything that the program started, whatever that did to hide; elsewhere it adopts orphans
// (PR_SET_CHILD_SUBREAPER) and ends them itself. The guard ends when the program does, when `life` is closed, and
// with that when this process dies, however it dies.
//
// Written in C because only calls that are safe between fork and exec may run there: no allocation, no locks, no
// Swift runtime.
#ifndef GITOPSCTL_CISOLATION_H
#define GITOPSCTL_CISOLATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// What a program is started with. 0 in a limit means: no limit.
struct isolation_start {
    const char *executable;
    /// Ended by NULL, as execve has it.
    char *const *arguments;
    char *const *environment;
    /// The folder it starts in, the only one that it may write to where the kernel has Landlock. This user's.
    const char *folder;
    /// Become 0, 1 and 2.
    int input, output, errors;
    /// Becomes 3; -1 for nothing.
    int grants;
    bool network;
    /// Whether namespaces may be tried; false for tests of what happens without.
    bool namespaces;
    uint64_t memory, cpu_seconds, file_size, processes;
};

/// What keeps a started program apart.
enum {
    ISOLATION_PROCESSES = 1,
    ISOLATION_NETWORK = 2,
    ISOLATION_WRITES = 4,
    /// It runs as nobody, since this process runs as root.
    ISOLATION_USER = 8,
};

struct isolation_child {
    pid_t guard;
    /// Readable once the guard has ended; -1 where the kernel has no process descriptors.
    int descriptor;
    /// Closing it ends the program and all that it started.
    int life;
    /// Gives an isolation_report when the program has ended or could not be started; end of file without one: it was
    /// ended.
    int reports;
    unsigned kept_apart;
};

/// What the guard tells. Smaller than PIPE_BUF, so written whole.
struct isolation_report {
    /// Not 0: execve failed with this errno.
    int32_t failure;
    /// What waitpid said of the program.
    int32_t status;
};

/// Starts a program. Blocks for as long as a fork takes. 0, or the errno of what failed.
int isolation_spawn(const struct isolation_start *start, struct isolation_child *child);

/// The guard's end, awaited. To be called once, after its life was closed or its report has come.
void isolation_reap(const struct isolation_child *child);

/// A pipe that no program inherits: 0, and its reading and writing end; or -1.
int isolation_pipe(int *ends);

/// An anonymous file in memory with these bytes, read from its beginning and sealed against writing; -1 on failure.
int isolation_memory_file(const void *bytes, size_t count);

/// write(2) without the SIGPIPE that a reader's end would bring.
ssize_t isolation_write(int descriptor, const void *bytes, size_t count);

/// Keeps this process's memory out of core files and from other processes of the same user.
void isolation_harden(void);

/// Whether the kernel can keep a program from writing outside of its folder.
bool isolation_has_landlock(void);

/// The signal that ended a program, 0 for none; and its exit code.
int isolation_signal(int32_t status);
int isolation_exit_code(int32_t status);

#endif
