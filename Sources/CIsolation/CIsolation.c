#define _GNU_SOURCE
#include "CIsolation.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// The user "nobody" of every Linux: what overflowuid is.
enum { NOBODY = 65534 };

// The descriptors of the guard, once it has put them in order. 0 to 3 are the program's.
enum { GUARD_LIFE = 4, GUARD_REPORTS = 5, GUARD_EXECUTABLE = 6, GUARD_FIRST_FREE = 7 };

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4
#endif

static void close_from(unsigned first) {
    if (syscall(SYS_close_range, first, ~0U, 0) == 0) return;
    for (unsigned descriptor = first; descriptor < 65536; descriptor++) close((int)descriptor);
}

static void report(int32_t failure, int32_t status) {
    struct isolation_report message = {failure, status};
    (void)syscall(SYS_write, GUARD_REPORTS, &message, sizeof message);
}

// MARK: In the program's process, before it becomes the program

static void limit(int resource, uint64_t soft, uint64_t hard) {
    struct rlimit value = {.rlim_cur = soft, .rlim_max = hard};
    (void)setrlimit(resource, &value);
}

static void set_limits(const struct isolation_start *start, bool own_users) {
    limit(RLIMIT_CORE, 0, 0);
    if (start->memory) {
        // What it writes to counts; address space that is only reserved (as Go and Java do) does not, up to a bound.
        limit(RLIMIT_DATA, start->memory, start->memory);
        limit(RLIMIT_AS, start->memory + (16ULL << 30), start->memory + (16ULL << 30));
    }
    if (start->cpu_seconds) limit(RLIMIT_CPU, start->cpu_seconds, start->cpu_seconds + 1);
    limit(RLIMIT_FSIZE, start->file_size, start->file_size);
    // In a user namespace of its own the limit counts its processes alone, the guard among them. Elsewhere it would
    // count those of the whole user, and only a bound that leaves room for them makes sense.
    if (start->processes) {
        uint64_t processes = own_users ? start->processes + 1 : start->processes + 4096;
        limit(RLIMIT_NPROC, processes, processes);
    }
}

// Allows writing in one folder and to the devices only. True when the kernel agreed.
static bool restrict_writes(const char *folder) {
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) return false;
    uint64_t writes = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE
        | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK
        | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;
    if (version >= 2) writes |= 1ULL << 13;  // LANDLOCK_ACCESS_FS_REFER
    if (version >= 3) writes |= 1ULL << 14;  // LANDLOCK_ACCESS_FS_TRUNCATE
    struct landlock_ruleset_attr attributes = {.handled_access_fs = writes};
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof(uint64_t), 0);
    if (ruleset < 0) return false;
    bool done = false;
    int scratch = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int devices = open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (scratch >= 0) {
        struct landlock_path_beneath_attr inside = {.allowed_access = writes, .parent_fd = scratch};
        struct landlock_path_beneath_attr device = {
            .allowed_access = LANDLOCK_ACCESS_FS_WRITE_FILE | (version >= 3 ? 1ULL << 14 : 0), .parent_fd = devices};
        done = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &inside, 0) == 0;
        if (devices >= 0) (void)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &device, 0);
        done = done && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    }
    close(scratch);
    close(devices);
    close(ruleset);
    return done;
}

static void become_program(const struct isolation_start *start, bool own_users) {
    // Its own group, and no terminal.
    setsid();
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int number = 1; number < 65; number++) sigaction(number, &standard, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    close(GUARD_LIFE);
    fcntl(GUARD_REPORTS, F_SETFD, FD_CLOEXEC);
    if (chdir(start->folder) != 0) {
        report(errno, 0);
        _exit(127);
    }
    set_limits(start, own_users);
    fcntl(GUARD_EXECUTABLE, F_SETFD, FD_CLOEXEC);
    // A file that is being written cannot be run. Whoever writes it, or forked while this process wrote it, is done soon.
    int failure;
    for (struct timespec pause = {.tv_nsec = 1000000};; pause.tv_nsec *= 2) {
        execve(start->executable, start->arguments, start->environment);
        failure = errno;
        if (failure != ETXTBSY || pause.tv_nsec > 600000000) break;
        nanosleep(&pause, NULL);
    }
    // A folder on the way may be closed to nobody, while the file itself is not: it was opened before. A script's
    // interpreter opens it once more, by its number.
    if (failure == EACCES && fcntl(GUARD_EXECUTABLE, F_SETFD, 0) == 0)
        syscall(SYS_execveat, GUARD_EXECUTABLE, "", start->arguments, start->environment, AT_EMPTY_PATH);
    report(failure, 0);
    _exit(127);
}

