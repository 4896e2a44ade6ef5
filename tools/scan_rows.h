/*
 * scan_rows.h - what a scan writes into the catalogue
 */
#ifndef SCAN_ROWS_H
#define SCAN_ROWS_H

#include <sys/stat.h>

#include "scan_crew.h"
#include "walk.h"

/* What every track is to have; a track that has it all is current. */
struct scan_wanted {
    uint64_t features, model; /* 0: whatever there is */
    uint32_t mel_bits;
    uint32_t described; /* 0: not asked for */
    int retry;          /* what failed before is tried again */
};

struct scan_rows;

int scan_rows_open(struct catalog *catalog, const struct scan_wanted *wanted,
                   struct scan_rows **out, ltrec_error *err);

/* Accepts NULL. */
void scan_rows_close(struct scan_rows *rows);

/* ---- Before: what is there ---------------------------------------------- */

/* Between these two many files are written down at once. */
int scan_rows_begin(struct scan_rows *rows, ltrec_error *err);
int scan_rows_commit(struct scan_rows *rows, ltrec_error *err);

/* A file that the walk has come to: noted when new, and to be done when it or
 * what is wanted of it has changed. */
int scan_rows_meet(struct scan_rows *rows, const char *path,
                   const struct stat *info, ltrec_error *err);

/* ---- Meanwhile ---------------------------------------------------------- */

/* A file's time in nanoseconds. */
int64_t scan_rows_time(const struct stat *info);

/* The next track to be done after `*after`: 1, 0 when there is none, or a
 * status.  The path is to be free()d. */
int scan_rows_next(struct scan_rows *rows, int64_t *after,
                   struct scan_job *job, ltrec_error *err);

/* How many there are to do, and how many the walk has come to. */
int scan_rows_left(struct scan_rows *rows, int64_t *todo, int64_t *seen,
                   ltrec_error *err);

/* Whether the file holds what it did when the catalogue last heard of it. */
int scan_rows_is_same(const struct scan_job *job);

/* Nothing has changed but the time on the file. */
int scan_rows_unchanged(struct scan_rows *rows, const struct scan_job *job,
                        ltrec_error *err);

/*
 * Use what is known of a file with the same contents: 1 when this file is
 * that one moved, and the job's track is now that one; 2 when it is a copy of
 * it; 0 when there is no such file.
 */
int scan_rows_reuse(struct scan_rows *rows, struct scan_job *job,
                    ltrec_error *err);

/*
 * What a worker found.  factor[r->rank], and the rows in r->mel.  A failure
 * with contents that are known takes nothing away from what was found in them.
 */
int scan_rows_save(struct scan_rows *rows, const struct scan_job *job,
                   const struct scan_result *r, const float *factor,
                   ltrec_error *err);

/* The factor of rows that were kept. */
int scan_rows_save_factor(struct scan_rows *rows, const struct scan_job *job,
                          const struct scan_result *r, const float *factor,
                          ltrec_error *err);

/* ---- After: what is gone ------------------------------------------------ */

/* Remove the tracks of a root that the walk has not come to, but for those
 * in folders that it could not read. */
int scan_rows_remove(struct scan_rows *rows, const char *root,
                     const struct walk *walk, int64_t *n, ltrec_error *err);

/* The tracks of a root: all, and those that the walk has come to. */
int scan_rows_count(struct scan_rows *rows, const char *root, int64_t *all,
                    int64_t *seen, ltrec_error *err);

/* Those that the walk has come to and that have failed. */
int scan_rows_failed(struct scan_rows *rows, int64_t *n, ltrec_error *err);

#endif /* SCAN_ROWS_H */
