/*
 * als_rows.h - rows of the factorization, solved
 *
 * How a row is solved depends on its length and the rank alone, and so do its
 * bits, whatever rows are solved beside it and by whichever thread.
 */
#ifndef LTR_CF_ALS_ROWS_H
#define LTR_CF_ALS_ROWS_H

#include "cf/sweep.h"

/*
 * The vectors of that many floats, 512 KiB of them, stay in the second-level
 * cache from one step to the next, with as many that are sent for meanwhile.
 * Rows with more are long.
 */
#define LTR_CACHED_FLOATS ((size_t)1 << 17)

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
    float scale; /* ltr_side.scales, or 1 */
    float *residual, *direction, *image;
    float square; /* of the residual; 0 once that is rounding */
};

/*
 * The row at `place` in the order of the side under way.  `state` has room
 * for residuals, directions and images of `n_rows` rows, and this is number
 * `i` of them: directions are in one array, as are images.
 */
struct ltr_row ltr_row_at(struct ltr_sweep *sweep, size_t place, float *state,
                          size_t n_rows, size_t i);

/* The floats of such a state. */
static inline size_t ltr_rows_state(size_t rank, size_t n_rows)
{
    return 3 * rank * n_rows;
}

/* Weigh n pairs from `first`, as the kernels take them. */
void ltr_row_weigh(const struct ltr_row *row, size_t first, size_t n,
                   float *weights, float *pulls);

/*
 * Conjugate gradient, but for the products.  Before a start the image is the
 * shared part of the matrix times x; ltr_row_start() makes of it the residual
 * less the row's own part, ltr_row_set_out() follows once that was added.
 * Before a step the image is the whole matrix times the direction.
 */
void ltr_row_start(const struct ltr_row *row);
void ltr_row_set_out(struct ltr_row *row);
void ltr_row_step(struct ltr_row *row);

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
