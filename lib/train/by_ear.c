/*
 * by_ear.c - MLG on what a head hears in the sound
 *
 * A head knows the tracks it was trained on too well: a network trained on
 * its answers for those would trust them more than any new track deserves.
 * So the tracks are dealt into folds, artists kept together, and copies of one
 * recording, and each fold is heard by a head that was trained on the others.
 */
#include "train/listening.h"

#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/random.h"
#include "nn/layers.h"

#define ANSWERS 64              /* tracks a head hears at a time */
#define FOLD_STREAM 0x666f6c64u /* "fold" */

struct by_ear {
    const struct ltr_lesson *lesson;
    uint32_t *rows; /* [n] of the dataset, those with sound */
    uint32_t *at;   /* [dataset n], where a row is among them */
    uint8_t *folds; /* [dataset n] */
    size_t n;
    struct ltr_matrix pooled;  /* [n], what the trunk makes of them */
    struct ltr_sample known;   /* those with attributes, to train heads */
    struct ltr_sample *wanted; /* those with factors, to train MLG */
    struct ltr_matrix *heard;  /* [wanted n][n_attributes] */
};

static int find_rows(struct by_ear *b)
{
    const struct ltr_lesson *l = b->lesson;
    const ltrec_dataset *d = l->dataset;
    uint64_t *groups = ltr_alloc(l->ctx, d->n, sizeof *groups);
    int status = groups ? ltr_dataset_groups(d, LTREC_SPLIT_ARTIST, groups)
                        : LTREC_ERR_MEMORY;

    for (size_t row = 0; status == LTREC_OK && row < d->n; row++) {
        b->folds[row] =
            (uint8_t)ltr_random_below(l->options->seed, FOLD_STREAM,
                                      groups[row], l->options->head_folds);
        if (!d->tracks[row].mel)
            continue;
        b->at[row] = (uint32_t)b->n;
        b->rows[b->n++] = (uint32_t)row;
    }
    ltr_free(l->ctx, groups);
    return status;
}

static int prepare(struct by_ear *b)
{
    const struct ltr_lesson *l = b->lesson;
    const ltrec_dataset *d = l->dataset;
    int status;

    b->rows = ltr_alloc(l->ctx, d->n, sizeof *b->rows);
    b->at = ltr_alloc(l->ctx, d->n, sizeof *b->at);
    b->folds = ltr_alloc(l->ctx, d->n, 1);
    if (!b->rows || !b->at || !b->folds || find_rows(b) != LTREC_OK)
        return ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    status = ltr_hear_pooled(l, b->rows, b->n, &b->pooled);
    if (status == LTREC_OK)
        status = ltr_sample_attributes(l, &b->known);
    if (status == LTREC_OK)
        status = ltr_sample_factors(l, ltr_has_sound, NULL, b->wanted);
    if (status == LTREC_OK)
        status =
            ltr_matrix_create(l->ctx, b->wanted->n, d->attributes.n, b->heard);
    return status == LTREC_ERR_MEMORY
               ? ltr_fail(l->err, status, "train: no memory")
               : status;
}

/* The known tracks outside a fold, in order, and what the trunk made of
 * them. */
static int gather(struct by_ear *b, size_t fold, struct ltr_sample *sample,
                  struct ltr_matrix *inputs)
{
    const struct ltr_lesson *l = b->lesson;
    size_t n_out = b->known.n_out, width = b->pooled.width, n = 0;
    struct ltr_watch watch = {.options = l->options, .total = b->known.n};

    *sample = (struct ltr_sample){.ctx = l->ctx, .n_out = n_out};
    sample->targets =
        ltr_alloc(l->ctx, b->known.n, n_out * sizeof *sample->targets);
    sample->weights = ltr_alloc(l->ctx, b->known.n, sizeof *sample->weights);
    if (ltr_matrix_create(l->ctx, b->known.n, width, inputs) != LTREC_OK ||
        !sample->targets || !sample->weights)
        return ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    for (size_t i = 0; i < b->known.n && !ltr_watch_row(&watch, i); i++) {
        size_t row = b->known.rows[i];

        if (b->folds[row] == fold)
            continue;
        memcpy(sample->targets + n * n_out, b->known.targets + i * n_out,
               n_out * sizeof *sample->targets);
        memcpy(inputs->rows + n * width, b->pooled.rows + b->at[row] * width,
               width * sizeof *inputs->rows);
        sample->weights[n++] = 1;
        sample->n_train += i < b->known.n_train;
    }
    sample->n = n;
    if (watch.cancelled)
        return ltr_fail(l->err, LTREC_ERR_CANCELLED, "train: cancelled");
    if (sample->n_train < 2)
        return ltr_fail(l->err, LTREC_ERR_ARGUMENT,
                        "train: too few tracks with sound and attributes to "
                        "hear some by the others");
    return LTREC_OK;
}

