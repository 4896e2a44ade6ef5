/*
 * beside.c - the linear path beside a network: a mean, or a ridge regression
 *
 * A network that adds to what a regression says starts where the regression
 * ends.  In the end, tracks that were kept back may join.
 */
#include "train/beside_parts.h"

#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/fpu.h"
#include "base/random.h"

#define FOLD_STREAM 0x726964676520u /* "ridge " */

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

static int fit_ridge(const struct ltr_lesson *l, const struct ltr_sample *s,
                     const struct ltr_beside_inputs *inputs,
                     struct ltr_beside *b, size_t n_learnt,
                     int (*work)(struct ltr_ridge *f))
{
    struct ltr_ridge f = {.lesson = l,
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
    out->scales =
        ltr_alloc(l->ctx, out->n_sets, LTR_FUSABLE * sizeof *out->scales);
    for (size_t i = 0; out->scales && i < out->n_sets * LTR_FUSABLE; i++)
        out->scales[i] = 1;
    for (size_t i = 0; i <= LTR_BESIDE_FOLDS; i++) {
        out->weights[i] = ltr_alloc(l->ctx, n, out->n_out * sizeof(float));
        if (!out->weights[i])
            status = LTREC_ERR_MEMORY;
    }
    return out->fold && out->scales && status == LTREC_OK
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
                 : fit_ridge(l, s, inputs, out, s->n_train, ltr_ridge_fit);
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
    status = fit_ridge(l, &all, inputs, beside, s->n_train, ltr_ridge_refit);
    ltr_flush_end(saved);
    return status;
}

void ltr_beside_free(struct ltr_beside *b)
{
    ltr_free(b->ctx, b->fold);
    ltr_free(b->ctx, b->scales);
    for (size_t i = 0; i <= LTR_BESIDE_FOLDS; i++)
        ltr_free(b->ctx, b->weights[i]);
    *b = (struct ltr_beside){.ctx = b->ctx};
}