// MARK: In the guard

// Once the guard has forgotten what it copied, the C library's loader may miss what it needs to find functions that
// were not called before. From there on the kernel is called through `syscall` alone.

static pid_t collect(int *status) { return (pid_t)syscall(SYS_wait4, -1, status, WNOHANG, NULL); }

static char children_path[64];

// Ends the children that it has, those that it adopted among them, and waits for them: only needed where no namespace
// does it.
static void end_children(void) {
    for (int round = 0; round < 1000; round++) {
        char list[4096];
        int descriptor = (int)syscall(SYS_openat, AT_FDCWD, children_path, O_RDONLY | O_CLOEXEC, 0);
        long count = descriptor < 0 ? 0 : syscall(SYS_read, descriptor, list, sizeof list);
        syscall(SYS_close, descriptor);
        pid_t pid = 0;
        // A number that the end of the list cuts off has no blank behind it, and comes again in the next round.
        for (long index = 0; index < count; index++) {
            if (list[index] >= '0' && list[index] <= '9') {
                pid = pid * 10 + (list[index] - '0');
            } else {
                if (pid > 1) syscall(SYS_kill, pid, SIGKILL);
                pid = 0;
            }
        }
        while (collect(NULL) > 0) {}
        if (collect(NULL) < 0) return;
        struct timespec pause = {.tv_nsec = 1000000};
        syscall(SYS_nanosleep, &pause, NULL);
    }
}

// Gives back the memory that the guard copied from its caller, but for the stack that it stands on: a guard may live
// for hours, and the pages that the caller changes meanwhile would all exist twice, secrets among them.
static void forget(void) {
    static char text[1 << 16];
    static struct { uintptr_t first, last; } ranges[2048];
    int found = 0;
    uintptr_t here = (uintptr_t)__builtin_frame_address(0), thread = (uintptr_t)&errno, end_of_file_mapping = 0;
    int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    size_t kept = 0;
    ssize_t count;
    while (maps >= 0 && (count = read(maps, text + kept, sizeof text - 1 - kept)) > 0) {
        char *line = text, *end;
        text[kept + (size_t)count] = 0;
        while ((end = strchr(line, '\n'))) {
            *end = 0;
            char *next;
            uintptr_t first = strtoul(line, &next, 16), last = strtoul(next + (*next == '-'), &next, 16);
            // Private, writable and of no file: "rw-p 00000000 00:00 0".
            bool is_memory = strncmp(next, " rw-p 00000000 00:00 0", 22) == 0 && (!strchr(next, '[') || strstr(next, "[heap]"));
            // The variables of a library without initial values lie right behind those with. What is small is the
            // loader's.
            bool is_needed = (here >= first && here < last) || (thread >= first && thread < last) || first == end_of_file_mapping
                || last - first < 1 << 17;
            if (strchr(next, '/')) end_of_file_mapping = last;
            if (is_memory && !is_needed && found < 2048) {
                ranges[found].first = first;
                ranges[found++].last = last;
            }
            line = end + 1;
        }
        kept = strlen(line);
        memmove(text, line, kept);
    }
    close(maps);
    for (int index = 0; index < found; index++)
        syscall(SYS_madvise, ranges[index].first, ranges[index].last - ranges[index].first, MADV_DONTNEED);
}

