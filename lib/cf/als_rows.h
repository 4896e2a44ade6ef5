/*
 * als_rows.h - rows of the factorization, solved
 *
 * How a row is solved depends on its length and the rank alone, and so do its
 * bits, whatever rows are solved beside it and by whichever thread.
 */
#ifndef LTR_CF_ALS_ROWS_H
#define LTR_CF_ALS_ROWS_H

#include <stdbool.h>

#include "cf/sweep.h"

/*
 * The vectors of that many floats, 1 MiB of them, stay in a second-level cache
 * of 2 MiB from one step to the next, with those that are sent for meanwhile.
 * Rows with more are long.
 */
#define LTR_CACHED_FLOATS ((size_t)1 << 18)

/*
 * Rows with more pairs than LTR_SPLIT_PAIRS, so many that one thread would
 * work on one while the others wait, are split into pieces of a fixed length,
 * whose sums are added in order.
 */
#define LTR_PIECE_PAIRS ((size_t)1024)
#define LTR_SPLIT_PAIRS (64 * LTR_PIECE_PAIRS)

/* One row and where it is being solved. */
struct ltr_row {
    struct ltr_sweep *sweep;
    size_t n;
    const uint32_t *others; /* [n] */
    const float *counts;    /* [n] */
    float *x;               /* [rank], as all that follow */
    const float *prior;     /* or NULL */
    float rho;
    float scale;  /* ltr_side.scales, or 1 */
    float weight; /* of all pairs together, once they were weighed */
    float *residual, *direction, *image;
    float *inverse; /* of what is typical for such a row: the preconditioner */
    float descent;  /* residual . preconditioned residual; 0: it is rounding */
};

/*
 * The row at `place` in the order of the side under way.  `state` has room
 * for what `n_rows` rows are solved with, and this is number `i` of them: all
 * their residuals are in one array, as are directions and images.
 */
struct ltr_row ltr_row_at(struct ltr_sweep *sweep, size_t place, float *state,
                          size_t n_rows, size_t i);

/* The regularisation of a row of the side under way. */
double ltr_row_rho(const struct ltr_sweep *sweep, size_t row);

/* The floats of such a state. */
static inline size_t ltr_rows_state(size_t rank, size_t n_rows)
{
    return 4 * rank * n_rows;
}

/* Weigh n pairs from `first`, as the kernels take them; returns the sum. */
float ltr_row_weigh(const struct ltr_row *row, size_t first, size_t n,
                    float *weights, float *pulls);

/*
 * Conjugate gradient, but for the rows' own products.
 *
 * ltr_row_start() makes of the residual what it is but for the row's own part,
 * which is added after, when the weight of all pairs is found too.
 * ltr_row_turn() finds a direction, and of its image the part that rows share;
 * `first` before the first step.  A row whose descent is 0 then is done.  Once
 * a row's own part was added to its image it takes the step.  The last one
 * needs but the product of direction and image, and `own` is what the row
 * itself has of it.
 */
void ltr_row_start(struct ltr_row *row);
void ltr_row_turn(struct ltr_row *row, bool first);
void ltr_row_step(const struct ltr_row *row);
void ltr_row_step_last(const struct ltr_row *row, float own);

/* Counts the row as unsolved where its numbers went wrong. */
void ltr_row_finish(const struct ltr_row *row);

/* ---- In als_short.c ----------------------------------------------------- */

/* The floats of scratch that a worker needs. */
size_t ltr_short_scratch(size_t rank, size_t most_pairs);

/* Solve the rows from place `at` to `end`, none long, or exactly any. */
void ltr_short_solve(struct ltr_sweep *sweep, size_t at, size_t end,
                     size_t worker);

/* ---- In als_long.c ------------------------------------------------------ */

/* Long rows that one worker solves in step, at most. */
#define LTR_MOST_IN_STEP ((size_t)256)

size_t ltr_long_scratch(size_t rank);

/* Every `stride`th row from place `at` to `end`, LTR_MOST_IN_STEP at most. */
void ltr_long_solve(struct ltr_sweep *sweep, size_t at, size_t end,
                    size_t stride, size_t worker);

/* The row at `place`, by the calling thread with the help of all. */
void ltr_split_solve(struct ltr_sweep *sweep, size_t place);

#endif /* LTR_CF_ALS_ROWS_H */
