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
#include "math/product.h"
#include "math/sort.h"

/* Short rows a task: most of them are sent for before they are solved. */
#define TASK_ROWS 32

/* Tasks a thread takes of long rows, to end when the others do. */
#define LONG_TASKS 2

/*
 * Work between two reports of progress: well below 100 ms of one core.  Long
 * rows have the more in common the more of them there are.
 */
#define ROUND_FLOPS 2e8
#define LONG_ROUND_FLOPS 1e9

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
    return (rank + LTR_NORMAL_LANES - 1) / LTR_NORMAL_LANES * LTR_NORMAL_LANES;
}

static size_t most_short(size_t rank)
{
    return LTR_CACHED_FLOATS / rank;
}

static size_t at_most(size_t x, size_t most)
{
    return x < most ? x : most;
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
        .normal = ltr_normal_for(ctx->cpu),
        .recipe = ltr_recipe_of(options),
        .rank = rank,
        .used = options->rank,
        .n_steps = exact ? 0 : options->cg_steps,
        .weighed_pairs = at_most(most, most_short(rank)),
    };
    atomic_init(&sweep->unsolved, 0);
    sweep->scratch_floats = ltr_short_scratch(rank, sweep->weighed_pairs);
    if (sweep->scratch_floats < ltr_long_scratch(rank))
        sweep->scratch_floats = ltr_long_scratch(rank);
    sweep->scratch =
        ltr_alloc(ctx, workers * sweep->scratch_floats, sizeof(float));
    sweep->pieces =
        ltr_alloc(ctx, (most / LTR_PIECE_PAIRS + 1) * rank, sizeof(float));
    sweep->exact = exact ? ltr_alloc(ctx, workers * (rank + 1) * rank,
                                     sizeof *sweep->exact)
                         : NULL;
    if (ltr_packs_create(ctx, LTREC_PRECISION_FLOAT32, &sweep->packs) ==
            LTREC_OK &&
        ltr_gram_init(ctx, sweep->packs, rank, &sweep->gram) == LTREC_OK &&
        sweep->scratch && sweep->pieces &&
        (exact ? sweep->exact != NULL : ltr_basis_init(sweep) == LTREC_OK))
        return LTREC_OK;
    ltr_sweep_free(sweep);
    return LTREC_ERR_MEMORY;
}

void ltr_sweep_free(struct ltr_sweep *sweep)
{
    if (!sweep->ctx)
        return;
    ltr_gram_free(&sweep->gram);
    ltr_basis_free(sweep);
    ltr_packs_free(sweep->packs);
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
    }
    ltr_sort_in_place(keys, n);
    for (size_t i = 0; i < n; i++)
        side->order[i] = (uint32_t)keys[i];
    ltr_free(ctx, keys);
    return LTREC_OK;
}

/* ---- A half ------------------------------------------------------------- */

/* How many of the rows have more pairs than that. */
static size_t count_longer(const struct ltr_side *side, size_t pairs)
{
    size_t n = 0;

    while (n < side->pairs->n &&
           ltr_pairs_in_row(side->pairs, side->order[n]) > pairs)
        n++;
    return n;
}

static double flops_of(const struct ltr_sweep *s, size_t n)
{
    double k = (double)s->rank, pairs = (double)n;

    return s->n_steps > 0 ? (double)(s->n_steps + 1) * (4 * pairs + 8) * k -
                                2 * pairs * k /* the last step has half */
                          : (2 * pairs + k) * k * k;
}

/*
 * Rows from `at` to `end` worth `flops`, at least one: returns where those
 * that remain begin, and counts pairs.
 */
static size_t end_of_round(const struct ltr_sweep *s, size_t at, size_t end,
                           double flops, size_t *pairs)
{
    double sum = 0;

    *pairs = 0;
    while (at < end && sum < flops) {
        size_t n = ltr_pairs_in_row(s->side->pairs, s->side->order[at++]);

        *pairs += n;
        sum += flops_of(s, n);
    }
    return at;
}

static int solve_split(struct ltr_sweep *s, size_t end,
                       struct ltr_steps *steps)
{
    int status = LTREC_OK;

