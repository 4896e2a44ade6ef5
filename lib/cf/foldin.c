/*
 * foldin.c - one new listener or item, everything else held still
 *
 * The Gramian of the other side is made once; a solution then costs its own
 * pairs and one Cholesky factorization of the rank.
 */
#include "cf/foldin.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/fpu.h"
#include "base/steps.h"
#include "cf/emphasis.h"
#include "cf/gram.h"
#include "factors/factors.h"
#include "math/product.h"
#include "math/sort.h"

/* For factors from elsewhere, whose plays nobody can count any more. */
#define ALPHA0 0.02

/* ---- Life cycle --------------------------------------------------------- */

/* Which rows do not count; `*skip` is NULL when all do. */
static int mark_unplayed(ltrec_foldin *f, bool **skip)
{
    const ltrec_factors *others = f->others;

    *skip = ltr_alloc(f->ctx, others->count, sizeof **skip);
    if (!*skip)
        return LTREC_ERR_MEMORY;
    f->n_others = 0;
    for (size_t row = 0; row < others->count; row++) {
        (*skip)[row] = ltr_factors_unplayed(others, row);
        f->n_others += !(*skip)[row];
    }
    return LTREC_OK;
}

double ltr_foldin_emphasis(const ltrec_foldin *f, size_t row)
{
    return f->folds_items || !f->others->plays
               ? 1
               : ltr_recipe_emphasis(&f->recipe, f->others->plays[row]);
}

/*
 * The vectors that the Gramian is made of: those of `others`, or `*scaled`,
 * which is the caller's; NULL when memory is short.
 */
static const float *emphasise(ltrec_foldin *f, float **scaled)
{
    const ltrec_factors *others = f->others;
    size_t n = others->count, rank = others->rank;
    float *scales;

    if (f->folds_items || !(f->recipe.power > 0))
        return others->vectors;
    scales = ltr_alloc(f->ctx, n, sizeof *scales);
    *scaled = ltr_alloc(f->ctx, n, rank * sizeof **scaled);
    if (scales && *scaled) {
        for (size_t row = 0; row < n; row++)
            scales[row] = (float)sqrt(ltr_foldin_emphasis(f, row));
        ltr_emphasis_scale(others->vectors, scales, n, rank, *scaled);
    }
    ltr_free(f->ctx, scales);
    return scales ? *scaled : NULL;
}

static int sum_up(ltrec_foldin *f, const float *vectors, const bool *skip)
{
    struct ltr_steps quiet = {0};
    struct ltr_packs *packs;
    struct ltr_gram gram;
    int status = ltr_packs_create(f->ctx, LTREC_PRECISION_FLOAT32, &packs);

    if (status != LTREC_OK)
        return status;
    status = ltr_gram_init(f->ctx, packs, f->others->rank, &gram);
    if (status == LTREC_OK) {
        status =
            ltr_gram_compute(&gram, vectors, f->others->count, skip, &quiet);
        f->gram = gram.total;
        gram.total = NULL;
        ltr_gram_free(&gram);
    }
    ltr_packs_free(packs);
    return status;
}

static int compute_gram(ltrec_foldin *f)
{
    const float *vectors;
    float *scaled = NULL;
    bool *skip;
    int status = mark_unplayed(f, &skip);

    if (status != LTREC_OK)
        return status;
    vectors = emphasise(f, &scaled);
    status = vectors ? sum_up(f, vectors, skip) : LTREC_ERR_MEMORY;
    ltr_free(f->ctx, scaled);
    ltr_free(f->ctx, skip);
    return status;
}

static int fill(ltrec_foldin *f)
{
    size_t rank = f->others->rank;
    int status = compute_gram(f);

    if (status != LTREC_OK)
        return status;
    f->exact.rank = rank;
    f->exact.a = ltr_alloc(f->ctx, rank * rank, sizeof *f->exact.a);
    f->exact.b = ltr_alloc(f->ctx, rank, sizeof *f->exact.b);
    return f->exact.a && f->exact.b ? LTREC_OK : LTREC_ERR_MEMORY;
}

