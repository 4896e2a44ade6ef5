/*
 * beside_ridge.c - the regression beside a network: on whom, and its penalty
 *
 * A regression knows its own tracks too well: with more columns than tracks
 * there would be nothing left for a network beside it to learn.  So the tracks
 * are dealt into folds, artists kept together, and while training each track
 * is beside the regression of the other folds; validation and use are beside
 * that of all, as are tracks without a target.  The first fold also chooses
 * the penalty, from which beside_scales.c goes on.
 */
#include "train/beside_parts.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "nn/layers.h"

#define FIRST 1     /* the fold that is judged by */
#define A_SEARCH 12 /* solutions that it is counted as, for progress */

static const double penalties[] = {
    LTR_LEAST_PENALTY, 3, 10, 30, 100, 300, 1000, 3000, 10000};
#define N_PENALTIES (sizeof penalties / sizeof penalties[0])

/* ---- Who and what by ---------------------------------------------------- */

int ltr_ridge_has(const struct ltr_ridge *f, size_t i, uint32_t set)
{
    return set == 0 || (f->inputs->present[i] & set) == set;
}

static void scale_columns(struct ltr_ridge *f, uint32_t set)
{
    for (size_t j = 0; set != 0 && j < f->inputs->width; j++) {
        uint8_t branch = f->inputs->branch[j];

        f->columns[j] = set >> branch & 1 ? f->scales[branch] : 0;
    }
}

size_t ltr_ridge_gather(struct ltr_ridge *f, uint8_t fold, uint32_t set)
{
    size_t n = 0;

    for (size_t i = 0; i < f->sample->n_train; i++) {
        f->chosen[i] =
            (fold == LTR_BESIDE_ALL || f->beside->fold[i] != fold) &&
            ltr_ridge_has(f, i, set);
        n += f->chosen[i];
    }
    scale_columns(f, set);
    if (n >= LTR_BESIDE_LEAST)
        ltr_regression_gather(&f->regression, f->chosen,
                              set != 0 ? f->columns : NULL);
    return n;
}

void ltr_ridge_weigh(struct ltr_ridge *f, uint32_t set)
{
    scale_columns(f, set);
    ltr_regression_weigh(&f->regression, f->chosen,
                         set != 0 ? f->columns : NULL);
}

static float *scales_of(const struct ltr_ridge *f, size_t i)
{
    return f->beside->scales + i * LTR_FUSABLE;
}

static int solve(struct ltr_ridge *f, double penalty, float *weights)
{
    int status = ltr_regression_solve(&f->regression, penalty, weights);

    f->watch.done++;
    return status;
}

/* ---- The penalty -------------------------------------------------------- */

double ltr_ridge_loss(struct ltr_ridge *f, const float *weights, size_t i)
{
    const struct ltr_sample *s = f->sample;
    size_t width = f->inputs->width, n_out = f->beside->n_out;

    memset(f->guess, 0, n_out * sizeof *f->guess);
    ltr_linear_add(weights, f->inputs->features + i * width, width, n_out,
                   f->guess);
    return ltr_cosine_loss(f->guess, s->targets + i * s->n_out, n_out,
                           (double)s->weights[i], NULL);
}

/* The loss in the first fold, over `judged` tracks. */
static double judge(struct ltr_ridge *f, uint32_t set, size_t *judged)
{
    double loss = 0;

    *judged = 0;
    for (size_t i = 0; i < f->sample->n_train && !f->watch.cancelled; i++) {
        if (f->beside->fold[i] != FIRST || !ltr_ridge_has(f, i, set))
            continue;
        loss += ltr_ridge_loss(f, f->beside->weights[FIRST], i);
        ++*judged;
        ltr_watch_tick(&f->watch);
    }
    return loss;
}

/*
 * The one with which the others say most of the first fold, by all inputs at
 * once; the greatest when no track there has them all.  The weights are only
 * for looking: they are made again.
 */
static int choose_penalty(struct ltr_ridge *f, double *penalty)
{
    uint32_t set = f->inputs->fused;
    double least = HUGE_VAL;
    size_t judged = 1;

    *penalty = penalties[N_PENALTIES - 1];
    f->scales = scales_of(f, f->beside->n_sets - 1);
    if (ltr_ridge_gather(f, FIRST, set) < LTR_BESIDE_LEAST)
        return LTREC_OK;
    for (size_t i = 0; i < N_PENALTIES && judged > 0; i++) {
        int status = solve(f, penalties[i], f->beside->weights[FIRST]);
        double loss;

        if (status == LTREC_ERR_CANCELLED)
            return status;
        if (status != LTREC_OK)
            continue;
        loss = judge(f, set, &judged);
        if (judged > 0 && loss < least) {
            *penalty = penalties[i];
            least = loss;
        }
    }
    return LTREC_OK;
}