static void guard(const struct isolation_start *start, const int *inherited, unsigned apart) {
    // Put the descriptors in order, out of each other's way first.
    int moved[7];
    for (int index = 0; index < 7; index++)
        moved[index] = inherited[index] < 0 ? -1 : fcntl(inherited[index], F_DUPFD, 64);
    for (int index = 0; index < 7; index++) {
        close(index);
        if (moved[index] >= 0) dup2(moved[index], index);
    }
    close_from(GUARD_FIRST_FREE);

    // The caller says when the users of the namespace are settled.
    char go;
    if (read(GUARD_LIFE, &go, 1) != 1) _exit(1);
    if (apart & ISOLATION_USER) {
        // The kernel's own calls: those of the C library would wait for threads that this copy of the process does
        // not have.
        if (syscall(SYS_setgroups, 0, NULL) != 0 || syscall(SYS_setresgid, NOBODY, NOBODY, NOBODY) != 0
            || syscall(SYS_setresuid, NOBODY, NOBODY, NOBODY) != 0) {
            report(errno, 0);
            _exit(1);
        }
    }
    prctl(PR_SET_NAME, "plugin-guard", 0, 0, 0);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    // The guard's memory is a copy of the caller's: nobody may look into it.
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (!(apart & ISOLATION_PROCESSES)) prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    (void)restrict_writes(start->folder);

    sigset_t signals;
    sigfillset(&signals);
    sigprocmask(SIG_SETMASK, &signals, NULL);
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigaction(SIGCHLD, &standard, NULL);
    snprintf(children_path, sizeof children_path, "/proc/self/task/%ld/children", (long)syscall(SYS_gettid));
    // Above the descriptors that are closed below.
    int ended = fcntl(signalfd(-1, &children, SFD_CLOEXEC), F_DUPFD_CLOEXEC, GUARD_FIRST_FREE);

    pid_t program = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
    if (program == 0) become_program(start, apart & ISOLATION_PROCESSES);
    if (program < 0) {
        report(errno, 0);
        _exit(1);
    }
    // What the guard kept open would keep readers waiting for an end.
    for (int index = 0; index < GUARD_LIFE; index++) close(index);
    close(GUARD_EXECUTABLE);
    forget();
    struct pollfd polled[2] = {{.fd = GUARD_LIFE, .events = POLLIN}, {.fd = ended, .events = POLLIN}};
    while (true) {
        if (syscall(SYS_ppoll, polled, 2, NULL, NULL, 0) < 0) continue;
        if (polled[0].revents || !(polled[1].revents & POLLIN)) break;
        struct signalfd_siginfo information;
        if (syscall(SYS_read, ended, &information, sizeof information) < 0) continue;
        int status;
        pid_t pid;
        while ((pid = collect(&status)) > 0) {
            if (pid != program) continue;
            if (!(apart & ISOLATION_PROCESSES)) end_children();
            report(0, status);
            syscall(SYS_exit_group, 0);
        }
    }
    if (!(apart & ISOLATION_PROCESSES)) end_children();
    syscall(SYS_exit_group, 0);
    __builtin_unreachable();
}

// MARK: In the caller

static bool write_file(pid_t pid, const char *name, const char *text) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) return false;
    bool done = write(descriptor, text, strlen(text)) == (ssize_t)strlen(text);
    close(descriptor);
    return done;
}

// Gives the namespace of a guard the one user that it needs: nobody for root, oneself for everybody else.
static bool settle_users(pid_t guard) {
    bool is_root = geteuid() == 0;
    char users[64], groups[64];
    unsigned user = is_root ? NOBODY : geteuid(), group = is_root ? NOBODY : getegid();
    snprintf(users, sizeof users, "%u %u 1\n", user, user);
    snprintf(groups, sizeof groups, "%u %u 1\n", group, group);
    // Only root may map groups and leave the guard the right to drop those that it copied.
    return (is_root || write_file(guard, "setgroups", "deny")) && write_file(guard, "uid_map", users)
        && write_file(guard, "gid_map", groups);
}

int isolation_pipe(int *ends) { return pipe2(ends, O_CLOEXEC); }

