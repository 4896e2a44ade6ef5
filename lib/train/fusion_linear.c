/*
 * fusion_linear.c - the linear path of a fusion, from all that branches go by
 *
 * The features of the branches' own linear paths side by side, each beside its
 * mean, so that a branch which is not there counts as one that says nothing.
 */
#include "train/fusion_parts.h"

#include <string.h>

#include "base/context.h"
#include "base/error.h"

int ltr_fusing_take_features(struct ltr_fusing *f)
{
    const struct ltr_lesson *l = f->lesson;
    size_t width = ltr_fusion_features_size(l->base, f->fuse);
    int status;

    if (l->options->linear == LTREC_LINEAR_NONE)
        return LTREC_OK;
    status = ltr_beside_check(l, f->sample.n_train, width);
    if (status != LTREC_OK)
        return status;
    f->mean = ltr_alloc(l->ctx, width, sizeof *f->mean);
    if (!f->mean || ltr_matrix_create(l->ctx, f->sample.n, width,
                                      &f->features) != LTREC_OK)
        return ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    return LTREC_OK;
}

size_t ltr_fusing_features(void *arg, size_t i, uint64_t draw, float *features)
{
    const struct ltr_fusing *f = arg;
    const ltrec_model *base = f->lesson->base;
    uint32_t present = ltr_fusing_draw(f, f->present[i], draw);
    const float *from = f->features.rows + i * f->features.width;

    for (size_t b = 0; b < LTR_FUSABLE; b++) {
        size_t n;

        if (!(f->fuse >> b & 1))
            continue;
        n = ltr_linear_size(&base->branches[b]->net);
        if (present >> b & 1)
            memcpy(features, from, n * sizeof *features);
        else
            memset(features, 0, n * sizeof *features);
        features += n;
        from += n;
    }
    return ltr_fusion_set(f->fuse, present);
}

/* From now on each column is beside its mean over the tracks that have it. */
static void centre_features(struct ltr_fusing *f, double *sums, size_t *counts,
                            struct ltr_watch *watch)
{
    const ltrec_model *base = f->lesson->base;
    size_t width = f->features.width;

    for (size_t i = 0; i < f->sample.n && !ltr_watch_row(watch, i); i++) {
        float *row = f->features.rows + i * width;

        for (size_t b = 0, j = 0; b < LTR_FUSABLE; b++) {
            size_t n = f->fuse >> b & 1
                           ? ltr_linear_size(&base->branches[b]->net)
                           : 0;
            int there = f->present[i] >> b & 1;

            for (size_t end = j + n; j < end; j++)
                if (sums && there && i < f->sample.n_train) {
                    sums[j] += (double)row[j];
                    counts[j]++;
                } else if (!sums && there) {
                    row[j] -= f->mean[j];
                }
        }
    }
    for (size_t j = 0; sums && j < width; j++)
        f->mean[j] = counts[j] ? (float)(sums[j] / (double)counts[j]) : 0;
}

/* Which branch each column of the features is of, and where its bit is. */
static void name_columns(const struct ltr_fusing *f, uint8_t *branch,
                         uint32_t *bit)
{
    const ltrec_model *base = f->lesson->base;

    for (size_t b = 0, j = 0; b < LTR_FUSABLE; b++) {
        size_t n =
            f->fuse >> b & 1 ? ltr_linear_size(&base->branches[b]->net) : 0;

        memset(branch + j, (int)b, n);
        j = ltr_beside_bits(b, j, n, bit);
    }
}

typedef int (*fit_beside)(const struct ltr_lesson *lesson,
                          const struct ltr_sample *sample,
                          const struct ltr_beside_inputs *inputs,
                          struct ltr_beside *beside);

static int fit_linear(struct ltr_fusing *f, fit_beside fit)
{
    const struct ltr_lesson *l = f->lesson;
    size_t width = f->features.width;
    uint8_t *branch = ltr_alloc(l->ctx, width, 1);
    uint32_t *bit = ltr_alloc(l->ctx, width, sizeof *bit);
    const struct ltr_beside_inputs inputs = {
        f->features.rows, width, f->present, branch, f->fuse, bit, f->mean};
    int status;

    if (branch && bit) {
        name_columns(f, branch, bit);
        status = fit(l, &f->sample, &inputs, &f->beside);
    } else {
        status = ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    }
    ltr_free(l->ctx, branch);
    ltr_free(l->ctx, bit);
    return status;
}

static int centre(struct ltr_fusing *f)
{
    const struct ltr_lesson *l = f->lesson;
    size_t width = f->features.width;
    double *sums = ltr_alloc(l->ctx, width, sizeof *sums);
    size_t *counts = ltr_alloc(l->ctx, width, sizeof *counts);
    struct ltr_watch watch = {.options = l->options, .total = f->sample.n};
    int ready = sums && counts;

    if (ready) {
        centre_features(f, sums, counts, &watch);
        centre_features(f, NULL, NULL, &watch);
    }
    ltr_free(l->ctx, sums);
    ltr_free(l->ctx, counts);
    if (!ready)
        return ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    return watch.cancelled
               ? ltr_fail(l->err, LTREC_ERR_CANCELLED, "train: cancelled")
               : LTREC_OK;
}

int ltr_fusing_linear(struct ltr_fusing *f)
{
    int status = centre(f);

    return status == LTREC_OK ? fit_linear(f, ltr_beside_create) : status;
}

int ltr_fusing_complete(struct ltr_fusing *f)
{
    return fit_linear(f, ltr_beside_complete);
}
