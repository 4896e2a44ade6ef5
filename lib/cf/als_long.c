/*
 * als_long.c - rows of the factorization with many pairs
 *
 * No cache holds the vectors of such a row, and every step would fetch them
 * again.  But many long rows have many vectors in common: solved in step with
 * each other they all use one tile of vectors, then all use the next.  Pairs
 * lie in the order of their vectors, so that this changes no sum.
 */
#include "cf/als_rows.h"

#include <string.h>

#include "base/pool.h"
#include "math/normal.h"

struct batch {
    struct ltr_sweep *sweep;
    size_t n;
    struct ltr_row rows[LTR_MOST_IN_STEP];
    float rhos[LTR_MOST_IN_STEP];
    size_t done[LTR_MOST_IN_STEP]; /* pairs, in the pass under way */
    float *weights;                /* [2][LTR_PIECE_PAIRS], and pulls */
};

size_t ltr_long_scratch(size_t rank)
{
    return ltr_rows_state(rank, LTR_MOST_IN_STEP) + 2 * LTR_PIECE_PAIRS;
}

/* ---- Products ----------------------------------------------------------- */

/* At most LTR_PIECE_PAIRS pairs from `first`, as add_own() does. */
static void add_piece(const struct ltr_row *row, size_t first, size_t n,
                      const float *x, bool start, float *weights, float *out)
{
    const struct ltr_sweep *s = row->sweep;
    float *pulls = weights + LTR_PIECE_PAIRS;
    struct ltr_normal_rows pairs = {
        .vectors = s->other->vectors,
        .dim = s->rank,
        .rows = row->others + first,
        .weights = weights,
        .n = n,
    };

    ltr_row_weigh(row, first, n, weights, pulls);
    s->normal->apply(out, &pairs, x, start ? pulls : NULL);
}

/* A row's pairs with vectors below number `end`. */
static void add_tile(struct batch *b, size_t m, size_t end, bool start)
{
    const struct ltr_row *row = &b->rows[m];
    float *out = start ? row->residual : row->image;
    const float *x = start ? row->x : row->direction;
    size_t first = b->done[m], last = first;

    while (last < row->n && row->others[last] < end)
        last++;
    b->done[m] = last;
    for (size_t n; first < last; first += n) {
        n = last - first < LTR_PIECE_PAIRS ? last - first : LTR_PIECE_PAIRS;
        add_piece(row, first, n, x, start, b->weights, out);
    }
}

/* The rows' own matrices times their directions, added to their images. */
static void add_own(struct batch *b, bool start)
{
    size_t tile = LTR_CACHED_FLOATS / b->sweep->rank;
    size_t n = b->sweep->other->pairs->n;

    memset(b->done, 0, b->n * sizeof b->done[0]);
    for (size_t end = tile; end < n + tile; end += tile)
        for (size_t m = 0; m < b->n; m++)
            if (start || b->rows[m].square != 0)
                add_tile(b, m, end, start);
}

/* Images = (alpha0 G + rho I) directions. */
static void share(const struct batch *b)
{
    const struct ltr_sweep *s = b->sweep;

    s->normal->share(b->rows[0].image, s->shared, b->rhos,
                     b->rows[0].direction, b->n, s->rank);
}

/* ---- In step ------------------------------------------------------------ */

static void start_all(struct batch *b)
{
    size_t bytes = b->sweep->rank * sizeof(float);

    for (size_t m = 0; m < b->n; m++)
        memcpy(b->rows[m].direction, b->rows[m].x, bytes);
    share(b);
    for (size_t m = 0; m < b->n; m++)
        ltr_row_start(&b->rows[m]);
}

static void step_all(struct batch *b)
{
    for (size_t m = 0; m < b->n; m++)
        if (b->rows[m].square != 0)
            ltr_row_step(&b->rows[m]);
}

void ltr_long_solve(struct ltr_sweep *sweep, size_t at, size_t end,
                    size_t stride, size_t worker)
{
    float *scratch = sweep->scratch + worker * sweep->scratch_floats;
    size_t n = (end - at + stride - 1) / stride;
    struct batch b = {.sweep = sweep, .n = n};

    b.weights = scratch + ltr_rows_state(sweep->rank, LTR_MOST_IN_STEP);
    for (size_t m = 0; m < n; m++) {
        b.rows[m] = ltr_row_at(sweep, at + m * stride, scratch, n, m);
        b.rhos[m] = b.rows[m].rho;
    }
    start_all(&b);
    add_own(&b, true);
    for (size_t m = 0; m < n; m++)
        ltr_row_set_out(&b.rows[m]);
    for (size_t i = 0; i < sweep->n_steps; i++) {
        share(&b);
        add_own(&b, false);
        step_all(&b);
    }
    for (size_t m = 0; m < n; m++)
        ltr_row_finish(&b.rows[m]);
}

/* ---- Split among threads ------------------------------------------------ */

struct split {
    const struct ltr_row *row;
    bool start;
};

static void sum_piece(void *arg, size_t i, size_t worker)
{
    const struct split *split = arg;
    const struct ltr_row *row = split->row;
    struct ltr_sweep *s = row->sweep;
    float *weights = s->scratch + worker * s->scratch_floats +
                     ltr_rows_state(s->rank, LTR_MOST_IN_STEP);
    size_t first = i * LTR_PIECE_PAIRS, left = row->n - first;
    float *sum = s->pieces + i * s->rank;

    memset(sum, 0, s->rank * sizeof *sum);
    add_piece(row, first, left < LTR_PIECE_PAIRS ? left : LTR_PIECE_PAIRS,
              split->start ? row->x : row->direction, split->start, weights,
              sum);
}

static void add_pieces(const struct ltr_row *row, bool start, float *out)
{
    struct ltr_sweep *s = row->sweep;
    struct split split = {row, start};
    size_t n_pieces = (row->n + LTR_PIECE_PAIRS - 1) / LTR_PIECE_PAIRS;

    ltr_parallel(s->ctx, n_pieces, sum_piece, &split);
    for (size_t i = 0; i < n_pieces; i++)
        for (size_t j = 0; j < s->rank; j++)
            out[j] += s->pieces[i * s->rank + j];
}

void ltr_split_solve(struct ltr_sweep *sweep, size_t place)
{
    struct batch b = {.sweep = sweep, .n = 1};
    struct ltr_row *row = &b.rows[0];

    *row = ltr_row_at(sweep, place, sweep->scratch, 1, 0);
    b.rhos[0] = row->rho;
    start_all(&b);
    add_pieces(row, true, row->residual);
    ltr_row_set_out(row);
    for (size_t i = 0; i < sweep->n_steps && row->square != 0; i++) {
        share(&b);
        add_pieces(row, false, row->image);
        ltr_row_step(row);
    }
    ltr_row_finish(row);
}
