/*
 * walk.c - the sound files of folders
 */
#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "term.h"

/* Folders within folders; links can make more of them than there are. */
#define DEEPEST 200

struct walk_folder {
    dev_t device;
    ino_t number;
};

int walk_is_sound(const char *name)
{
    static const char *const endings[] = {
        "wav",  "wave", "flac", "ogg",  "oga", "opus", "mp3", "mp2", "aif",
        "aiff", "aifc", "w64",  "rf64", "m4a", "m4b",  "mp4", "aac", "wma",
        "ape",  "wv",   "mpc",  "tta",  "tak", "dsf",  "dff", "mka", "ac3",
        "dts",  "caf",  "amr",  "au",   "spx", "oma",  "shn", NULL};
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot && dot != name && endings[i]; i++)
        if (strcasecmp(dot + 1, endings[i]) == 0)
            return 1;
    return 0;
}

/* Whether this is the first time; a handful of folders to a thousand files
 * makes a search from the end as good as any. */
static int is_new(struct walk *walk, const struct stat *info)
{
    for (size_t i = walk->n_seen; i > 0; i--)
        if (walk->seen[i - 1].device == info->st_dev &&
            walk->seen[i - 1].number == info->st_ino)
            return 0;
    walk->seen = tool_grow(walk->seen, &walk->seen_room, walk->n_seen + 1,
                           sizeof *walk->seen);
    walk->seen[walk->n_seen++] =
        (struct walk_folder){info->st_dev, info->st_ino};
    return 1;
}

static void note_closed(struct walk *walk, const char *path)
{
    char shown[TOOL_SHORT_NAME];
    int reason = errno;

    tool_short_name(shown, path);
    term_warn("%s: %s", shown, strerror(reason));
    walk->closed = tool_grow(walk->closed, &walk->capacity, walk->n_closed + 1,
                             sizeof *walk->closed);
    walk->closed[walk->n_closed++] = tool_copy_text(path);
}

/* ---- One folder --------------------------------------------------------- */

static int by_bytes(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* The names in a folder, sorted; 0 when it cannot be read to its end. */
static int names_in(const char *path, char ***names, size_t *n)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    size_t capacity = 0;
    int reason;

    *names = NULL;
    *n = 0;
    if (!folder)
        return 0;
    while ((errno = 0, entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        *names = tool_grow(*names, &capacity, *n + 1, sizeof **names);
        (*names)[(*n)++] = tool_copy_text(entry->d_name);
    }
    reason = errno;
    closedir(folder);
    if (*n > 1)
        qsort(*names, *n, sizeof **names, by_bytes);
    errno = reason;
    return reason == 0;
}

static int walk_folder(struct walk *walk, const char *path, int depth,
                       walk_file file, void *user, ltrec_error *err);

static int walk_entry(struct walk *walk, const char *folder, const char *name,
                      int depth, walk_file file, void *user, ltrec_error *err)
{
    size_t bytes = strlen(folder) + strlen(name) + 2;
    char *path = tool_alloc(bytes, 1);
    struct stat info;
    int status = LTREC_OK;

    snprintf(path, bytes, "%s%s%s", folder, strcmp(folder, "/") ? "/" : "",
             name);
    /* A link to nowhere is nothing; a file that is there but closed is told
     * when it is listened to. */
    if (stat(path, &info) != 0) {
        if (errno != ENOENT && errno != ELOOP)
            note_closed(walk, path);
    } else if (S_ISDIR(info.st_mode)) {
        if (is_new(walk, &info))
            status = walk_folder(walk, path, depth + 1, file, user, err);
    } else if (S_ISREG(info.st_mode) && walk_is_sound(name)) {
        walk->n_files++;
        status = file(user, path, &info, err);
    }
    free(path);
    return status;
}

static int walk_folder(struct walk *walk, const char *path, int depth,
                       walk_file file, void *user, ltrec_error *err)
{
    char **names = NULL;
    size_t n = 0;
    int status = LTREC_OK;

    errno = ELOOP;
    if (depth > DEEPEST || !names_in(path, &names, &n))
        note_closed(walk, path);
    for (size_t i = 0; i < n; i++) {
        if (status == LTREC_OK)
            status = walk_entry(walk, path, names[i], depth, file, user, err);
        if (status == LTREC_OK && term_progress(NULL, walk->n_files, 0) != 0)
            status = tool_fail(err, LTREC_ERR_CANCELLED, "interrupted");
        free(names[i]);
    }
    free(names);
    return status;
}

int walk_root(struct walk *walk, const char *path, walk_file file, void *user,
              ltrec_error *err)
{
    struct stat info;

    errno = 0;
    if (stat(path, &info) != 0)
        return tool_fail_io(err, "cannot open", path);
    if (S_ISDIR(info.st_mode))
        return is_new(walk, &info)
                   ? walk_folder(walk, path, 0, file, user, err)
                   : LTREC_OK;
    walk->n_files++;
    return file(user, path, &info, err);
}

void walk_free(struct walk *walk)
{
    for (size_t i = 0; i < walk->n_closed; i++)
        free(walk->closed[i]);
    free(walk->closed);
    free(walk->seen);
}
