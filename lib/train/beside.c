/*
 * beside.c - the linear path beside a network, by ridge regression
 *
 * A network that adds to what a regression says starts where the regression
 * ends.  But a regression knows its own tracks too well: with more columns
 * than tracks there would be nothing left for the network to learn.  So the
 * tracks are dealt into folds, artists kept together, and while training each
 * track is beside the regression of the other folds; validation and use are
 * beside that of all, as are tracks without a target.  The first fold also
 * chooses the penalty.  In the end, tracks that were kept back may join.
 */
#include "train/beside.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/fpu.h"
#include "base/random.h"
#include "nn/layers.h"
#include "train/regression.h"

#define FOLD_STREAM 0x726964676520u /* "ridge " */
#define FIRST 1                     /* the fold that is judged by */
#define NONE 0                      /* a fold that no track is dealt into */
#define LEAST 2                     /* tracks of a regression */

static const double penalties[] = {1, 3, 10, 30, 100, 300, 1000, 3000, 10000};
#define N_PENALTIES (sizeof penalties / sizeof penalties[0])

struct fitting {
    const struct ltr_lesson *lesson;
    const struct ltr_sample *sample;
    const struct ltr_beside_inputs *inputs;
    struct ltr_beside *beside;
    struct ltr_watch watch; /* counts solutions */
    struct ltr_regression regression;
    size_t n_learnt;  /* that a set of inputs must have two of */
    uint8_t *chosen;  /* [n_train] */
    uint8_t *columns; /* [width] */
    float *guess;     /* [n_out] */
};

/* ---- Who and what by ---------------------------------------------------- */

/* Whether a track has all the inputs of a set. */
static int has_all(const struct fitting *f, size_t i, uint32_t set)
{
    return set == 0 || (f->inputs->present[i] & set) == set;
}

/* The equations of the tracks outside a fold that have all the inputs of a
 * set, by these inputs; how many tracks that is. */
static size_t gather(struct fitting *f, uint8_t fold, uint32_t set)
{
    size_t n = 0;

    for (size_t i = 0; i < f->sample->n_train; i++) {
        f->chosen[i] =
            (fold == NONE || f->beside->fold[i] != fold) && has_all(f, i, set);
        n += f->chosen[i];
    }
    for (size_t j = 0; set != 0 && j < f->inputs->width; j++)
        f->columns[j] = set >> f->inputs->branch[j] & 1;
    if (n >= LEAST)
        ltr_regression_gather(&f->regression, f->chosen,
                              set != 0 ? f->columns : NULL);
    return n;
}

static int solve(struct fitting *f, double penalty, float *weights)
{
    int status = ltr_regression_solve(&f->regression, penalty, weights);

    f->watch.done++;
    return status;
}

/* ---- The penalty -------------------------------------------------------- */

/* The loss in the first fold, over `judged` tracks. */
static double judge(struct fitting *f, uint32_t set, size_t *judged)
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
static int choose_penalty(struct fitting *f, double *penalty)
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

static int deal(const struct ltr_lesson *l, const struct ltr_sample *s,
                struct ltr_beside *b)
{
    size_t n = l->dataset->n;
    uint64_t *groups = ltr_alloc(l->ctx, n, sizeof *groups);
    int status =
        groups ? ltr_dataset_groups(l->dataset, LTREC_SPLIT_ARTIST, groups)
               : LTREC_ERR_MEMORY;

    for (size_t i = 0; status == LTREC_OK && i < s->n_train; i++)
        b->fold[i] = (uint8_t)(1 + ltr_random_below(
                                       l->options->seed, FOLD_STREAM,
                                       groups[s->rows[i]], LTR_BESIDE_FOLDS));
    ltr_free(l->ctx, groups);
    return status == LTREC_OK
               ? LTREC_OK
               : ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
}

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
static int regress_set(struct fitting *f, size_t i, double penalty)
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

static int take_memory(struct fitting *f)
{
    ltrec_context *ctx = f->lesson->ctx;
    size_t n = f->sample->n_train;

    f->chosen = ltr_alloc(ctx, n, 1);
    f->columns = ltr_alloc(ctx, f->inputs->width, 1);
    f->guess = ltr_alloc(ctx, f->beside->n_out, sizeof *f->guess);
    if (!f->chosen || !f->columns || !f->guess)
        return LTREC_ERR_MEMORY;
    return ltr_regression_take(&f->regression);
}

static int regress(struct fitting *f)
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
static int is_learnt(const struct fitting *f, uint32_t set)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n_learnt && n < LEAST; i++)
        n += has_all(f, i, set) != 0;
    return n >= LEAST;
}

/* That for use alone, with the penalty there is; an unsolvable one stays. */
static int regress_all(struct fitting *f)
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

