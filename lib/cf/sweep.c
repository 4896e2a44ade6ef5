/*
 * sweep.c - one side of the factorization solved, the other held still
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
 *
 * Rows are handed out with the most pairs first.  A row so long that one
 * thread would work on it while the others wait is split into pieces of a
 * fixed length instead, whose sums are added in order: whether a row is split
 * depends on the row alone, and so do its bits.
 */
#include "cf/sweep.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/fpu.h"
#include "base/pool.h"
#include "math/gemm.h"
#include "math/kernels.h"
#include "math/sort.h"

#define PIECE_PAIRS ((size_t)1024)
#define LONG_PAIRS (16 * PIECE_PAIRS)
#define GROUP 4      /* short rows solved in step with each other */
#define TASK_ROWS 16 /* short rows a task, whole groups */

/* Work between two reports of progress: well below 100 ms of one core. */
#define ROUND_FLOPS 2e8

/* A block of vectors is at most 1 MiB, to stay in the second-level cache. */
#define GATHERED_FLOATS ((size_t)1 << 18)
#define PREFETCH_ROWS 4

/* The widest registers hold this many floats. */
#define LANES 16

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
    struct row rows[GROUP];
    struct bench benches[GROUP];
};

/* ---- Life cycle --------------------------------------------------------- */

static size_t longest(const struct ltr_pairs *pairs)
{
    size_t most = 0;

    for (size_t row = 0; row < pairs->n; row++)
        if (ltr_pairs_in_row(pairs, row) > most)
            most = ltr_pairs_in_row(pairs, row);
    return most;
}

size_t ltr_sweep_width(size_t rank)
{
    return (rank + LANES - 1) / LANES * LANES;
}

static size_t scratch_rows(size_t rank, size_t most_pairs)
{
    size_t rows = GATHERED_FLOATS / rank;

    rows = rows < PIECE_PAIRS ? PIECE_PAIRS : rows;
    return rows < most_pairs ? rows : most_pairs;
}

int ltr_sweep_init(ltrec_context *ctx, const ltrec_factorize_options *options,
                   const struct ltr_pairs *users,
                   const struct ltr_pairs *items, struct ltr_sweep *sweep)
{
    size_t rank = ltr_sweep_width(options->rank), workers = ltr_workers(ctx);
    size_t most = longest(users), most_of_items = longest(items);
    int exact = options->solver == LTREC_SOLVER_CHOLESKY;

    most = most > most_of_items ? most : most_of_items;
    *sweep = (struct ltr_sweep){
        .ctx = ctx,
        .kernels = ltr_kernels_for(ctx->cpu),
        .recipe = ltr_recipe_of(options),
        .rank = rank,
        .n_steps = exact ? 0 : options->cg_steps,
        .gathered_rows = scratch_rows(rank, most),
    };
    atomic_init(&sweep->unsolved, 0);
    sweep->scratch_floats =
        GROUP * (3 * rank + sweep->gathered_rows * (2 + rank));
    sweep->shared = ltr_alloc(ctx, rank * rank, sizeof *sweep->shared);
    sweep->scratch =
        ltr_alloc(ctx, workers * sweep->scratch_floats, sizeof(float));
    sweep->pieces =
        ltr_alloc(ctx, (most / PIECE_PAIRS + 1) * rank, sizeof(float));
    sweep->exact = exact ? ltr_alloc(ctx, workers * (rank + 1) * rank,
                                     sizeof *sweep->exact)
                         : NULL;
    if (ltr_gram_init(ctx, rank, &sweep->gram) == LTREC_OK && sweep->shared &&
        sweep->scratch && sweep->pieces && (sweep->exact || !exact))
        return LTREC_OK;
    ltr_sweep_free(sweep);
    return LTREC_ERR_MEMORY;
}

void ltr_sweep_free(struct ltr_sweep *sweep)
{
    if (!sweep->ctx)
        return;
    ltr_gram_free(&sweep->gram);
    ltr_free(sweep->ctx, sweep->shared);
    ltr_free(sweep->ctx, sweep->scratch);
    ltr_free(sweep->ctx, sweep->pieces);
    ltr_free(sweep->ctx, sweep->exact);
    sweep->ctx = NULL;
}

int ltr_side_sort(ltrec_context *ctx, struct ltr_side *side)
{
    size_t n = side->pairs->n;
    uint64_t *keys = ltr_alloc(ctx, n, sizeof *keys);

    side->order = ltr_alloc(ctx, n, sizeof *side->order);
    if (!keys || !side->order) {
        ltr_free(ctx, keys);
        return LTREC_ERR_MEMORY;
    }
    for (size_t row = 0; row < n; row++) {
        size_t pairs = ltr_pairs_in_row(side->pairs, row);

        keys[row] = (UINT32_MAX - (uint64_t)pairs) << 32 | row;
        side->n_long += pairs > LONG_PAIRS;
    }
    ltr_sort_in_place(keys, n);
    for (size_t i = 0; i < n; i++)
        side->order[i] = (uint32_t)keys[i];
    ltr_free(ctx, keys);
    return LTREC_OK;
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
    float *own =
        at + GROUP * 3 * s->rank + place * s->gathered_rows * (2 + s->rank);

    return (struct bench){
        .residual = at + place * s->rank,
        .direction = at + (GROUP + place) * s->rank,
        .image = at + (2 * GROUP + place) * s->rank,
        .dots = own,
        .weights = own + s->gathered_rows,
        .block = own + 2 * s->gathered_rows,
    };
}