/* What was not given, from the factors where they know it. */
static void choose(const ltrec_factors *others, bool given,
                   ltrec_factorize_options *o)
{
    ltrec_factorize_options made = *o;
    bool known = ltrec_factorize_options_of(others, &made) == LTREC_OK;

    if (known && !given)
        *o = made;
    if (known && o->alpha0 == 0)
        o->alpha0 = made.alpha0;
    if (o->alpha0 == 0)
        o->alpha0 = ALPHA0;
}

/* As the factors have it: nobody else knows what it is of. */
static void read_emphasis(ltrec_foldin *f)
{
    double power = f->others->recipe[LTR_RECIPE_POWER];
    double mean = f->others->recipe[LTR_RECIPE_MEAN];
    bool sound = fabs(power) <= 1 && mean > 0 && isfinite(mean);

    f->recipe.power = sound ? fabs(power) : 0;
    f->recipe.mean = sound ? mean : 1;
    f->folds_items = sound && power < 0;
}

int ltrec_foldin_create(ltrec_context *ctx, const ltrec_factors *others,
                        const ltrec_factorize_options *options,
                        ltrec_foldin **out, ltrec_error *err)
{
    ltrec_factorize_options o;
    ltrec_foldin *f;
    int status;

    if (!out)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "foldin: `out` is NULL");
    *out = NULL;
    if (!ctx || !others)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "foldin: needs a context and factors");
    if (others->rank > LTR_MOST_SOLVED_RANK)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "foldin: rank is %zu, must be at most %d",
                        others->rank, LTR_MOST_SOLVED_RANK);
    status = ltr_recipe_options(options, &o, err);
    if (status != LTREC_OK)
        return status;
    choose(others, options != NULL, &o);

    f = ltr_alloc(ctx, 1, sizeof *f);
    if (!f)
        return ltr_fail(err, LTREC_ERR_MEMORY, "foldin: no memory");
    f->ctx = ltr_context_ref(ctx);
    f->others = ltr_factors_ref(others);
    f->recipe = ltr_recipe_of(&o);
    read_emphasis(f);
    f->background = o.background;
    f->prior_plays = o.prior_plays;
    status = fill(f);
    if (status != LTREC_OK) {
        ltrec_foldin_free(f);
        return ltr_fail(err, status, "foldin: no memory for rank %zu",
                        others->rank);
    }
    *out = f;
    return LTREC_OK;
}

void ltrec_foldin_free(ltrec_foldin *foldin)
{
    ltrec_context *ctx;

    if (!foldin)
        return;
    ctx = foldin->ctx;
    ltrec_factors_free(foldin->others);
    ltr_free(ctx, foldin->gram);
    ltr_free(ctx, foldin->exact.a);
    ltr_free(ctx, foldin->exact.b);
    ltr_free(ctx, foldin->keys);
    ltr_free(ctx, foldin);
    ltr_context_unref(ctx);
}

/* ---- Solving ------------------------------------------------------------ */

static int check(size_t n, const float *counts, const float *prior,
                 size_t rank, ltrec_error *err)
{
    for (size_t i = 0; counts && i < n; i++)
        if (counts[i] == 0 || !isfinite(counts[i]))
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "foldin: count %zu is %g, must be finite and not "
                            "0",
                            i, (double)counts[i]);
    for (size_t i = 0; prior && i < rank; i++)
        if (!isfinite(prior[i]))
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "foldin: value %zu of the prior is not finite", i);
    return LTREC_OK;
}

static int make_room(ltrec_foldin *f, size_t n)
{
    uint64_t *keys;

    if (n <= f->capacity)
        return LTREC_OK;
    keys = ltr_alloc(f->ctx, n, sizeof *keys);
    if (!keys)
        return LTREC_ERR_MEMORY;
    ltr_free(f->ctx, f->keys);
    f->keys = keys;
    f->capacity = n;
    return LTREC_OK;
}