    for (size_t at = 0; at < end && status == LTREC_OK; at++) {
        ltr_fpu saved = ltr_flush_begin();

        ltr_split_solve(s, at);
        ltr_flush_end(saved);
        status = ltr_steps_take(
            steps, ltr_pairs_in_row(s->side->pairs, s->side->order[at]) + 1);
    }
    return status;
}

static void long_task(void *arg, size_t i, size_t worker)
{
    struct ltr_sweep *s = arg;

    ltr_long_solve(s, s->first + i, s->end, s->stride, worker);
}

/* Dealt out like cards, since neighbours in the order are alike. */
static int solve_long(struct ltr_sweep *s, size_t at, size_t end,
                      struct ltr_steps *steps)
{
    size_t tasks =
        ltr_workers(s->ctx) > 1 ? LONG_TASKS * ltr_workers(s->ctx) : 1;
    int status = LTREC_OK;

    while (at < end && status == LTREC_OK) {
        size_t pairs, last = at_most(end, at + tasks * LTR_MOST_IN_STEP);

        last = end_of_round(s, at, last, LONG_ROUND_FLOPS, &pairs);
        s->first = at;
        s->end = last;
        s->stride = at_most(tasks, last - at);
        ltr_parallel(s->ctx, s->stride, long_task, s);
        status = ltr_steps_take(steps, pairs + last - at);
        at = last;
    }
    return status;
}

static void short_task(void *arg, size_t i, size_t worker)
{
    struct ltr_sweep *s = arg;
    size_t at = s->first + i * TASK_ROWS;

    ltr_short_solve(s, at, at_most(at + TASK_ROWS, s->end), worker);
}

static int solve_short(struct ltr_sweep *s, size_t at, struct ltr_steps *steps)
{
    size_t end = s->side->pairs->n;
    int status = LTREC_OK;

    while (at < end && status == LTREC_OK) {
        size_t pairs, last = end_of_round(s, at, end, ROUND_FLOPS, &pairs);

        s->first = at;
        s->end = last;
        ltr_parallel(s->ctx, (last - at + TASK_ROWS - 1) / TASK_ROWS,
                     short_task, s);
        status = ltr_steps_take(steps, pairs + last - at);
        at = last;
    }
    return status;
}

uint64_t ltr_sweep_steps(const struct ltr_pairs *side,
                         const struct ltr_pairs *other)
{
    return side->starts[side->n] + side->n + other->n;
}

static int overflow(ltrec_error *err)
{
    return ltr_fail(err, LTREC_ERR_ARGUMENT,
                    "factorize: the factors overflow; smaller counts, log "
                    "confidence or a larger lambda would help");
}

static bool is_finite(const struct ltr_sweep *s)
{
    double trace = 0;

    for (size_t i = 0; i < s->rank; i++)
        trace += s->gram.total[i * s->rank + i];
    return isfinite(trace) && isfinite((float)(s->recipe.alpha0 * trace));
}

int ltr_sweep_run(struct ltr_sweep *sweep, const struct ltr_side *side,
                  const struct ltr_side *other, struct ltr_steps *steps,
                  ltrec_error *err)
{
    struct ltr_sweep *s = sweep;
    size_t n_split = 0, n_long = 0;
    int status;

    s->side = side;
    s->other = other;
    status = ltr_gram_compute(&s->gram, other->vectors, other->pairs->n, NULL,
                              steps);
    if (status == LTREC_OK && !is_finite(s))
        return overflow(err);
    if (s->n_steps > 0 && status == LTREC_OK)
        status = ltr_basis_enter(s, steps);
    if (s->n_steps > 0) {
        n_split = count_longer(side, LTR_SPLIT_PAIRS);
        n_long = count_longer(side, most_short(s->rank));
    }
    if (status == LTREC_OK)
        status = solve_split(s, n_split, steps);
    if (status == LTREC_OK && n_split < n_long)
        status = solve_long(s, n_split, n_long, steps);
    if (status == LTREC_OK)
        status = solve_short(s, n_long > n_split ? n_long : n_split, steps);
    if (status == LTREC_ERR_CANCELLED)
        return ltr_fail(err, status, "factorize: cancelled");
    if (atomic_load(&s->unsolved) > 0)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "factorize: %d rows overflow or have no solution; "
                        "smaller weights or another lambda than %g would help",
                        atomic_load(&s->unsolved), s->recipe.lambda);
    return status;
}
