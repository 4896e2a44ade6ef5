/*
 * als_basis.c - the axes in which what rows of the factorization share is
 * diagonal
 *
 * Found in double; vectors are turned in float, which costs them a rounding
 * each time.  Between epochs they have the axes they began with, so that
 * nobody else needs to know.
 */
#include "cf/als_basis.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/pool.h"
#include "cf/sweep.h"
#include "math/eigen.h"
#include "math/product.h"

/* Of the trace of alpha0 G: less would be lost in the rounding of floats. */
#define LEAST_RHO 1e-5

#define TASK_ROWS ((size_t)192)
#define MOST_TASKS ((size_t)64) /* between two looks at whether to go on */
#define ROUND_FLOPS 4e9         /* the same, where that is less */

int ltr_basis_init(struct ltr_sweep *sweep)
{
    struct ltr_basis *b = &sweep->basis;
    ltrec_context *ctx = sweep->ctx;
    size_t rank = sweep->rank, square = rank * rank, used = sweep->used;
    size_t workers = ltr_workers(ctx);

    b->shared = ltr_alloc(ctx, 2 * rank, sizeof *b->shared);
    b->typical = b->shared ? b->shared + rank : NULL;
    b->turn = ltr_alloc(ctx, square, sizeof *b->turn);
    b->since = ltr_alloc(ctx, square, sizeof *b->since);
    b->products = ltr_alloc(ctx, workers * TASK_ROWS * rank, sizeof(float));
    b->partial = ltr_alloc(ctx, MOST_TASKS * rank, sizeof *b->partial);
    b->a = ltr_alloc(ctx, used * used, sizeof *b->a);
    b->vectors = ltr_alloc(ctx, used * used, sizeof *b->vectors);
    b->values = ltr_alloc(ctx, used, sizeof *b->values);
    b->work = ltr_alloc(ctx, ltr_eigen_work(used), sizeof *b->work);
    b->packed = ltr_alloc(ctx, ltr_packed_size(sweep->packs, rank, rank),
                          sizeof *b->packed);
    return b->shared && b->turn && b->since && b->products && b->partial &&
                   b->a && b->vectors && b->values && b->work && b->packed
               ? LTREC_OK
               : LTREC_ERR_MEMORY;
}

void ltr_basis_free(struct ltr_sweep *sweep)
{
    struct ltr_basis *b = &sweep->basis;
    ltrec_context *ctx = sweep->ctx;

    ltr_free(ctx, b->shared);
    ltr_free(ctx, b->turn);
    ltr_free(ctx, b->since);
    ltr_free(ctx, b->products);
    ltr_free(ctx, b->partial);
    ltr_free(ctx, b->a);
    ltr_free(ctx, b->vectors);
    ltr_free(ctx, b->values);
    ltr_free(ctx, b->work);
    ltr_free(ctx, b->packed);
}

/* ---- Turning ------------------------------------------------------------ */

struct turning {
    struct ltr_sweep *sweep;
    const struct ltr_side *side; /* sum typical() over it; or NULL */
    const float *from;
    float *to; /* may be `from` */
    size_t n, first;
};

/* The sum over rows of v_j^2, each for as many pairs as it has. */
static void sum_squares(const struct turning *t, size_t first, size_t n,
                        float *sum)
{
    const struct ltr_side *side = t->side;
    size_t rank = t->sweep->rank;

    memset(sum, 0, rank * sizeof *sum);
    for (size_t row = first; row < first + n; row++) {
        const float *v = t->to + row * rank;
        float scale = side->scales ? side->scales[row] : 1;
        float pairs = (float)ltr_pairs_in_row(side->pairs, row);

        pairs /= scale * scale;
        for (size_t j = 0; j < rank; j++)
            sum[j] += pairs * (v[j] * v[j]);
    }
}

static void turn_rows(void *arg, size_t i, size_t worker)
{
    const struct turning *t = arg;
    const struct ltr_basis *b = &t->sweep->basis;
    size_t rank = t->sweep->rank, first = t->first + i * TASK_ROWS;
    size_t left = t->n - first, n = left < TASK_ROWS ? left : TASK_ROWS;
    float *product = b->products + worker * TASK_ROWS * rank;
    struct ltr_product multiply = {
        .m = n,
        .n = rank,
        .k = rank,
        .a = ltr_along(t->from + first * rank, rank),
        .packed = b->packed,
        .out = product,
        .stride = rank,
    };

    ltr_multiply_alone(t->sweep->packs, &multiply, worker);
    memcpy(t->to + first * rank, product, n * rank * sizeof *product);
    if (t->side)
        sum_squares(t, first, n, b->partial + i * rank);
}

static size_t tasks_of_round(const struct ltr_sweep *s)
{
    double rank = (double)s->rank;
    double flops = 2 * (double)TASK_ROWS * rank * rank;
    size_t n = (size_t)(ROUND_FLOPS / flops), least = 2 * ltr_workers(s->ctx);

    n = n > least ? n : least;
    return n < MOST_TASKS ? n : MOST_TASKS;
}