/* The next wanted tracks of a fold, from `*next` on: their input. */
static size_t fill_answers(const struct by_ear *b, size_t fold,
                           struct ltr_pass *pass, size_t *next, size_t *which)
{
    size_t width = b->pooled.width, n = 0;

    for (; *next < b->wanted->n && n < ANSWERS; ++*next) {
        size_t row = b->wanted->rows[*next];

        if (b->folds[row] != fold)
            continue;
        memcpy(ltr_pass_input(pass, n), b->pooled.rows + b->at[row] * width,
               width * sizeof(float));
        which[n++] = *next;
    }
    return n;
}

/* Let a head answer for the wanted tracks of a fold. */
static int answer(struct by_ear *b, size_t fold, struct ltr_branch *head)
{
    const struct ltr_lesson *l = b->lesson;
    struct ltr_watch watch = {.options = l->options, .total = b->wanted->n};
    size_t n_out = head->net.n_out, which[ANSWERS], next = 0, n;
    struct ltr_pass *pass;
    int status = ltr_pass_create(l->ctx, &head->net, ANSWERS, 1, 0,
                                 l->options->precision, &pass);

    if (status != LTREC_OK)
        return ltr_fail(l->err, status, "train: no memory");
    ltr_pass_watch(pass, ltr_watch_tick, &watch);
    ltr_pass_hold(pass, head->parameters);
    while ((n = fill_answers(b, fold, pass, &next, which)) > 0) {
        const float *out =
            ltr_pass_forward(pass, head->parameters, n, NULL, NULL);

        for (size_t i = 0; i < n; i++) {
            float *to = b->heard->rows + which[i] * n_out;

            memcpy(to, out + i * n_out, n_out * sizeof *to);
            ltr_logistic(to, n_out);
        }
        watch.done = next;
    }
    ltr_pass_free(pass);
    return watch.cancelled
               ? ltr_fail(l->err, LTREC_ERR_CANCELLED, "train: cancelled")
               : LTREC_OK;
}

static int hear_fold(struct by_ear *b, size_t fold)
{
    struct ltr_matrix inputs = {0};
    struct ltr_sample sample;
    struct ltr_branch *head = NULL;
    ltrec_train_report ignored;
    struct ltr_lesson quiet = *b->lesson;
    int status = gather(b, fold, &sample, &inputs);

    quiet.quiet = 1;
    quiet.report = &ignored;
    if (status == LTREC_OK)
        status =
            ltr_teach_matrix(&quiet, LTR_HEAD, &sample, &inputs, 0, &head);
    if (status == LTREC_OK)
        status = answer(b, fold, head);
    ltr_branch_unref(head);
    ltr_free(quiet.ctx, inputs.rows);
    ltr_sample_free(&sample);
    return status;
}

int ltr_hear_by_others(const struct ltr_lesson *lesson,
                       struct ltr_sample *wanted, struct ltr_matrix *heard)
{
    struct by_ear b = {.lesson = lesson,
                       .known.ctx = lesson->ctx,
                       .wanted = wanted,
                       .heard = heard};
    int status;

    *wanted = (struct ltr_sample){.ctx = lesson->ctx};
    *heard = (struct ltr_matrix){0};
    status = prepare(&b);
    for (size_t fold = 0;
         status == LTREC_OK && fold < lesson->options->head_folds; fold++)
        status = hear_fold(&b, fold);
    ltr_sample_free(&b.known);
    ltr_free(lesson->ctx, b.pooled.rows);
    ltr_free(lesson->ctx, b.rows);
    ltr_free(lesson->ctx, b.at);
    ltr_free(lesson->ctx, b.folds);
    return status;
}

