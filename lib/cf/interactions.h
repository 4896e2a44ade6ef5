/*
 * interactions.h - inside the interactions
 */
#ifndef LTR_CF_INTERACTIONS_H
#define LTR_CF_INTERACTIONS_H

#include <stdbool.h>

#include <ltrec/interactions.h>

#include "math/idmap.h"

struct ltr_reader;

/* The pairs as one side sees them: rows of the numbers of the other side. */
struct ltr_pairs {
    size_t n;               /* rows */
    const uint64_t *ids;    /* [n], ascending */
    const uint64_t *starts; /* [n + 1]; row i is starts[i] to starts[i + 1] */
    const uint32_t *others; /* ascending within a row */
    const float *counts;    /* above 0; of dislikes merged in, below */
};

/* Ids, numbered as they come. */
struct ltr_ids {
    uint64_t *ids; /* [count], of [capacity] */
    size_t count, capacity;
    struct ltr_idmap rows;
};

/* What was added and not yet sorted. */
struct ltr_pending {
    struct ltr_ids users, items;
    uint32_t *row_users; /* [n], of [capacity], numbered as above */
    uint32_t *row_items;
    float *counts;
    size_t n, capacity;
};

struct ltrec_interactions {
    ltrec_context *ctx;
    bool finished;
    struct ltr_pending pending;
    size_t n_pairs;
    struct ltr_pairs by_user, by_item;
    struct ltr_reader *reader; /* holds by_user when that was loaded */
};

static inline size_t ltr_pairs_in_row(const struct ltr_pairs *pairs,
                                      size_t row)
{
    return (size_t)(pairs->starts[row + 1] - pairs->starts[row]);
}

/* Free the arrays of a side. */
void ltr_pairs_free(ltrec_context *ctx, struct ltr_pairs *pairs);

/*
 * Sort and add up what is pending into `by_user` and `by_item`, whose arrays
 * are then the caller's; two of them are taken out of `pending`.  On failure
 * there is nothing to free, and the rows are still pending.
 */
int ltr_pairs_build(ltrec_context *ctx, struct ltr_pending *pending,
                    struct ltr_pairs *by_user, struct ltr_pairs *by_item,
                    ltrec_progress progress, void *user, ltrec_error *err);

/*
 * Add up pending rows that name the same pair, as far as that cannot change
 * what ltr_pairs_build() makes of them.  LTREC_ERR_MEMORY: nothing was done.
 */
int ltr_pairs_compact(ltrec_context *ctx, struct ltr_pending *pending);

/* Turn rows into columns: all but `ids` of a side, from the other one. */
int ltr_pairs_transpose(ltrec_context *ctx, const struct ltr_pairs *from,
                        size_t n, struct ltr_pairs *to, ltrec_error *err);

/* Interactions with nothing in them; NULL when memory is short. */
ltrec_interactions *ltr_interactions_empty(ltrec_context *ctx);

/* ltrec_interactions_load() of bytes that must outlive the result. */
int ltr_interactions_parse(ltrec_context *ctx, const void *bytes, size_t size,
                           ltrec_interactions **out, ltrec_error *err);

#endif /* LTR_CF_INTERACTIONS_H */
