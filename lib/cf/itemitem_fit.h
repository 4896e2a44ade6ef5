/*
 * itemitem_fit.h - a fit on its way: co-occurrences, candidates, weights
 */
#ifndef LTR_CF_ITEMITEM_FIT_H
#define LTR_CF_ITEMITEM_FIT_H

#include "base/steps.h"
#include "cf/interactions.h"
#include "cf/itemitem.h"

/* Touches between two reports of progress: some 20 ms of work. */
#define LTR_ITEMITEM_BLOCK ((uint64_t)1 << 23)

/* What one worker needs. */
struct ltr_itemitem_bench {
    double *sums;      /* [n]; 0 between rows */
    uint32_t *touched; /* [n], the items whose sums are not 0 */
    float *scores;     /* [most], for choosing the best */
    uint64_t *best;
    double *a; /* [candidates][candidates] */
    double *b; /* [candidates] */
};

struct ltr_itemitem_fit {
    ltrec_context *ctx;
    const ltrec_interactions *plays;
    ltrec_itemitem_options o;
    size_t n;           /* items */
    float *user_values; /* [n_pairs] X by listener, or NULL: all 1 */
    float *item_values; /* the same by item */
    double *diagonal;   /* [n] of G */
    uint64_t *touches;  /* [n] products that a row of G takes */

    uint32_t *candidates; /* [n][o.candidates], ascending */
    uint32_t *n_candidates;
    uint32_t *kept; /* [n][o.neighbours], ascending: who speaks for an item */
    float *weights;
    uint32_t *n_kept; /* LTR_ITEMITEM_SINGULAR when there was no answer */

    struct ltr_itemitem_bench *benches; /* one a worker */
    struct ltr_steps steps;
};

#define LTR_ITEMITEM_SINGULAR UINT32_MAX

/* X, where it is not all ones; LTREC_ERR_MEMORY. */
int ltr_itemitem_values(struct ltr_itemitem_fit *fit);

/* The diagonal of G, and what each of its rows costs. */
void ltr_itemitem_measure(struct ltr_itemitem_fit *fit);

/*
 * Row `item` of G into the bench's sums; returns how many are not 0.  To be
 * cleared before the next.
 */
size_t ltr_itemitem_row_of(const struct ltr_itemitem_fit *fit, size_t item,
                           struct ltr_itemitem_bench *bench);
void ltr_itemitem_clear(struct ltr_itemitem_bench *bench, size_t n_touched);

/*
 * The values of the `n_best` in bench->best, which are places in `values` or
 * items, become the answer of `item`, ascending.
 */
void ltr_itemitem_keep(struct ltr_itemitem_fit *fit, size_t item, size_t n,
                       const uint32_t *items, const double *values,
                       struct ltr_itemitem_bench *bench);

/* From candidates to weights: the equations of all items, in passes. */
int ltr_itemitem_solve(struct ltr_itemitem_fit *fit, ltrec_error *err);

/* What ltr_itemitem_solve() will take of fit->steps. */
uint64_t ltr_itemitem_solve_steps(const struct ltr_itemitem_fit *fit);

#endif /* LTR_CF_ITEMITEM_FIT_H */