/* All rows of t, by what is packed. */
static int turn(struct turning *t, struct ltr_steps *steps)
{
    struct ltr_sweep *s = t->sweep;
    size_t most = tasks_of_round(s);
    int status = LTREC_OK;

    for (t->first = 0; t->first < t->n && status == LTREC_OK;
         t->first += most * TASK_ROWS) {
        size_t tasks = (t->n - t->first + TASK_ROWS - 1) / TASK_ROWS;

        tasks = tasks < most ? tasks : most;
        ltr_parallel(s->ctx, tasks, turn_rows, t);
        for (size_t i = 0; i < tasks && t->side; i++)
            for (size_t j = 0; j < s->rank; j++)
                s->basis.typical[j] += s->basis.partial[i * s->rank + j];
        status = ltr_steps_take(steps, 0);
    }
    return status;
}

static int turn_side(struct ltr_sweep *s, const struct ltr_side *side,
                     bool sum, struct ltr_steps *steps)
{
    struct turning t = {.sweep = s,
                        .side = sum ? side : NULL,
                        .from = side->vectors,
                        .to = side->vectors,
                        .n = side->pairs->n};

    return turn(&t, steps);
}

static int turn_priors(struct ltr_sweep *s, struct ltr_steps *steps)
{
    const struct ltr_side *side = s->side;
    struct turning t = {.sweep = s,
                        .from = side->priors,
                        .to = side->priors_turned,
                        .n = side->pairs->n};
    struct ltr_basis *b = &s->basis;

    if (!side->priors)
        return LTREC_OK;
    ltr_pack(s->packs, s->rank, s->rank, ltr_along(b->since, s->rank),
             b->packed);
    return turn(&t, steps);
}

/* ---- The axes ----------------------------------------------------------- */

static int find_axes(struct ltr_sweep *s, struct ltr_steps *steps)
{
    struct ltr_basis *b = &s->basis;
    size_t rank = s->rank, used = s->used;
    double trace = 0;
    int status;

    for (size_t i = 0; i < used; i++)
        for (size_t j = 0; j <= i; j++)
            b->a[i * used + j] =
                s->recipe.alpha0 * s->gram.total[i * rank + j];
    status =
        ltr_eigen(s->ctx, used, b->a, b->values, b->vectors, b->work, steps);
    if (status != LTREC_OK)
        return status;
    for (size_t i = 0; i < used; i++) {
        double value = fmax(b->values[i], 0); /* but for rounding */

        trace += value;
        b->shared[i] = (float)value;
        for (size_t j = 0; j < used; j++)
            b->turn[i * rank + j] = (float)b->vectors[i * used + j];
    }
    b->least = (float)(LEAST_RHO * trace);
    return LTREC_OK;
}

/* The turns so far and the last one, in one. */
static void add_turn(struct ltr_sweep *s)
{
    struct ltr_basis *b = &s->basis;
    size_t rank = s->rank;
    float *both = b->packed; /* which nobody needs yet */
    struct ltr_product multiply = {
        .m = rank,
        .n = rank,
        .k = rank,
        .a = ltr_along(b->turn, rank),
        .b = ltr_across(b->since, rank),
        .out = both,
        .stride = rank,
    };

    if (!b->turned) {
        memcpy(b->since, b->turn, rank * rank * sizeof *b->turn);
        b->turned = true;
        return;
    }
    ltr_multiply(s->packs, &multiply);
    memcpy(b->since, both, rank * rank * sizeof *both);
}

/* Of 1 of weight. */
static void find_typical(struct ltr_sweep *s)
{
    const struct ltr_side *other = s->other;
    double sum = 0;

    for (size_t row = 0; row < other->pairs->n; row++) {
        double scale = other->scales ? (double)other->scales[row] : 1;

        sum += (double)ltr_pairs_in_row(other->pairs, row) / (scale * scale);
    }
    for (size_t j = 0; j < s->rank; j++)
        s->basis.typical[j] =
            sum > 0 ? (float)((double)s->basis.typical[j] / sum) : 0;
}

int ltr_basis_enter(struct ltr_sweep *sweep, struct ltr_steps *steps)
{
    struct ltr_basis *b = &sweep->basis;
    size_t rank = sweep->rank;
    int status = find_axes(sweep, steps);

    if (status != LTREC_OK)
        return status;
    add_turn(sweep);
    ltr_pack(sweep->packs, rank, rank, ltr_along(b->turn, rank), b->packed);
    memset(b->typical, 0, rank * sizeof *b->typical);
    status = turn_side(sweep, sweep->other, true, steps);
    find_typical(sweep);
    if (status == LTREC_OK)
        status = turn_side(sweep, sweep->side, false, steps);
    return status == LTREC_OK ? turn_priors(sweep, steps) : status;
}

int ltr_basis_leave(struct ltr_sweep *sweep, const struct ltr_side *users,
                    const struct ltr_side *items, struct ltr_steps *steps)
{
    struct ltr_basis *b = &sweep->basis;
    int status;

    if (!b->turned)
        return LTREC_OK;
    b->turned = false;
    ltr_pack(sweep->packs, sweep->rank, sweep->rank,
             ltr_across(b->since, sweep->rank), b->packed);
    status = turn_side(sweep, users, false, steps);
    return status == LTREC_OK ? turn_side(sweep, items, false, steps) : status;
}