static int fit_ridge(const struct ltr_lesson *l, const struct ltr_sample *s,
                     const struct ltr_beside_inputs *inputs,
                     struct ltr_beside *b, size_t n_learnt,
                     int (*work)(struct fitting *f))
{
    struct fitting f = {.lesson = l,
                        .sample = s,
                        .n_learnt = n_learnt,
                        .inputs = inputs,
                        .beside = b,
                        .watch.options = l->options};
    int status;

    f.regression = (struct ltr_regression){.ctx = l->ctx,
                                           .watch = &f.watch,
                                           .n_all = s->n_train,
                                           .d = b->width,
                                           .k = b->n_out,
                                           .features = inputs->features,
                                           .bit = inputs->bit,
                                           .offset = inputs->offset,
                                           .y = s->targets,
                                           .stride = s->n_out};
    status = work(&f);
    ltr_regression_free(&f.regression);
    ltr_free(l->ctx, f.chosen);
    ltr_free(l->ctx, f.columns);
    ltr_free(l->ctx, f.guess);
    if (status == LTREC_ERR_CANCELLED)
        return ltr_fail(l->err, status, "train: cancelled");
    if (status == LTREC_ERR_MEMORY)
        return ltr_fail(l->err, status, "train: no memory");
    if (status != LTREC_OK)
        return ltr_fail(l->err, status,
                        "train: the regression beside the network has no "
                        "solution");
    return LTREC_OK;
}

/* The mean target alone, which no track changes by much. */
static int take_mean(const struct ltr_lesson *l, const struct ltr_sample *s,
                     struct ltr_beside *b)
{
    struct ltr_watch watch = {.options = l->options, .total = s->n_train};
    double *sums = ltr_alloc(l->ctx, b->n_out, sizeof *sums);
    size_t size = (b->width + 1) * b->n_out;

    if (!sums)
        return ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    for (size_t i = 0; i < s->n_train && !watch.cancelled; i++) {
        for (size_t j = 0; j < b->n_out; j++)
            sums[j] += (double)s->targets[i * s->n_out + j];
        watch.done = i;
        ltr_watch_tick(&watch);
    }
    for (size_t fold = 0; fold <= LTR_BESIDE_FOLDS; fold++)
        for (size_t j = 0; j < b->n_sets * b->n_out; j++)
            b->weights[fold][j / b->n_out * size + b->width * b->n_out +
                             j % b->n_out] =
                (float)(sums[j % b->n_out] / (double)s->n_train);
    ltr_free(l->ctx, sums);
    return watch.cancelled
               ? ltr_fail(l->err, LTREC_ERR_CANCELLED, "train: cancelled")
               : LTREC_OK;
}

static int take_weights(const struct ltr_lesson *l, const struct ltr_sample *s,
                        struct ltr_beside *out)
{
    size_t n = out->n_sets * (out->width + 1);
    int status = LTREC_OK;

    out->fold = ltr_alloc(l->ctx, s->n + s->n_more, 1);
    for (size_t i = 0; i <= LTR_BESIDE_FOLDS; i++) {
        out->weights[i] = ltr_alloc(l->ctx, n, out->n_out * sizeof(float));
        if (!out->weights[i])
            status = LTREC_ERR_MEMORY;
    }
    return out->fold && status == LTREC_OK
               ? LTREC_OK
               : ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
}

int ltr_beside_check(const struct ltr_lesson *l, size_t n_train, size_t width)
{
    size_t unknowns = n_train < width ? n_train : width;

    if (l->options->linear != LTREC_LINEAR_RIDGE ||
        unknowns <= LTR_MOST_UNKNOWNS)
        return LTREC_OK;
    return ltr_fail(l->err, LTREC_ERR_ARGUMENT,
                    "train: a ridge regression of %zu tracks on %zu inputs, "
                    "of one of which there may be %d; linear can be mean",
                    n_train, width, LTR_MOST_UNKNOWNS);
}

int ltr_beside_create(const struct ltr_lesson *l, const struct ltr_sample *s,
                      const struct ltr_beside_inputs *inputs,
                      struct ltr_beside *out)
{
    ltr_fpu saved;
    int status;

    *out = (struct ltr_beside){.ctx = l->ctx,
                               .width = inputs->width,
                               .n_out = l->rank,
                               .n_sets = ltr_fusion_sets(inputs->fused)};
    status = ltr_beside_check(l, s->n_train, inputs->width);
    if (status == LTREC_OK)
        status = take_weights(l, s, out);
    if (status == LTREC_OK)
        status = deal(l, s, out);
    if (status != LTREC_OK)
        return status;
    saved = ltr_flush_begin();
    status = l->options->linear == LTREC_LINEAR_MEAN
                 ? take_mean(l, s, out)
                 : fit_ridge(l, s, inputs, out, s->n_train, regress);
    ltr_flush_end(saved);
    return status;
}

int ltr_beside_complete(const struct ltr_lesson *l, const struct ltr_sample *s,
                        const struct ltr_beside_inputs *inputs,
                        struct ltr_beside *beside)
{
    struct ltr_sample all = *s;
    size_t unknowns = s->n < inputs->width ? s->n : inputs->width;
    ltr_fpu saved;
    int status;

    if (l->options->linear != LTREC_LINEAR_RIDGE || s->n == s->n_train ||
        unknowns > LTR_MOST_UNKNOWNS)
        return LTREC_OK;
    all.n_train = s->n;
    saved = ltr_flush_begin();
    status = fit_ridge(l, &all, inputs, beside, s->n_train, regress_all);
    ltr_flush_end(saved);
    return status;
}

void ltr_beside_free(struct ltr_beside *b)
{
    ltr_free(b->ctx, b->fold);
    for (size_t i = 0; i <= LTR_BESIDE_FOLDS; i++)
        ltr_free(b->ctx, b->weights[i]);
    *b = (struct ltr_beside){.ctx = b->ctx};
}
