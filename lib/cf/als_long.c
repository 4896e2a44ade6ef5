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
    size_t done[LTR_MOST_IN_STEP]; /* pairs, in the pass under way */
    float own[LTR_MOST_IN_STEP];   /* of a last step; ltr_row_step_last() */
    float *weights;                /* [2][LTR_PIECE_PAIRS], and pulls */
};

/* What a pass over the pairs of a row is for. */
enum pass {
    START,
    STEP,
    LAST
};

size_t ltr_long_scratch(size_t rank)
{
    return ltr_rows_state(rank, LTR_MOST_IN_STEP) + 2 * LTR_PIECE_PAIRS;
}

/* ---- Products ----------------------------------------------------------- */

/* The pass over at most LTR_PIECE_PAIRS pairs from `first`; their weight. */
static float add_piece(const struct ltr_row *row, size_t first, size_t n,
                       enum pass pass, float *weights, float *out)
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
    float weight = ltr_row_weigh(row, first, n, weights, pulls);

    if (pass == LAST)
        *out = s->normal->square(*out, &pairs, row->direction);
    else if (pass == STEP)
        s->normal->apply(out, &pairs, row->direction, NULL);
    else
        s->normal->apply(out, &pairs, row->x, pulls);
    return weight;
}

/* A row's pairs with vectors below number `end`. */
static void add_tile(struct batch *b, size_t m, size_t end, enum pass pass)
{
    struct ltr_row *row = &b->rows[m];
    float *out = pass == START  ? row->residual
                 : pass == STEP ? row->image
                                : &b->own[m];
    size_t first = b->done[m], last = first;

    while (last < row->n && row->others[last] < end)
        last++;
    b->done[m] = last;
    for (size_t n; first < last; first += n) {
        float weight;

        n = last - first < LTR_PIECE_PAIRS ? last - first : LTR_PIECE_PAIRS;
        weight = add_piece(row, first, n, pass, b->weights, out);
        row->weight += pass == START ? weight : 0;
    }
}

static void add_own(struct batch *b, enum pass pass)
{
    size_t tile = LTR_CACHED_FLOATS / b->sweep->rank;
    size_t n = b->sweep->other->pairs->n;

    memset(b->done, 0, b->n * sizeof b->done[0]);
    memset(b->own, 0, b->n * sizeof b->own[0]);
    for (size_t end = tile; end < n + tile; end += tile)
        for (size_t m = 0; m < b->n; m++)
            if (pass == START || b->rows[m].descent != 0)
                add_tile(b, m, end, pass);
}

/* ---- In step ------------------------------------------------------------ */

static enum pass pass_of(const struct ltr_sweep *s, size_t step)
{
    return step + 1 == s->n_steps ? LAST : STEP;
}

static void step_all(const struct batch *b, enum pass pass)
{
    for (size_t m = 0; m < b->n; m++) {
        const struct ltr_row *row = &b->rows[m];

        if (row->descent != 0 && pass == LAST)
            ltr_row_step_last(row, b->own[m]);
        else if (row->descent != 0)
            ltr_row_step(row);
    }
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
        ltr_row_start(&b.rows[m]);
    }
    add_own(&b, START);
    for (size_t i = 0; i < sweep->n_steps; i++) {
        for (size_t m = 0; m < n; m++)
            if (i == 0 || b.rows[m].descent != 0)
                ltr_row_turn(&b.rows[m], i == 0);
        add_own(&b, pass_of(sweep, i));
        step_all(&b, pass_of(sweep, i));
    }
    for (size_t m = 0; m < n; m++)
        ltr_row_finish(&b.rows[m]);
}

/* ---- Split among threads ------------------------------------------------ */

struct split {
    const struct ltr_row *row;
    enum pass pass;
};

/* A number for a last step, otherwise a vector. */
static size_t piece_floats(const struct split *split)
{
    return split->pass == LAST ? 1 : split->row->sweep->rank;
}

static void sum_piece(void *arg, size_t i, size_t worker)
{
    const struct split *split = arg;
    const struct ltr_row *row = split->row;
    struct ltr_sweep *s = row->sweep;
    float *weights = s->scratch + worker * s->scratch_floats +
                     ltr_rows_state(s->rank, LTR_MOST_IN_STEP);
    size_t first = i * LTR_PIECE_PAIRS, left = row->n - first;
    float *sum = s->pieces + i * piece_floats(split);

    memset(sum, 0, piece_floats(split) * sizeof *sum);
    add_piece(row, first, left < LTR_PIECE_PAIRS ? left : LTR_PIECE_PAIRS,
              split->pass, weights, sum);
}

static void add_pieces(const struct ltr_row *row, enum pass pass, float *out)
{
    struct ltr_sweep *s = row->sweep;
    struct split split = {row, pass};
    size_t n_pieces = (row->n + LTR_PIECE_PAIRS - 1) / LTR_PIECE_PAIRS;
    size_t floats = piece_floats(&split);

    ltr_parallel(s->ctx, n_pieces, sum_piece, &split);
    for (size_t i = 0; i < n_pieces; i++)
        for (size_t j = 0; j < floats; j++)
            out[j] += s->pieces[i * floats + j];
}

/* The weight of all pairs; next to the passes over them this is nothing. */
static float weigh_all(const struct ltr_row *row)
{
    struct ltr_sweep *s = row->sweep;
    float *weights = s->scratch + ltr_rows_state(s->rank, LTR_MOST_IN_STEP);
    double sum = 0;

    for (size_t first = 0; first < row->n; first += LTR_PIECE_PAIRS) {
        size_t left = row->n - first;

        sum += (double)ltr_row_weigh(
            row, first, left < LTR_PIECE_PAIRS ? left : LTR_PIECE_PAIRS,
            weights, weights + LTR_PIECE_PAIRS);
    }
    return (float)sum;
}

void ltr_split_solve(struct ltr_sweep *sweep, size_t place)
{
    struct ltr_row row = ltr_row_at(sweep, place, sweep->scratch, 1, 0);
    float own = 0;

    ltr_row_start(&row);
    add_pieces(&row, START, row.residual);
    row.weight = weigh_all(&row);
    for (size_t i = 0; i < sweep->n_steps; i++) {
        ltr_row_turn(&row, i == 0);
        if (row.descent == 0)
            break;
        if (pass_of(sweep, i) == LAST) {
            add_pieces(&row, LAST, &own);
            ltr_row_step_last(&row, own);
        } else {
            add_pieces(&row, STEP, row.image);
            ltr_row_step(&row);
        }
    }
    ltr_row_finish(&row);
}
