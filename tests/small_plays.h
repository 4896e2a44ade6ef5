/*
 * small_plays.h - a few listeners with two tastes, for tests of factorizing
 */
#ifndef SMALL_PLAYS_H
#define SMALL_PLAYS_H

#include <check.h>

#include <ltrec/ltrec.h>

#include "base/random.h"

#define SMALL_USERS 60
#define SMALL_ITEMS 40
#define SMALL_ROWS 900

struct small_plays {
    size_t n;
    uint64_t users[SMALL_ROWS], items[SMALL_ROWS];
    float counts[SMALL_ROWS];
};

/* Ids far apart and out of order; even listeners like even items. */
static inline void small_plays_draw(struct small_plays *p)
{
    p->n = SMALL_ROWS;
    for (size_t i = 0; i < p->n; i++) {
        uint64_t user = ltr_random_below(3, 0, i, SMALL_USERS);
        uint64_t item = ltr_random_below(3, 1, i, SMALL_ITEMS);

        if (ltr_random_uniform(3, 2, i) < 0.8f)
            item = item / 2 * 2 + user % 2;
        p->users[i] = user * 0x9e3779b97f4a7c15u;
        p->items[i] = 1000 + 7 * item;
        p->counts[i] = 1 + (float)ltr_random_below(3, 3, i, 30);
    }
}

static inline ltrec_interactions *
small_plays_finished(ltrec_context *ctx, const struct small_plays *p)
{
    ltrec_interactions *x;

    ck_assert_int_eq(ltrec_interactions_create(ctx, NULL, &x, NULL), LTREC_OK);
    ck_assert_int_eq(
        ltrec_interactions_add(x, p->n, p->users, p->items, p->counts, NULL),
        LTREC_OK);
    ck_assert_int_eq(ltrec_interactions_finish(x, NULL, NULL, NULL), LTREC_OK);
    return x;
}

#endif /* SMALL_PLAYS_H */
