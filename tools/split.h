/*
 * split.h - one table of plays, parted into training and test
 *
 *     pairs      a part of each listener's pairs is held out
 *     listeners  a part of the listeners is held out; a part of their pairs
 *                is what to find, the rest is what to fold them in from
 *     time       the latest part of the rows is held out
 *
 * The part is 1 / `folds`, and `fold` says which.  With `time` it is always
 * the last, and rows of one moment stay together.
 */
#ifndef SPLIT_H
#define SPLIT_H

#include <ltrec/interactions.h>

#include "tool.h"

enum split_kind {
    SPLIT_PAIRS,
    SPLIT_LISTENERS,
    SPLIT_TIME
};

struct split {
    ltrec_interactions *train;
    ltrec_interactions *test;
    ltrec_interactions *foldin; /* of held-out listeners; otherwise NULL */
    uint64_t skipped;           /* rows of the table that were broken */
};

/* The same seed parts the same way.  On failure `out` is all zero. */
int split_read(ltrec_context *ctx, const char *path, int skip_bad,
               enum split_kind kind, uint32_t folds, uint64_t seed,
               struct split *out, ltrec_error *err);

/* The same of plays that are there already: by pairs or by listeners. */
int split_plays(ltrec_context *ctx, const ltrec_interactions *plays,
                enum split_kind kind, uint32_t folds, uint64_t seed,
                struct split *out, ltrec_error *err);

void split_free(struct split *split);

#endif /* SPLIT_H */
