/*
 * walk.h - the sound files of folders
 *
 * Names in a folder are taken in the order of their bytes, so that a walk of
 * the same files is always the same.  Links are followed, and a folder that
 * was seen before, under whatever name, is not entered again.  What begins
 * with a dot is left out, and so is what has no ending that sound has.
 */
#ifndef WALK_H
#define WALK_H

#include <sys/stat.h>

#include "tool.h"

/* Called for each file; another status than LTREC_OK ends the walk. */
typedef int (*walk_file)(void *user, const char *path, const struct stat *info,
                         ltrec_error *err);

struct walk {
    char **closed; /* [n_closed], folders that could not be read */
    size_t n_closed, capacity;
    struct walk_folder *seen; /* [n_seen], by device and number */
    size_t n_seen, seen_room;
    size_t n_files;
};

/* Walk a folder, or take a file whatever its ending. */
int walk_root(struct walk *walk, const char *path, walk_file file, void *user,
              ltrec_error *err);

void walk_free(struct walk *walk);

/* Whether `name` ends as sound does. */
int walk_is_sound(const char *name);

#endif /* WALK_H */
