/*
 * interactions.h - a file of plays as the library's interactions
 */
#ifndef TOOL_INTERACTIONS_H
#define TOOL_INTERACTIONS_H

#include <ltrec/interactions.h>

#include "names.h"
#include "tool.h"

struct matrix {
    ltrec_interactions *plays; /* finished; its ids are those of the names */
    ltrec_interactions *dislikes; /* likewise, or NULL when none can be */
    struct names *users;
    struct names *items;
    uint64_t skipped; /* rows that were broken */
};

/*
 * Read what plays.h reads.  Of thumbs those up count as one play each, those
 * down are the dislikes, which most commands leave alone.  Rows that were
 * skipped, and a file without a play, are told to the person.  On failure
 * `out` is all zero.
 */
int matrix_read(ltrec_context *ctx, const char *path, int skip_bad,
                struct matrix *out, ltrec_error *err);

/* The same for who wants the plays alone: those that no thumb down undoes, of
 * which there has to be one.  `*skipped`, unless NULL, are the rows that
 * were broken. */
int matrix_read_plays(ltrec_context *ctx, const char *path, int skip_bad,
                      ltrec_interactions **plays, uint64_t *skipped,
                      ltrec_error *err);

/*
 * As matrix_read(), a count being halved for every so many days that lie
 * between it and the last row of the file: needs timestamps, and a file that
 * can be read twice.
 */
int matrix_read_aged(ltrec_context *ctx, const char *path, int skip_bad,
                     double half_life_days, struct matrix *out,
                     ltrec_error *err);

/* The row of the listener whom the table calls `name`; LTREC_ERR_ARGUMENT. */
int matrix_find_listener(const struct matrix *matrix, const char *name,
                         size_t *row, ltrec_error *err);

void matrix_free(struct matrix *matrix);

#endif /* TOOL_INTERACTIONS_H */
