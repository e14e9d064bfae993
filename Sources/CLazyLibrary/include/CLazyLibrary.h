// Loads a shared library at the first call of one of its functions, rather than when the program starts.
//
// Linked the usual way, libcurl and libgit2 bring some thirty libraries into the process (Kerberos, LDAP, ssh, mbedTLS, libcrypto
// with its start-up) and cost 9 ms before main, measured on Debian 12: as much as a whole `gitopsctl build`, which uses neither.
// So their functions are defined here as forwards: the headers and the types are the libraries' own, the linker still finds a function
// that is not forwarded, and the first call opens the library by the name that its header was written for.

#ifndef GITOPSCTL_CLAZYLIBRARY_H
#define GITOPSCTL_CLAZYLIBRARY_H

/// The address of a function in a library, opening the library on the first call. Safe on any thread.
/// Where either is missing it says so, names the Debian package, and ends the process: the program could not have started either.
void *clazy_find(void *_Atomic *library, const char *soname, const char *package, const char *function);

/// Defines `name`, with the prototype that the library's header gives it, as a forward.
/// CLAZY_FIND is the including file's own `void *(const char *function)`.
#define CLAZY_FORWARD(result, name, parameters, arguments)                 \
    result name parameters {                                               \
        static result(*_Atomic found) parameters;                          \
        if (!found) found = (result(*) parameters)CLAZY_FIND(#name);       \
        return found arguments;                                            \
    }

#endif
