/*
 * head_inputs.c - a head learns from inputs that are alike
 *
 * What a trunk pooled has means and deviations of any size, and lies far from
 * zero: with the default options a head that learnt from it as it is was no
 * better than one that always says the mean.
 */
#include "train/listening.h"

#include <math.h>

#include "base/context.h"
#include "base/error.h"

/* Of the mean variance of its kind, added to a column's own: a unit that is
 * hardly ever heard is not to count as much as all others do. */
#define FLOOR 0.1

static double variance_of(float scale)
{
    return scale > 0 ? 1 / ((double)scale * (double)scale) : 0;
}

/* Columns `first` to `end` - 1 are of one kind. */
static void weaken_rare(float *scale, size_t first, size_t end)
{
    double total = 0;

    for (size_t j = first; j < end; j++)
        total += variance_of(scale[j]);
    for (size_t j = first; j < end && total > 0; j++)
        scale[j] = (float)(1 / sqrt(variance_of(scale[j]) +
                                    FLOOR * total / (double)(end - first)));
}

static void apply(const struct ltr_alike *a, struct ltr_matrix *m,
                  struct ltr_watch *watch)
{
    for (size_t i = 0; i < m->n && !ltr_watch_row(watch, i); i++) {
        float *row = m->rows + i * m->width;

        for (size_t j = 0; j < m->width; j++)
            row[j] = (row[j] - a->mean[j]) * a->scale[j];
    }
}

int ltr_alike_make(const struct ltr_lesson *l, const struct ltr_sample *sample,
                   struct ltr_matrix *m, struct ltr_alike *out)
{
    size_t w = m->width;
    size_t pooled = ltr_net_pooled(&l->base->branches[LTR_AUDIO]->net);
    struct ltr_watch watch = {.options = l->options, .total = m->n};
    int status;

    *out = (struct ltr_alike){ltr_alloc(l->ctx, w, sizeof *out->mean),
                              ltr_alloc(l->ctx, w, sizeof *out->scale)};
    if (!out->mean || !out->scale)
        return ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    status = ltr_columns_measure(l, m->rows, sample->n_train, w, out->mean,
                                 out->scale);
    if (status != LTREC_OK)
        return status;
    weaken_rare(out->scale, 0, pooled);
    weaken_rare(out->scale, pooled, w);
    apply(out, m, &watch);
    return watch.cancelled
               ? ltr_fail(l->err, LTREC_ERR_CANCELLED, "train: cancelled")
               : LTREC_OK;
}

void ltr_alike_fold(const struct ltr_alike *alike, struct ltr_branch *head)
{
    const struct ltr_layer *l = &head->net.layers[0];

    for (size_t unit = 0; unit < l->n_out; unit++) {
        float *weights = head->parameters + l->weights + unit * l->n_in;
        double bias = (double)head->parameters[l->bias + unit];

        for (size_t j = 0; j < l->n_in; j++) {
            weights[j] *= alike->scale[j];
            bias -= (double)weights[j] * (double)alike->mean[j];
        }
        head->parameters[l->bias + unit] = (float)bias;
    }
}

void ltr_alike_free(ltrec_context *ctx, struct ltr_alike *alike)
{
    ltr_free(ctx, alike->mean);
    ltr_free(ctx, alike->scale);
}
