/*
 * sweep.c - one side of the factorization solved, the other held still
 *
 * Rows are handed out with the most pairs first, so that the last to be
 * finished are short.
 */
#include "cf/sweep.h"

#include <math.h>

#include "base/context.h"
#include "base/error.h"
#include "base/fpu.h"
#include "base/pool.h"
#include "cf/als_rows.h"
#include "math/kernels.h"
#include "math/sort.h"

#define TASK_ROWS (4 * LTR_GROUP)

/* Work between two reports of progress: well below 100 ms of one core. */
#define ROUND_FLOPS 2e8

/* A block of vectors is at most 1 MiB, to stay in the second-level cache. */
#define GATHERED_FLOATS ((size_t)1 << 18)

/* The widest registers hold this many floats. */
#define LANES 16

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

    rows = rows < LTR_PIECE_PAIRS ? LTR_PIECE_PAIRS : rows;
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
    sweep->scratch_floats = ltr_rows_scratch(rank, sweep->gathered_rows);
    sweep->shared = ltr_alloc(ctx, rank * rank, sizeof *sweep->shared);
    sweep->scratch =
        ltr_alloc(ctx, workers * sweep->scratch_floats, sizeof(float));
    sweep->pieces =
        ltr_alloc(ctx, (most / LTR_PIECE_PAIRS + 1) * rank, sizeof(float));
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
        side->n_long += pairs > LTR_LONG_PAIRS;
    }
    ltr_sort_in_place(keys, n);
    for (size_t i = 0; i < n; i++)
        side->order[i] = (uint32_t)keys[i];
    ltr_free(ctx, keys);
    return LTREC_OK;
}

/* ---- A half ------------------------------------------------------------- */

static void solve_task(void *arg, size_t i, size_t worker)
{
    struct ltr_sweep *s = arg;
    size_t at = s->first + i * TASK_ROWS, left = s->side->pairs->n - at;
    size_t end = at + (left < TASK_ROWS ? left : TASK_ROWS);

    while (at < end) {
        size_t n = end - at < LTR_GROUP ? end - at : LTR_GROUP;

        ltr_rows_solve(s, at, n, worker);
        at += n;
    }
}

static int solve_long(struct ltr_sweep *s, struct ltr_steps *steps)
{
    int status = LTREC_OK;

    for (size_t at = 0; at < s->side->n_long && status == LTREC_OK; at++) {
        ltr_fpu saved = ltr_flush_begin();
        size_t row = s->side->order[at];

        ltr_rows_solve(s, at, 1, 0);
        ltr_flush_end(saved);
        status =
            ltr_steps_take(steps, ltr_pairs_in_row(s->side->pairs, row) + 1);
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
