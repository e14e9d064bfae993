// Every function of libgit2 that GitSource calls, forwarded to the library on its first use.
#include "CGit2.h"
#include "CLazyLibrary.h"

static void *_Atomic library;

static void *cgit2_find(const char *function) {
    return clazy_find(&library, "libgit2.so." LIBGIT2_SOVERSION, "libgit2-" LIBGIT2_SOVERSION, function);
}

int cgit2_set_search_path(git_config_level_t level, const char *path) {
    int (*options)(int, ...) = (int (*)(int, ...))cgit2_find("git_libgit2_opts");
    return options(GIT_OPT_SET_SEARCH_PATH, level, path);
}

#define CLAZY_FIND cgit2_find
#define FORWARD CLAZY_FORWARD

FORWARD(int, git_libgit2_init, (void), ())
FORWARD(const git_error *, git_error_last, (void), ())

FORWARD(int, git_repository_init, (git_repository **out, const char *path, unsigned bare), (out, path, bare))
FORWARD(int, git_repository_open_bare, (git_repository **out, const char *path), (out, path))
FORWARD(int, git_repository_odb, (git_odb **out, git_repository *repository), (out, repository))
FORWARD(int, git_repository_config_snapshot, (git_config **out, git_repository *repository), (out, repository))
FORWARD(void, git_repository_free, (git_repository *repository), (repository))

FORWARD(int, git_config_get_string, (const char **out, const git_config *config, const char *name), (out, config, name))
FORWARD(void, git_config_free, (git_config *config), (config))

FORWARD(int, git_oid_fromstrn, (git_oid *out, const char *text, size_t length), (out, text, length))

FORWARD(int, git_odb_exists, (git_odb *odb, const git_oid *id), (odb, id))
FORWARD(int, git_odb_exists_prefix, (git_oid *out, git_odb *odb, const git_oid *prefix, size_t length), (out, odb, prefix, length))
FORWARD(int, git_odb_refresh, (git_odb *odb), (odb))
FORWARD(int, git_odb_read, (git_odb_object **out, git_odb *odb, const git_oid *id), (out, odb, id))
FORWARD(int, git_odb_read_header, (size_t *length, git_object_t *type, git_odb *odb, const git_oid *id), (length, type, odb, id))
FORWARD(int, git_odb_hash, (git_oid *out, const void *data, size_t length, git_object_t type), (out, data, length, type))
FORWARD(void, git_odb_free, (git_odb *odb), (odb))
FORWARD(const void *, git_odb_object_data, (git_odb_object *object), (object))
FORWARD(size_t, git_odb_object_size, (git_odb_object *object), (object))
FORWARD(git_object_t, git_odb_object_type, (git_odb_object *object), (object))
FORWARD(void, git_odb_object_free, (git_odb_object *object), (object))

FORWARD(int, git_indexer_options_init, (git_indexer_options *options, unsigned int version), (options, version))
FORWARD(int, git_indexer_new,
        (git_indexer **out, const char *path, unsigned int mode, git_odb *odb, git_indexer_options *options),
        (out, path, mode, odb, options))
FORWARD(int, git_indexer_append, (git_indexer *indexer, const void *data, size_t size, git_indexer_progress *progress),
        (indexer, data, size, progress))
FORWARD(int, git_indexer_commit, (git_indexer *indexer, git_indexer_progress *progress), (indexer, progress))
FORWARD(void, git_indexer_free, (git_indexer *indexer), (indexer))

FORWARD(int, git_reference_lookup, (git_reference **out, git_repository *repository, const char *name), (out, repository, name))
FORWARD(int, git_reference_resolve, (git_reference **out, const git_reference *reference), (out, reference))
FORWARD(int, git_reference_create,
        (git_reference **out, git_repository *repository, const char *name, const git_oid *id, int force, const char *message),
        (out, repository, name, id, force, message))
FORWARD(int, git_reference_remove, (git_repository *repository, const char *name), (repository, name))
FORWARD(const git_oid *, git_reference_target, (const git_reference *reference), (reference))
FORWARD(const git_oid *, git_reference_target_peel, (const git_reference *reference), (reference))
FORWARD(const char *, git_reference_symbolic_target, (const git_reference *reference), (reference))
FORWARD(void, git_reference_free, (git_reference *reference), (reference))
FORWARD(int, git_reference_iterator_new, (git_reference_iterator **out, git_repository *repository), (out, repository))
FORWARD(int, git_reference_next_name, (const char **out, git_reference_iterator *iterator), (out, iterator))
FORWARD(void, git_reference_iterator_free, (git_reference_iterator *iterator), (iterator))