/* Sorted keys of the ids that are known; returns how many. */
static size_t look_up(ltrec_foldin *f, size_t n, const uint64_t *ids,
                      const float *counts, size_t *n_known)
{
    size_t n_keys = 0, row;

    for (size_t i = 0; i < n; i++) {
        float count = counts ? counts[i] : 1;
        uint32_t bits;

        if (ltrec_factors_find(f->others, ids[i], &row) != LTREC_OK ||
            ltr_factors_unplayed(f->others, row))
            continue;
        memcpy(&bits, &count, sizeof bits);
        f->keys[n_keys++] = (uint64_t)row << 32 | bits;
    }
    ltr_sort_in_place(f->keys, n_keys);
    if (n_known)
        *n_known = n_keys;
    return n_keys;
}

/*
 * The end of the keys that share a row with key `at`, and their sum: 0 when
 * as much of it was turned down as was played, which says nothing.
 */
static size_t run_end(const uint64_t *keys, size_t n, size_t at, double *sum)
{
    uint64_t row = keys[at] >> 32;

    *sum = 0;
    for (; at < n && keys[at] >> 32 == row; at++) {
        uint32_t bits = (uint32_t)keys[at];
        float count;

        memcpy(&count, &bits, sizeof count);
        *sum += (double)count;
    }
    return at;
}

static int solve(ltrec_foldin *f, size_t n_keys, const float *prior,
                 float *vector)
{
    size_t rank = f->others->rank, n_rows = 0;
    double sum, own = 1, alpha0;

    for (size_t at = 0; at < n_keys; n_rows += sum != 0)
        at = run_end(f->keys, n_keys, at, &sum);
    if (f->folds_items)
        own = ltr_recipe_emphasis(&f->recipe, n_rows);
    alpha0 = f->recipe.alpha0 * own;
    ltr_exact_begin(&f->exact, f->gram, alpha0,
                    ltr_recipe_rho(&f->recipe, n_rows, f->n_others, own),
                    prior);
    if (prior && f->background == LTREC_BACKGROUND_PRIOR)
        ltr_exact_expect(&f->exact, f->gram,
                         alpha0 / (1 + (double)n_rows / f->prior_plays),
                         prior);
    for (size_t at = 0; at < n_keys;) {
        size_t row = (size_t)(f->keys[at] >> 32);
        double w;

        at = run_end(f->keys, n_keys, at, &sum);
        w = ltr_recipe_weight(&f->recipe, (float)sum);
        if (sum != 0)
            ltr_exact_add(&f->exact, f->others->vectors + row * rank, w,
                          ltr_recipe_pull(&f->recipe, w,
                                          own * ltr_foldin_emphasis(f, row)) *
                              ltr_recipe_target((float)sum));
    }
    return ltr_exact_solve(&f->exact, vector);
}

int ltrec_foldin_solve(ltrec_foldin *foldin, size_t n, const uint64_t *ids,
                       const float *counts, const float *prior, float *vector,
                       size_t *n_known, ltrec_error *err)
{
    ltrec_foldin *f = foldin;
    size_t rank, n_keys;
    ltr_fpu saved;
    int status;

    if (n_known)
        *n_known = 0;
    if (!f || !vector || (n > 0 && !ids))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "foldin: needs ids and room for a vector");
    rank = f->others->rank;
    status = check(n, counts, prior, rank, err);
    if (status != LTREC_OK)
        return status;
    if (make_room(f, n) != LTREC_OK)
        return ltr_fail(err, LTREC_ERR_MEMORY, "foldin: no memory for %zu ids",
                        n);
    n_keys = look_up(f, n, ids, counts, n_known);
    if (n_keys == 0) {
        for (size_t i = 0; i < rank; i++)
            vector[i] = prior ? prior[i] : 0;
        return LTREC_OK;
    }
    saved = ltr_flush_begin();
    status = solve(f, n_keys, prior, vector);
    ltr_flush_end(saved);
    if (status != 0)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "foldin: lambda %g is too small, or the counts too "
                        "large, to solve exactly",
                        f->recipe.lambda);
    return LTREC_OK;
}
