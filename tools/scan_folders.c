/*
 * scan_folders.c - the folders of a scan, before it and after it
 */
#include "scan_folders.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "term.h"

static int meet(void *user, const char *path, const struct stat *info,
                ltrec_error *err)
{
    return scan_rows_meet(user, path, info, err);
}

static int walk_one(struct scan_rows *rows, struct walk *walk, char **root,
                    const char *given, ltrec_error *err)
{
    errno = 0;
    *root = realpath(given, NULL);
    if (!*root)
        return tool_fail_io(err, "cannot open", given);
    return walk_root(walk, *root, meet, rows, err);
}

int scan_folders_walk(struct scan_rows *rows, const char *const *given,
                      size_t n, struct walk *walk, char **roots,
                      ltrec_error *err)
{
    int status = scan_rows_begin(rows, err);

    term_doing("looking for sound");
    for (size_t i = 0; i < n && status == LTREC_OK; i++)
        status = walk_one(rows, walk, &roots[i], given[i], err);
    /* What was met is met, also when the walk is stopped. */
    if (status == LTREC_OK || status == LTREC_ERR_CANCELLED) {
        int committed = scan_rows_commit(rows, err);

        status = status == LTREC_OK ? committed : status;
    }
    term_done();
    return status;
}

int scan_folders_remove(struct scan_rows *rows, const char *root,
                        const struct walk *walk, int prune, int64_t *removed,
                        ltrec_error *err)
{
    int64_t all, seen, n;
    int status = scan_rows_count(rows, root, &all, &seen, err);

    if (status == LTREC_OK && all == 0 && access(root, R_OK | X_OK) == 0) {
        term_warn("%s: no file there has a name that ends as sound does, "
                  "such as .mp3",
                  root);
    } else if (status == LTREC_OK && all > 0 && seen == 0 && !prune) {
        term_warn("%s: no sound is left there; its %" PRId64
                  " tracks stay in the catalogue unless --prune",
                  root, all);
    } else if (status == LTREC_OK && all > seen) {
        status = scan_rows_remove(rows, root, walk, &n, err);
        *removed += n;
    }
    return status;
}
