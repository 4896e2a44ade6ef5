/*
 * listeners.h - the listeners an evaluation is about, and what they played
 *
 * Items are those of the training table, by number.  Each listener has a row
 * of what was played before, which no list made for them may hold, and a row
 * of what was played after, which it should.
 */
#ifndef LISTENERS_H
#define LISTENERS_H

#include <ltrec/interactions.h>

#include "tool.h"

/* Rows of items, one after the other. */
struct rows {
    uint64_t *offsets; /* [n + 1] */
    uint32_t *items;   /* ascending in each row */
    float *counts;     /* beside them */
    size_t n, n_items;
    size_t offsets_capacity, items_capacity, counts_capacity;
};

struct listeners {
    size_t n;
    uint64_t *ids;
    size_t ids_capacity;
    struct rows before, after;
    size_t unknown_users; /* in the test table, but not where they should be */
    size_t unknown_pairs; /* whose item was not trained on */
};

/*
 * The listeners of `test` who are in `known` too: the training table, or for
 * listeners who were held out the table to fold them in from.  They come in
 * the order of their ids.  LTREC_ERR_ARGUMENT when there is none.
 */
int listeners_find(const ltrec_interactions *train,
                   const ltrec_interactions *known,
                   const ltrec_interactions *test, struct listeners *out,
                   ltrec_error *err);

void listeners_free(struct listeners *listeners);

#endif /* LISTENERS_H */