/* ---- All of it ---------------------------------------------------------- */

/* The i-th of the sets of inputs: the bits of i + 1, spread over `fused`. */
static uint32_t set_of(uint32_t fused, size_t i)
{
    uint32_t set = 0;
    size_t bits = i + 1;

    for (uint32_t bit = 1; bit != 0 && bit <= fused; bit <<= 1)
        if (fused & bit) {
            set |= bits & 1 ? bit : 0;
            bits >>= 1;
        }
    return set;
}

/*
 * Too few outside the fold, as when all are by one artist: beside nothing
 * better.  Too few that have these inputs: then of those that have any.
 */
static int regress_set(struct ltr_ridge *f, size_t i)
{
    const struct ltr_beside *b = f->beside;
    uint32_t set = set_of(f->inputs->fused, i);
    size_t size = (b->width + 1) * b->n_out;

    for (uint8_t fold = LTR_BESIDE_ALL; fold <= LTR_BESIDE_FOLDS; fold++) {
        int status;

        if (ltr_ridge_gather(f, fold, set) < LTR_BESIDE_LEAST &&
            ltr_ridge_gather(f, LTR_BESIDE_ALL, set) < LTR_BESIDE_LEAST &&
            ltr_ridge_gather(f, fold, 0) < LTR_BESIDE_LEAST)
            ltr_ridge_gather(f, LTR_BESIDE_ALL, 0);
        status = solve(f, b->penalty, b->weights[fold] + i * size);
        if (status != LTREC_OK)
            return status;
    }
    return LTREC_OK;
}

static int take_memory(struct ltr_ridge *f)
{
    ltrec_context *ctx = f->lesson->ctx;
    size_t n = f->sample->n_train;

    f->chosen = ltr_alloc(ctx, n, 1);
    f->columns = ltr_alloc(ctx, f->inputs->width, sizeof *f->columns);
    f->guess = ltr_alloc(ctx, f->beside->n_out, sizeof *f->guess);
    if (!f->chosen || !f->columns || !f->guess)
        return LTREC_ERR_MEMORY;
    return ltr_regression_take(&f->regression);
}

/* The last first: a search works in what is of the first set in the end. */
static int regress_sets(struct ltr_ridge *f)
{
    const struct ltr_beside *b = f->beside;
    int status = LTREC_OK;

    for (size_t i = b->n_sets; status == LTREC_OK && i-- > 0;) {
        f->scales = scales_of(f, i);
        if (f->inputs->fused != 0)
            status = ltr_ridge_scale(f, set_of(f->inputs->fused, i),
                                     b->weights[FIRST]);
        f->watch.done += A_SEARCH;
        if (status == LTREC_OK)
            status = regress_set(f, i);
    }
    return status;
}

int ltr_ridge_fit(struct ltr_ridge *f)
{
    struct ltr_beside *b = f->beside;
    int status;

    f->watch.total =
        N_PENALTIES + b->n_sets * (A_SEARCH + LTR_BESIDE_FOLDS + 1);
    status = take_memory(f);
    if (status == LTREC_OK)
        status = choose_penalty(f, &b->penalty);
    f->watch.done = N_PENALTIES;
    if (status == LTREC_OK)
        status = regress_sets(f);
    return f->watch.cancelled ? LTREC_ERR_CANCELLED : status;
}

/* Whether enough to learn from have a set: the tracks that were kept back are
 * no reason for a regression that nothing was trained beside. */
static int is_learnt(const struct ltr_ridge *f, uint32_t set)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n_learnt && n < LTR_BESIDE_LEAST; i++)
        n += ltr_ridge_has(f, i, set) != 0;
    return n >= LTR_BESIDE_LEAST;
}

int ltr_ridge_refit(struct ltr_ridge *f)
{
    struct ltr_beside *b = f->beside;
    size_t size = (b->width + 1) * b->n_out;
    int status;

    f->watch.total = b->n_sets;
    status = take_memory(f);
    for (size_t i = 0; status == LTREC_OK && i < b->n_sets; i++) {
        uint32_t set = set_of(f->inputs->fused, i);

        f->scales = scales_of(f, i);
        ltr_ridge_gather(f, LTR_BESIDE_ALL, is_learnt(f, set) ? set : 0);
        status = solve(f, b->penalty, b->weights[LTR_BESIDE_ALL] + i * size);
        if (status == LTREC_ERR_ARGUMENT)
            status = LTREC_OK;
    }
    return f->watch.cancelled ? LTREC_ERR_CANCELLED : status;
}
