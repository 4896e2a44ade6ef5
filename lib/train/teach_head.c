/*
 * teach_head.c - the head that hears attributes, in what the audio network's
 * trunk made of the sound and in statistics of its bands
 */
#include "train/listening.h"

#include "base/context.h"
#include "base/error.h"

struct pooling {
    const ltrec_model *model;
    struct ltr_matrix *matrix;
};

static void take_pooled(void *arg, size_t i, const struct ltr_heard *heard)
{
    struct pooling *p = arg;

    ltr_head_input(p->model, heard, p->matrix->rows + i * p->matrix->width);
}

int ltr_hear_pooled(const struct ltr_lesson *l, const uint32_t *rows, size_t n,
                    struct ltr_matrix *out)
{
    const struct ltr_branch *audio = l->base->branches[LTR_AUDIO];
    struct pooling pooling = {l->base, out};

    if (ltr_matrix_create(l->ctx, n, ltr_head_inputs(&audio->net), out) !=
        LTREC_OK)
        return ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    return ltr_hear_rows(l, LTREC_BRANCH_AUDIO, NULL, NULL, rows, n,
                         take_pooled, &pooling);
}

int ltr_teach_head(const struct ltr_lesson *l, struct ltr_branch **out)
{
    struct ltr_matrix pooled = {0};
    struct ltr_sample sample;
    int status;

    if (!l->base || !l->base->branches[LTR_AUDIO])
        return ltr_fail(l->err, LTREC_ERR_STATE,
                        "train: a head needs a model with audio below it");
    if (l->dataset->attributes.n == 0)
        return ltr_fail(l->err, LTREC_ERR_ARGUMENT,
                        "train: the dataset has no attributes to be heard");
    status = ltr_sample_attributes(l, &sample);
    if (status != LTREC_OK)
        return status;
    status = ltr_hear_pooled(l, sample.rows, sample.n, &pooled);
    if (status == LTREC_OK)
        status = ltr_teach_matrix(l, LTR_HEAD, &sample, &pooled, 0, out);
    if (status == LTREC_OK && ltr_names_clone(l->ctx, &l->dataset->attributes,
                                              &(*out)->names) != LTREC_OK)
        status = ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    ltr_free(l->ctx, pooled.rows);
    ltr_sample_free(&sample);
    return status;
}