/* Up to `n` rows from a place in the order. */
static struct group group_at(struct ltr_sweep *s, size_t at, size_t n,
                             size_t worker)
{
    struct group group = {.n = n < GROUP ? n : GROUP};

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
    size_t first = i * PIECE_PAIRS, left = row->n - first;
    float *sum = s->pieces + i * s->rank;

    memset(sum, 0, s->rank * sizeof *sum);
    add_pairs(row, first, left < PIECE_PAIRS ? left : PIECE_PAIRS, split->x,
              split->start, &b, sum);
}

static void add_pieces(const struct row *row, const float *x, bool start,
                       float *out)
{
    struct ltr_sweep *s = row->sweep;
    struct split split = {row, x, start};
    size_t n_pieces = (row->n + PIECE_PAIRS - 1) / PIECE_PAIRS;

    ltr_parallel(s->ctx, n_pieces, sum_piece, &split);
    for (size_t i = 0; i < n_pieces; i++)
        for (size_t j = 0; j < s->rank; j++)
            out[j] += s->pieces[i * s->rank + j];
}

/* ---- Conjugate gradient ------------------------------------------------- */

static void add_own(const struct row *row, const float *x, bool start,
                    struct bench *b, float *out)
{
    if (row->n > LONG_PAIRS)
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
    if (g->n == GROUP) {
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
    float squares[GROUP];

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

/* ---- A half ------------------------------------------------------------- */

static void solve_task(void *arg, size_t i, size_t worker)
{
    struct ltr_sweep *s = arg;
    size_t at = s->first + i * TASK_ROWS, left = s->side->pairs->n - at;
    size_t end = at + (left < TASK_ROWS ? left : TASK_ROWS);

    while (at < end) {
        struct group group = group_at(s, at, end - at, worker);

        if (s->n_steps > 0)
            solve_by_steps(&group);
        for (size_t m = 0; m < group.n && s->n_steps == 0; m++)
            solve_exactly(&group.rows[m], worker);
        at += group.n;
    }
}

static int solve_long(struct ltr_sweep *s, struct ltr_steps *steps)
{
    int status = LTREC_OK;

    for (size_t at = 0; at < s->side->n_long && status == LTREC_OK; at++) {
        ltr_fpu saved = ltr_flush_begin();
        struct group group = group_at(s, at, 1, 0);

        solve_by_steps(&group);
        ltr_flush_end(saved);
        status = ltr_steps_take(steps, group.rows[0].n + 1);
    }
    return status;
}

static double flops_of(const struct ltr_sweep *s, size_t n)
{
    double k = (double)s->rank, pairs = (double)n;

    return s->n_steps > 0 ? (double)(s->n_steps + 1) * (4 * pairs + 2 * k) * k
                          : (2 * pairs + k) * k * k;
}

static int solve_short(struct ltr_sweep *s, size_t at, struct ltr_steps *steps)
{
    const struct ltr_side *side = s->side;
    int status = LTREC_OK;

    while (at < side->pairs->n && status == LTREC_OK) {
        size_t end = at, pairs = 0;
        double flops = 0;

        while (end < side->pairs->n && flops < ROUND_FLOPS) {
            size_t n = ltr_pairs_in_row(side->pairs, side->order[end++]);

            pairs += n;
            flops += flops_of(s, n);
        }
        /* Whole tasks, but for the last, so that none overlaps the next. */
        while (end < side->pairs->n && (end - at) % TASK_ROWS != 0)
            pairs += ltr_pairs_in_row(side->pairs, side->order[end++]);
        s->first = at;
        ltr_parallel(s->ctx, (end - at + TASK_ROWS - 1) / TASK_ROWS,
                     solve_task, s);
        status = ltr_steps_take(steps, pairs + end - at);
        at = end;
    }
    return status;
}

uint64_t ltr_sweep_steps(const struct ltr_pairs *side,
                         const struct ltr_pairs *other)
{
    return side->starts[side->n] + side->n + other->n;
}

static int check_numbers(struct ltr_sweep *s, ltrec_error *err)
{
    double trace = 0;

    for (size_t i = 0; i < s->rank; i++)
        trace += s->gram.total[i * s->rank + i];
    if (!isfinite(trace) || !isfinite((float)(s->recipe.alpha0 * trace)))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "factorize: the factors overflow; smaller counts, "
                        "log confidence or a larger lambda would help");
    return LTREC_OK;
}

int ltr_sweep_run(struct ltr_sweep *sweep, const struct ltr_side *side,
                  const struct ltr_side *other, struct ltr_steps *steps,
                  ltrec_error *err)
{
    struct ltr_sweep *s = sweep;
    size_t n_long = s->n_steps > 0 ? side->n_long : 0;
    int status;

    s->side = side;
    s->other = other;
    status = ltr_gram_compute(&s->gram, other->vectors, other->pairs->n, NULL,
                              steps);
    if (status == LTREC_OK)
        status = check_numbers(s, err);
    if (status == LTREC_ERR_ARGUMENT)
        return status;
    for (size_t i = 0; i < s->rank * s->rank; i++)
        s->shared[i] = (float)(s->recipe.alpha0 * s->gram.total[i]);
    if (status == LTREC_OK && n_long > 0)
        status = solve_long(s, steps);
    if (status == LTREC_OK)
        status = solve_short(s, n_long, steps);
    if (status == LTREC_ERR_CANCELLED)
        return ltr_fail(err, status, "factorize: cancelled");
    if (atomic_load(&s->unsolved) > 0)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "factorize: %d rows overflow or have no solution; "
                        "smaller weights or another lambda than %g would help",
                        atomic_load(&s->unsolved), s->recipe.lambda);
    return status;
}