static int start_guard(const struct isolation_start *start, struct isolation_child *child, unsigned long flags, int executable) {
    int life[2], reports[2];
    if (isolation_pipe(life) != 0) return errno;
    if (isolation_pipe(reports) != 0) {
        int failure = errno;
        close(life[0]);
        close(life[1]);
        return failure;
    }
    unsigned apart = 0;
    if (flags & CLONE_NEWPID) apart |= ISOLATION_PROCESSES;
    if (flags & CLONE_NEWNET) apart |= ISOLATION_NETWORK;
    if ((flags & CLONE_NEWUSER) && geteuid() == 0) apart |= ISOLATION_USER;
    int descriptor = -1;
    // With a null stack, clone is fork: the child goes on here, on a copy of this stack.
    pid_t guard_pid = (pid_t)syscall(SYS_clone, flags | CLONE_PIDFD | SIGCHLD, NULL, &descriptor, NULL, NULL);
    if (guard_pid == 0) {
        int inherited[7] = {start->input, start->output, start->errors, start->grants, life[0], reports[1], executable};
        guard(start, inherited, apart);
    }
    int failure = guard_pid < 0 ? errno : 0;
    // Scripts write to /dev/stderr, too, which opens the pipe once more, as the user that they run as.
    if (apart & ISOLATION_USER) {
        int pipes[] = {start->input, start->output, start->errors};
        for (int index = 0; index < 3; index++) (void)!fchown(pipes[index], NOBODY, NOBODY);
    }
    close(life[0]);
    close(reports[1]);
    if (!failure && (flags & CLONE_NEWUSER) && !settle_users(guard_pid)) failure = EPERM;
    if (!failure && isolation_write(life[1], "g", 1) != 1) failure = EPIPE;
    if (failure) {
        close(life[1]);
        close(reports[0]);
        if (guard_pid > 0) {
            kill(guard_pid, SIGKILL);
            while (waitpid(guard_pid, NULL, 0) < 0 && errno == EINTR) {}
            close(descriptor);
        }
        return failure;
    }
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 1) apart |= ISOLATION_WRITES;
    *child = (struct isolation_child){
        .guard = guard_pid, .descriptor = descriptor, .life = life[1], .reports = reports[0], .kept_apart = apart};
    return 0;
}

int isolation_spawn(const struct isolation_start *start, struct isolation_child *child) {
    int executable = geteuid() == 0 ? open(start->executable, O_RDONLY | O_CLOEXEC) : -1;
    int failure = EPERM;
    if (start->namespaces) {
        unsigned long flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWIPC | (start->network ? 0 : CLONE_NEWNET);
        if (geteuid() == 0 && chown(start->folder, NOBODY, NOBODY) != 0) {
            failure = errno;
        } else {
            failure = start_guard(start, child, flags, executable);
        }
        // Root without user namespaces (a kernel setting) still has the others.
        if (failure && geteuid() == 0) {
            (void)chown(start->folder, 0, 0);
            failure = start_guard(start, child, flags & ~(unsigned long)CLONE_NEWUSER, executable);
        }
    }
    if (failure) failure = start_guard(start, child, 0, executable);
    if (executable >= 0) close(executable);
    return failure;
}

void isolation_reap(const struct isolation_child *child) {
    while (waitpid(child->guard, NULL, 0) < 0 && errno == EINTR) {}
}

int isolation_memory_file(const void *bytes, size_t count) {
    int descriptor = memfd_create("gitopsctl", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (descriptor < 0) return -1;
    for (size_t written = 0; written < count;) {
        ssize_t step = write(descriptor, (const char *)bytes + written, count - written);
        if (step < 0 && errno == EINTR) continue;
        if (step <= 0) {
            close(descriptor);
            return -1;
        }
        written += (size_t)step;
    }
    lseek(descriptor, 0, SEEK_SET);
    fchmod(descriptor, 0444);
    fcntl(descriptor, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
    return descriptor;
}

ssize_t isolation_write(int descriptor, const void *bytes, size_t count) {
    sigset_t broken, before, pending;
    sigemptyset(&broken);
    sigaddset(&broken, SIGPIPE);
    sigpending(&pending);
    bool was_pending = sigismember(&pending, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken, &before);
    ssize_t written = write(descriptor, bytes, count);
    int failure = errno;
    if (written < 0 && failure == EPIPE && !was_pending) {
        struct timespec now = {0};
        while (sigtimedwait(&broken, NULL, &now) < 0 && errno == EINTR) {}
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = failure;
    return written;
}

void isolation_harden(void) {
    struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int isolation_signal(int32_t status) { return WIFSIGNALED(status) ? WTERMSIG(status) : 0; }
int isolation_exit_code(int32_t status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }
