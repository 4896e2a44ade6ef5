/*
 * als_rows.c - rows of the factorization, solved
 *
 * A row with pairs (v_i, w_i) solves
 *
 *     (alpha0 G + rho I + sum of w_i v_i v_i') x = rho m + sum of pull_i v_i
 *
 * by a few steps of conjugate gradient from the last epoch's x (Hestenes and
 * Stiefel 1952; for this use Takacs, Pilaszy and Tikk 2011).  The matrix is
 * never made: a step multiplies by the shared part, and by the row's own
 * vectors twice.  Those are gathered into one block first, because reading
 * them where they lie, all over memory, would cost more than the arithmetic.
 */
#include "cf/als_rows.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/pool.h"
#include "math/kernels.h"

#define PREFETCH_ROWS 4

/* Below this the residual is rounding. */
#define SMALL 1e-20

/* One row and where it is being solved. */
struct row {
    struct ltr_sweep *sweep;
    size_t n;
    const uint32_t *others;
    const float *counts;
    float *x;
    const float *prior; /* or NULL */
    float rho;
};

/* Scratch for one row. */
struct bench {
    float *residual, *direction, *image; /* [rank] each */
    float *dots, *weights;               /* [gathered_rows] each */
    float *block;                        /* [gathered_rows][rank] */
    size_t held; /* pairs whose vectors are in `block` */
};

/* Rows being solved, their directions and images each in one array. */
struct group {
    size_t n;
    struct row rows[LTR_GROUP];
    struct bench benches[LTR_GROUP];
};

size_t ltr_rows_scratch(size_t rank, size_t gathered_rows)
{
    return LTR_GROUP * (3 * rank + gathered_rows * (2 + rank));
}

/* ---- A row's own part of the matrix ------------------------------------- */

static struct row row_at(struct ltr_sweep *s, size_t place)
{
    const struct ltr_side *side = s->side;
    size_t i = side->order[place], n = ltr_pairs_in_row(side->pairs, i);
    uint64_t start = side->pairs->starts[i];

    return (struct row){
        .sweep = s,
        .n = n,
        .others = side->pairs->others + start,
        .counts = side->pairs->counts + start,
        .x = side->vectors + i * s->rank,
        .prior = side->priors ? side->priors + i * s->rank : NULL,
        .rho = (float)ltr_recipe_rho(&s->recipe, n, s->other->pairs->n),
    };
}

static struct bench bench_of(struct ltr_sweep *s, size_t worker, size_t place)
{
    float *at = s->scratch + worker * s->scratch_floats;
    float *own = at + LTR_GROUP * 3 * s->rank +
                 place * s->gathered_rows * (2 + s->rank);

    return (struct bench){
        .residual = at + place * s->rank,
        .direction = at + (LTR_GROUP + place) * s->rank,
        .image = at + (2 * LTR_GROUP + place) * s->rank,
        .dots = own,
        .weights = own + s->gathered_rows,
        .block = own + 2 * s->gathered_rows,
    };
}

static struct group group_at(struct ltr_sweep *s, size_t at, size_t n,
                             size_t worker)
{
    struct group group = {.n = n};

    for (size_t i = 0; i < group.n; i++) {
        group.rows[i] = row_at(s, at + i);
        group.benches[i] = bench_of(s, worker, i);
    }
    return group;
}

static void prefetch(const float *vector, size_t rank)
{
    for (size_t i = 0; i < rank; i += LTR_ALIGNMENT / sizeof *vector)
        __builtin_prefetch(vector + i);
}

/* Copy the vectors of n pairs from `first` into the block, weights beside. */
static void gather(const struct row *row, size_t first, size_t n,
                   struct bench *b)
{
    const struct ltr_sweep *s = row->sweep;
    const float *vectors = s->other->vectors;
    size_t rank = s->rank;

    if (b->held == row->n && n == row->n)
        return; /* all of the row is there from the step before */
    for (size_t i = 0; i < n; i++) {
        size_t ahead = first + i + PREFETCH_ROWS;

        if (ahead < row->n)
            prefetch(vectors + row->others[ahead] * rank, rank);
        memcpy(b->block + i * rank, vectors + row->others[first + i] * rank,
               rank * sizeof *vectors);
        b->weights[i] =
            (float)ltr_recipe_weight(&s->recipe, row->counts[first + i]);
    }
    b->held = n;
}

/*
 * out += the sum of w_i (v_i.x) v_i over n pairs from `first`; or, at the
 * start, of (pull_i - w_i (v_i.x)) v_i, which is what their residual is.
 */
static void add_pairs(const struct row *row, size_t first, size_t n,
                      const float *x, bool start, struct bench *b, float *out)
{
    const struct ltr_sweep *s = row->sweep;

    for (size_t end = first + n, rows; first < end; first += rows) {
        rows = end - first < s->gathered_rows ? end - first : s->gathered_rows;
        gather(row, first, rows, b);
        s->kernels->dot_rows(b->dots, b->block, rows, x, s->rank);
        for (size_t i = 0; i < rows; i++) {
            float w = b->weights[i];

            b->dots[i] *= w;
            if (start)
                b->dots[i] =
                    (float)ltr_recipe_pull(&s->recipe, (double)w) - b->dots[i];
        }
        s->kernels->add_rows(out, b->block, b->dots, rows, s->rank);
    }
}

/* ---- Long rows ---------------------------------------------------------- */

struct split {
    const struct row *row;
    const float *x;
    bool start;
};

