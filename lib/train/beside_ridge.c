/*
 * beside_ridge.c - the regression beside a network: on whom, and its penalty
 *
 * A regression knows its own tracks too well: with more columns than tracks
 * there would be nothing left for a network beside it to learn.  So the tracks
 * are dealt into folds, artists kept together, and while training each track
 * is beside the regression of the other folds; validation and use are beside
 * that of all, as are tracks without a target.  The first fold also chooses
 * the penalty.
 */
#include "train/beside_parts.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "nn/layers.h"

#define FIRST 1 /* the fold that is judged by */
#define NONE 0  /* a fold that no track is dealt into */
#define LEAST 2 /* tracks of a regression */

static const double penalties[] = {1, 3, 10, 30, 100, 300, 1000, 3000, 10000};
#define N_PENALTIES (sizeof penalties / sizeof penalties[0])

/* ---- Who and what by ---------------------------------------------------- */

/* Whether a track has all the inputs of a set. */
static int has_all(const struct ltr_fitting *f, size_t i, uint32_t set)
{
    return set == 0 || (f->inputs->present[i] & set) == set;
}

/* The equations of the tracks outside a fold that have all the inputs of a
 * set, by these inputs; how many tracks that is. */
static size_t gather(struct ltr_fitting *f, uint8_t fold, uint32_t set)
{
    size_t n = 0;

    for (size_t i = 0; i < f->sample->n_train; i++) {
        f->chosen[i] =
            (fold == NONE || f->beside->fold[i] != fold) && has_all(f, i, set);
        n += f->chosen[i];
    }
    for (size_t j = 0; set != 0 && j < f->inputs->width; j++)
        f->columns[j] = (float)(set >> f->inputs->branch[j] & 1);
    if (n >= LEAST)
        ltr_regression_gather(&f->regression, f->chosen,
                              set != 0 ? f->columns : NULL);
    return n;
}

static int solve(struct ltr_fitting *f, double penalty, float *weights)
{
    int status = ltr_regression_solve(&f->regression, penalty, weights);

    f->watch.done++;
    return status;
}

/* ---- The penalty -------------------------------------------------------- */

/* The loss in the first fold, over `judged` tracks. */
static double judge(struct ltr_fitting *f, uint32_t set, size_t *judged)
{
    const struct ltr_sample *s = f->sample;
    size_t width = f->inputs->width;
    double loss = 0;

    *judged = 0;
    for (size_t i = 0; i < s->n_train && !f->watch.cancelled; i++) {
        if (f->beside->fold[i] != FIRST || !has_all(f, i, set))
            continue;
        memset(f->guess, 0, f->beside->n_out * sizeof *f->guess);
        ltr_linear_add(f->beside->weights[FIRST],
                       f->inputs->features + i * width, width,
                       f->beside->n_out, f->guess);
        loss += ltr_cosine_loss(f->guess, s->targets + i * s->n_out,
                                f->beside->n_out, (double)s->weights[i], NULL);
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
static int choose_penalty(struct ltr_fitting *f, double *penalty)
{
    uint32_t set = f->inputs->fused;
    double least = HUGE_VAL;
    size_t judged = 1;

    *penalty = penalties[N_PENALTIES - 1];
    if (gather(f, FIRST, set) < LEAST)
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
static int regress_set(struct ltr_fitting *f, size_t i, double penalty)
{
    const struct ltr_beside *b = f->beside;
    uint32_t set = set_of(f->inputs->fused, i);
    size_t size = (b->width + 1) * b->n_out;

    for (uint8_t fold = NONE; fold <= LTR_BESIDE_FOLDS; fold++) {
        int status;

        if (gather(f, fold, set) < LEAST && gather(f, NONE, set) < LEAST &&
            gather(f, fold, 0) < LEAST)
            gather(f, NONE, 0);
        status = solve(f, penalty, b->weights[fold] + i * size);
        if (status != LTREC_OK)
            return status;
    }
    return LTREC_OK;
}

static int take_memory(struct ltr_fitting *f)
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

int ltr_regress(struct ltr_fitting *f)
{
    struct ltr_beside *b = f->beside;
    int status;

    f->watch.total = N_PENALTIES + b->n_sets * (LTR_BESIDE_FOLDS + 1);
    status = take_memory(f);
    if (status == LTREC_OK)
        status = choose_penalty(f, &b->penalty);
    f->watch.done = N_PENALTIES;
    for (size_t i = 0; status == LTREC_OK && i < b->n_sets; i++)
        status = regress_set(f, i, b->penalty);
    return f->watch.cancelled ? LTREC_ERR_CANCELLED : status;
}

/* Whether enough to learn from have a set: the tracks that were kept back are
 * no reason for a regression that nothing was trained beside. */
static int is_learnt(const struct ltr_fitting *f, uint32_t set)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n_learnt && n < LEAST; i++)
        n += has_all(f, i, set) != 0;
    return n >= LEAST;
}

int ltr_regress_all(struct ltr_fitting *f)
{
    struct ltr_beside *b = f->beside;
    size_t size = (b->width + 1) * b->n_out;
    int status;

    f->watch.total = b->n_sets;
    status = take_memory(f);
    for (size_t i = 0; status == LTREC_OK && i < b->n_sets; i++) {
        uint32_t set = set_of(f->inputs->fused, i);

        gather(f, NONE, is_learnt(f, set) ? set : 0);
        status = solve(f, b->penalty, b->weights[NONE] + i * size);
        if (status == LTREC_ERR_ARGUMENT)
            status = LTREC_OK;
    }
    return f->watch.cancelled ? LTREC_ERR_CANCELLED : status;
}