/* ---- MLG on that -------------------------------------------------------- */

/* Scales of what was heard, and the inputs made with them. */
static int standardise(const struct ltr_lesson *l,
                       const struct ltr_sample *sample,
                       const struct ltr_matrix *heard,
                       struct ltr_branch *scales, struct ltr_matrix *inputs)
{
    size_t n = heard->width;
    struct ltr_watch watch = {.options = l->options, .total = sample->n};
    int status;

    if (ltr_matrix_create(l->ctx, sample->n, ltr_input_size(LTR_MLG, n),
                          inputs) != LTREC_OK)
        return ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    status = ltr_columns_measure(l, heard->rows, sample->n_train, n,
                                 scales->mean, scales->scale);
    if (status != LTREC_OK)
        return status;
    for (size_t i = 0; i < sample->n && !ltr_watch_row(&watch, i); i++)
        ltr_input_machine(scales, heard->rows + i * n,
                          inputs->rows + i * inputs->width);
    return watch.cancelled
               ? ltr_fail(l->err, LTREC_ERR_CANCELLED, "train: cancelled")
               : LTREC_OK;
}

static int teach(const struct ltr_lesson *l, const struct ltr_sample *sample,
                 const struct ltr_matrix *heard, struct ltr_branch **out)
{
    size_t n = heard->width;
    struct ltr_branch scales = {.n_scales = n};
    struct ltr_matrix inputs = {0};
    int status;

    scales.mean = ltr_alloc(l->ctx, n, sizeof *scales.mean);
    scales.scale = ltr_alloc(l->ctx, n, sizeof *scales.scale);
    if (!scales.mean || !scales.scale)
        status = ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    else
        status = standardise(l, sample, heard, &scales, &inputs);
    if (status == LTREC_OK)
        status = ltr_teach_matrix(l, LTR_MLG, sample, &inputs, n, out);
    if (status == LTREC_OK) {
        memcpy((*out)->mean, scales.mean, n * sizeof *scales.mean);
        memcpy((*out)->scale, scales.scale, n * sizeof *scales.scale);
        (*out)->from_head = 1;
        if (ltr_names_clone(l->ctx, &l->base->branches[LTR_HEAD]->names,
                            &(*out)->names) != LTREC_OK)
            status = ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    }
    ltr_free(l->ctx, scales.mean);
    ltr_free(l->ctx, scales.scale);
    ltr_free(l->ctx, inputs.rows);
    return status;
}

/* For a fusion that comes next, which would have to hear it all again. */
static int keep_heard(const struct ltr_lesson *l,
                      const struct ltr_sample *sample,
                      struct ltr_matrix *heard, struct ltr_branch *mlg)
{
    mlg->heard_ids = ltr_alloc(l->ctx, sample->n, sizeof *mlg->heard_ids);
    if (!mlg->heard_ids)
        return ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    for (size_t i = 0; i < sample->n; i++)
        mlg->heard_ids[i] = l->dataset->ids[sample->rows[i]];
    mlg->n_heard = sample->n;
    mlg->heard = heard->rows;
    heard->rows = NULL;
    return LTREC_OK;
}

int ltr_teach_mlg_by_ear(const struct ltr_lesson *lesson,
                         struct ltr_branch **out)
{
    struct ltr_sample sample;
    struct ltr_matrix heard;
    int status;

    if (!lesson->base || !lesson->base->branches[LTR_HEAD])
        return ltr_fail(lesson->err, LTREC_ERR_STATE,
                        "train: MLG needs a table of machine estimates or a "
                        "model with a head below it");
    if (!ltr_names_equal(&lesson->dataset->attributes,
                         &lesson->base->branches[LTR_HEAD]->names))
        return ltr_fail(lesson->err, LTREC_ERR_MISMATCH,
                        "train: MLG by ear needs the attributes its head was "
                        "trained on");
    status = ltr_hear_by_others(lesson, &sample, &heard);
    if (status == LTREC_OK)
        status = teach(lesson, &sample, &heard, out);
    if (status == LTREC_OK)
        status = keep_heard(lesson, &sample, &heard, *out);
    ltr_sample_free(&sample);
    ltr_free(lesson->ctx, heard.rows);
    return status;
}