static void sum_piece(void *arg, size_t i, size_t worker)
{
    const struct split *split = arg;
    const struct row *row = split->row;
    struct ltr_sweep *s = row->sweep;
    struct bench b = bench_of(s, worker, 0);
    size_t first = i * LTR_PIECE_PAIRS, left = row->n - first;
    float *sum = s->pieces + i * s->rank;

    memset(sum, 0, s->rank * sizeof *sum);
    add_pairs(row, first, left < LTR_PIECE_PAIRS ? left : LTR_PIECE_PAIRS,
              split->x, split->start, &b, sum);
}

static void add_pieces(const struct row *row, const float *x, bool start,
                       float *out)
{
    struct ltr_sweep *s = row->sweep;
    struct split split = {row, x, start};
    size_t n_pieces = (row->n + LTR_PIECE_PAIRS - 1) / LTR_PIECE_PAIRS;

    ltr_parallel(s->ctx, n_pieces, sum_piece, &split);
    for (size_t i = 0; i < n_pieces; i++)
        for (size_t j = 0; j < s->rank; j++)
            out[j] += s->pieces[i * s->rank + j];
}

/* ---- Conjugate gradient ------------------------------------------------- */

static void add_own(const struct row *row, const float *x, bool start,
                    struct bench *b, float *out)
{
    if (row->n > LTR_LONG_PAIRS)
        add_pieces(row, x, start, out);
    else
        add_pairs(row, 0, row->n, x, start, b, out);
}

/* Images = (alpha0 G + rho I) directions; G is symmetric: its rows add up. */
static void multiply_shared(const struct group *g)
{
    const struct ltr_sweep *s = g->rows[0].sweep;
    float *images = g->benches[0].image;
    const float *directions = g->benches[0].direction;
    size_t rank = s->rank;

    for (size_t m = 0; m < g->n; m++)
        for (size_t i = m * rank; i < (m + 1) * rank; i++)
            images[i] = g->rows[m].rho * directions[i];
    if (g->n == LTR_GROUP) {
        s->kernels->add_rows_4(images, s->shared, directions, rank, rank);
        return;
    }
    for (size_t m = 0; m < g->n; m++)
        s->kernels->add_rows(images + m * rank, s->shared,
                             directions + m * rank, rank, rank);
}

/* residual = right-hand side - matrix * x; returns its square. */
static float begin(const struct row *row, struct bench *b)
{
    const struct ltr_sweep *s = row->sweep;
    float *r = b->residual;

    for (size_t i = 0; i < s->rank; i++)
        r[i] = (row->prior ? row->rho * row->prior[i] : 0) - b->image[i];
    add_own(row, row->x, true, b, r);
    memcpy(b->direction, r, s->rank * sizeof *r);
    return s->kernels->dot(r, r, s->rank);
}

/* One step of a row whose residual has this square; returns the next. */
static float step(const struct row *row, struct bench *b, float square)
{
    const struct ltr_sweep *s = row->sweep;
    float *r = b->residual, *p = b->direction, *q = b->image;
    float curvature, length, next;

    add_own(row, p, false, b, q);
    curvature = s->kernels->dot(p, q, s->rank);
    if (curvature <= 0)
        return 0; /* nothing left but rounding; NaN goes on and shows */
    length = square / curvature;
    for (size_t i = 0; i < s->rank; i++) {
        row->x[i] += length * p[i];
        r[i] -= length * q[i];
    }
    next = s->kernels->dot(r, r, s->rank);
    for (size_t i = 0; i < s->rank; i++)
        p[i] = r[i] + next / square * p[i];
    return next;
}

/* Four rows in step, so that the shared matrix is read once for all. */
static void solve_by_steps(struct group *g)
{
    struct ltr_sweep *s = g->rows[0].sweep;
    float squares[LTR_GROUP];

    for (size_t m = 0; m < g->n; m++)
        memcpy(g->benches[m].direction, g->rows[m].x, s->rank * sizeof(float));
    multiply_shared(g);
    for (size_t m = 0; m < g->n; m++)
        squares[m] = begin(&g->rows[m], &g->benches[m]);
    for (size_t i = 0; i < s->n_steps; i++) {
        multiply_shared(g);
        for (size_t m = 0; m < g->n; m++)
            if (squares[m] > (float)SMALL)
                squares[m] = step(&g->rows[m], &g->benches[m], squares[m]);
    }
    for (size_t m = 0; m < g->n; m++)
        if (!isfinite(squares[m]))
            atomic_fetch_add(&s->unsolved, 1);
}

/* ---- Exactly ------------------------------------------------------------ */

static void solve_exactly(const struct row *row, size_t worker)
{
    struct ltr_sweep *s = row->sweep;
    size_t rank = s->rank;
    struct ltr_exact e = {rank, s->exact + worker * (rank + 1) * rank, NULL};

    e.b = e.a + rank * rank;
    ltr_exact_begin(&e, s->gram.total, s->recipe.alpha0, (double)row->rho,
                    row->prior);
    for (size_t i = 0; i < row->n; i++) {
        double w = ltr_recipe_weight(&s->recipe, row->counts[i]);

        ltr_exact_add(&e, s->other->vectors + row->others[i] * rank, w,
                      ltr_recipe_pull(&s->recipe, w));
    }
    if (ltr_exact_solve(&e, row->x) != 0)
        atomic_fetch_add(&s->unsolved, 1);
}

void ltr_rows_solve(struct ltr_sweep *sweep, size_t at, size_t n,
                    size_t worker)
{
    struct group group = group_at(sweep, at, n, worker);

    if (sweep->n_steps > 0)
        solve_by_steps(&group);
    for (size_t m = 0; m < group.n && sweep->n_steps == 0; m++)
        solve_exactly(&group.rows[m], worker);
}
