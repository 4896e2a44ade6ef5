/*
 * variance.c - how far an item's vector may be off
 *
 * Each item's equations are made whole, its own part in float, and factored
 * in double: the one place where that is done for all of them, so that it
 * takes about k^3 operations an item.
 */
#include "cf/variance.h"

#include <math.h>

#include "base/context.h"
#include "base/pool.h"
#include "math/solve.h"

#define SLAB_PAIRS 256

/* Operations between two reports of progress: tens of milliseconds. */
#define ROUND_WORK ((size_t)1 << 26)

struct rows {
    struct ltr_sweep *sweep;
    const struct ltr_side *users, *items;
    double noise;
    float *slabs;    /* [workers][SLAB_PAIRS + rank][rank] */
    double *exact;   /* [workers][rank + 1][rank] */
    float *variance; /* [items] */
    size_t first;
    atomic_int unsolved;
};

/* a += the sum of w v v' over some pairs of an item, in the lower triangle. */
static void add_slab(const struct rows *rows, uint64_t first, size_t n,
                     double *a, size_t worker)
{
    const struct ltr_sweep *s = rows->sweep;
    const struct ltr_pairs *pairs = rows->items->pairs;
    size_t rank = s->rank;
    float *slab = rows->slabs + worker * (SLAB_PAIRS + rank) * rank;
    float *product = slab + SLAB_PAIRS * rank;

    for (size_t i = 0; i < n; i++) {
        const float *v =
            rows->users->vectors + pairs->others[first + i] * rank;
        float root = (float)sqrt(
            ltr_recipe_weight(&s->recipe, pairs->counts[first + i]));

        for (size_t j = 0; j < rank; j++)
            slab[i * rank + j] = root * v[j];
    }
    ltr_gram_multiply(s->packs, slab, n, rank, product, worker);
    for (size_t i = 0; i < rank; i++)
        for (size_t j = 0; j <= i; j++)
            a[i * rank + j] += (double)product[i * rank + j];
}

static void solve_row(void *arg, size_t i, size_t worker)
{
    struct rows *rows = arg;
    struct ltr_sweep *s = rows->sweep;
    const struct ltr_pairs *pairs = rows->items->pairs;
    size_t rank = s->rank, item = rows->first + i, square = rank * rank;
    double *a = rows->exact + worker * (square + rank);
    double emphasis =
        ltr_recipe_emphasis(&s->recipe, ltr_pairs_in_row(pairs, item));
    double rho = ltr_recipe_rho(&s->recipe, ltr_pairs_in_row(pairs, item),
                                rows->users->pairs->n, emphasis);
    uint64_t at = pairs->starts[item], end = pairs->starts[item + 1];

    for (size_t j = 0; j < square; j++)
        a[j] = s->recipe.alpha0 * emphasis * s->gram.total[j];
    for (size_t j = 0; j < rank; j++)
        a[j * rank + j] += rho;
    for (; at < end; at += SLAB_PAIRS)
        add_slab(rows, at,
                 end - at < SLAB_PAIRS ? (size_t)(end - at) : SLAB_PAIRS, a,
                 worker);
    if (ltr_cholesky(a, rank) != 0) {
        atomic_fetch_add(&rows->unsolved, 1);
        return;
    }
    rows->variance[item] =
        (float)(rows->noise *
                (ltr_cholesky_inverse_trace(a, rank, a + square) -
                 (double)(rank - s->used) / rho));
}

static int solve_all(struct rows *rows, struct ltr_steps *steps)
{
    struct ltr_sweep *s = rows->sweep;
    const struct ltr_pairs *pairs = rows->items->pairs;
    size_t cube = s->rank * s->rank * s->rank;
    size_t round = (ROUND_WORK / cube + 1) * ltr_workers(s->ctx);
    int status = LTREC_OK;

    while (rows->first < pairs->n && status == LTREC_OK) {
        size_t left = pairs->n - rows->first;
        size_t n = left < round ? left : round;

        ltr_parallel(s->ctx, n, solve_row, rows);
        status = ltr_steps_take(steps, n + pairs->starts[rows->first + n] -
                                           pairs->starts[rows->first]);
        rows->first += n;
    }
    return status == LTREC_OK && atomic_load(&rows->unsolved) > 0
               ? LTREC_ERR_ARGUMENT
               : status;
}

double ltr_variance_noise(const struct ltr_sweep *sweep,
                          const struct ltr_side *users, size_t n_items,
                          const struct ltr_loss *loss)
{
    const struct ltr_pairs *pairs = users->pairs;
    double weight = sweep->recipe.alpha0 * (double)pairs->n * (double)n_items;

    for (uint64_t i = 0; i < pairs->starts[pairs->n]; i++)
        weight += ltr_recipe_weight(&sweep->recipe, pairs->counts[i]);
    return fmax(loss->fit, 0) / weight;
}

float ltr_variance_unplayed(const struct ltr_sweep *sweep, size_t n_users,
                            double noise)
{
    return (float)(noise * (double)sweep->used /
                   ltr_recipe_rho(&sweep->recipe, 0, n_users,
                                  ltr_recipe_emphasis(&sweep->recipe, 0)));
}

int ltr_variance(struct ltr_sweep *sweep, const struct ltr_side *users,
                 const struct ltr_side *items, const struct ltr_loss *loss,
                 struct ltr_steps *steps, float *variance)
{
    size_t rank = sweep->rank, workers = ltr_workers(sweep->ctx);
    struct rows rows = {
        .sweep = sweep, .users = users, .items = items, .variance = variance};
    int status = LTREC_ERR_MEMORY;

    atomic_init(&rows.unsolved, 0);
    rows.noise = ltr_variance_noise(sweep, users, items->pairs->n, loss);
    rows.slabs = ltr_alloc(sweep->ctx, workers * (SLAB_PAIRS + rank) * rank,
                           sizeof *rows.slabs);
    rows.exact =
        ltr_alloc(sweep->ctx, workers * (rank + 1) * rank, sizeof *rows.exact);
    if (rows.slabs && rows.exact)
        status = solve_all(&rows, steps);
    ltr_free(sweep->ctx, rows.slabs);
    ltr_free(sweep->ctx, rows.exact);
    return status;
}
