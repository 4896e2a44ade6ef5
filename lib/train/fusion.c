/*
 * fusion.c - one network over what the frozen branches made of a track
 *
 * The branches' last hidden activations, each of unit length, side by side,
 * and a bit for each that says whether it is there.  While training, whole
 * branches are dropped at random, so that the result does with any of them
 * (Volkovs, Yu, Poutanen 2017).
 */
#include "train/fusion_parts.h"

#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/random.h"
#include "nn/layers.h"
#include "train/listening.h"
#include "train/stacking.h"

#define DROP_STREAM 0x64726f70u /* "drop" */

static int has_any(const ltrec_dataset *d, size_t row, void *arg)
{
    const struct ltr_fusing *f = arg;
    const struct ltr_known *known = &d->tracks[row];
    const struct ltr_branch *mlg = f->lesson->base->branches[LTR_MLG];
    uint32_t there = 0;

    there |= known->mel ? LTREC_BRANCH_AUDIO : 0;
    there |= known->attributes ? LTREC_BRANCH_MGP : 0;
    there |= known->genres ? LTREC_BRANCH_GENRE : 0;
    there |= known->machine || (mlg && mlg->from_head && known->mel)
                 ? LTREC_BRANCH_MLG
                 : 0;
    there |= f->siblings.counts && f->siblings.counts[row] > 0
                 ? LTREC_BRANCH_ARTIST
                 : 0;
    return (there & f->fuse) != 0;
}

/* Zeros for a branch that has nothing to go by. */
static void take_units(struct ltr_fusing *f, size_t i,
                       const struct ltr_heard *heard)
{
    size_t rank = f->lesson->rank;

    for (size_t b = 0; b < LTR_FUSABLE; b++)
        if (f->fuse & heard->present & (UINT32_C(1) << b))
            memcpy(f->units + (i * LTR_FUSABLE + b) * rank, heard->unit[b],
                   rank * sizeof *f->units);
}

static void take_hidden(void *arg, size_t i, const struct ltr_heard *heard)
{
    struct ltr_fusing *f = arg;
    const ltrec_model *base = f->lesson->base;

    f->present[i] = heard->present;
    if (i >= f->sample.n_train)
        take_units(f, i - f->sample.n_train, heard);
    for (size_t b = 0; b < LTR_FUSABLE; b++)
        if (f->fuse & heard->present & (UINT32_C(1) << b))
            memcpy(f->hidden.rows + i * f->hidden.width + f->offsets[b],
                   heard->hidden[b],
                   ltr_net_hidden(&base->branches[b]->net) * sizeof(float));
    if (f->mean)
        ltr_fusion_features(base, f->fuse, heard->present, f->mean,
                            heard->features,
                            f->features.rows + i * f->features.width);
}

uint32_t ltr_fusing_draw(const struct ltr_fusing *f, uint32_t present,
                         uint64_t draw)
{
    const ltrec_train_options *o = f->lesson->options;
    uint32_t kept = 0, known = present & ~f->unknown;

    if (draw == LTR_NO_DRAW)
        return known ? known : present;
    for (uint32_t b = 0; b < LTR_FUSABLE; b++)
        if (ltr_random_uniform(o->seed, DROP_STREAM, draw * LTR_FUSABLE + b) >=
            o->branch_dropout)
            kept |= UINT32_C(1) << b;
    kept &= present;
    return kept ? kept : present;
}

static size_t fill_fused(void *arg, size_t i, uint64_t draw, float *input)
{
    const struct ltr_fusing *f = arg;
    float *row = f->hidden.rows + i * f->hidden.width;
    float *blocks[LTR_FUSABLE];

    for (size_t b = 0; b < LTR_FUSABLE; b++)
        blocks[b] = row + f->offsets[b];
    ltr_fusion_input(f->lesson->base, f->fuse,
                     ltr_fusing_draw(f, f->present[i], draw), blocks, input);
    return 1;
}

static int hear_again(struct ltr_fusing *f)
{
    const struct ltr_lesson *l = f->lesson;
    struct ltr_sample heard;
    int status = ltr_hear_by_others(l, &heard, &f->heard);

    for (size_t i = 0; status == LTREC_OK && i < heard.n; i++)
        f->machine[heard.rows[i]] = f->heard.rows + i * f->heard.width;
    ltr_sample_free(&heard);
    return status;
}

/* Has MLG kept what others heard in every track to be learnt from? */
static int is_heard(const struct ltr_fusing *f)
{
    for (size_t i = 0; i < f->sample.n; i++) {
        uint32_t row = f->sample.rows[i];

        if (f->lesson->dataset->tracks[row].mel && !f->machine[row])
            return 0;
    }
    return 1;
}

/*
 * What MLG is to be given for each row of the dataset: what heads hear that
 * were trained without the track.  On what the model's own head hears in the
 * tracks it has learnt, a fusion would come to rely too much; it must, where
 * the dataset has no attributes that others could learn.
 */
static int hear_by_others(struct ltr_fusing *f)
{
    const struct ltr_lesson *l = f->lesson;
    const ltrec_dataset *d = l->dataset;
    const struct ltr_branch *mlg = l->base->branches[LTR_MLG];

    if (!(f->fuse & LTREC_BRANCH_MLG) || !mlg->from_head || !d->has_sound)
        return LTREC_OK;
    if (d->attributes.n > 0 && !ltr_names_equal(&d->attributes, &mlg->names))
        return ltr_fail(l->err, LTREC_ERR_MISMATCH,
                        "train: the dataset's attributes are not those that "
                        "MLG hears");
    f->machine = ltr_alloc(l->ctx, d->n, sizeof *f->machine);
    if (!f->machine)
        return ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    for (size_t i = 0; i < mlg->n_heard; i++) {
        size_t row = ltr_idmap_find(&d->rows, d->ids, mlg->heard_ids[i]);

        if (row != LTR_NO_ROW)
            f->machine[row] = mlg->heard + i * mlg->n_scales;
    }
    return is_heard(f) || d->attributes.n == 0 ? LTREC_OK : hear_again(f);
}

static int hear(struct ltr_fusing *f)
{
    const struct ltr_lesson *l = f->lesson;
    size_t width = 0;
    int status;

    for (size_t b = 0; b < LTR_FUSABLE; b++) {
        f->offsets[b] = width;
        if (f->fuse >> b & 1)
            width += ltr_net_hidden(&l->base->branches[b]->net);
    }
    status = ltr_fusing_take_features(f);
    if (status != LTREC_OK)
        return status;
    f->present = ltr_alloc(l->ctx, f->sample.n, sizeof *f->present);
    f->units = ltr_alloc(l->ctx, f->sample.n - f->sample.n_train,
                         LTR_FUSABLE * l->rank * sizeof *f->units);
    if (!f->present || !f->units ||
        ltr_matrix_create(l->ctx, f->sample.n, width, &f->hidden) != LTREC_OK)
        return ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    status = hear_by_others(f);
    return status == LTREC_OK
               ? ltr_hear_rows(l, f->fuse,
                               f->siblings.means ? &f->siblings : NULL,
                               (const float *const *)f->machine,
                               f->sample.rows, f->sample.n, take_hidden, f)
               : status;
}

/* With all that there is, and as if no artist were known: a fusion that goes
 * by the artist leaves more to the others then. */
static int stack_branches(struct ltr_fusing *f, const struct ltr_fit *fit,
                          struct ltr_branch *fusion)
{
    size_t rank = f->lesson->rank, n = f->sample.n - f->sample.n_train;
    int status = ltr_stack(fit, fusion->parameters, f->units, fusion->stack[0],
                           f->lesson->err);

    if (status != LTREC_OK || !(f->fuse & LTREC_BRANCH_ARTIST))
        return status;
    for (size_t i = 0; i < n; i++)
        memset(f->units + (i * LTR_FUSABLE + LTR_ARTIST) * rank, 0,
               rank * sizeof *f->units);
    f->unknown = LTREC_BRANCH_ARTIST;
    status = ltr_stack(fit, fusion->parameters, f->units, fusion->stack[1],
                       f->lesson->err);
    f->unknown = 0;
    return status;
}

static int fit_fusion(struct ltr_fusing *f, struct ltr_branch **out)
{
    const struct ltr_lesson *l = f->lesson;
    const ltrec_train_options *o = l->options;
    struct ltr_net net;
    struct ltr_fit fit = {
        .ctx = l->ctx,
        .sample = &f->sample,
        .options = o,
        .fill = fill_fused,
        .arg = f,
        .loss = ltr_cosine_loss,
        .batch = o->batch ? o->batch : 256,
        .most_frames = 1,
        .repeats = 1,
        .stream = LTR_FUSION,
        .beside = f->mean ? &f->beside : NULL,
        .features = ltr_fusing_features,
        .groups = f->sample.groups,
    };
    int status =
        ltr_recipe(LTR_FUSION, o, 1, ltr_fusion_size(l->base, f->fuse),
                   l->rank, &net, l->err);

    if (status != LTREC_OK)
        return status;
    *out = ltr_branch_create(l->ctx, &net, f->features.width);
    if (!*out)
        return ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    (*out)->fused = f->fuse;
    fit.net = &(*out)->net;
    if (f->mean)
        status = ltr_fusing_linear(f);
    if (status == LTREC_OK)
        status = ltr_fit_run(&fit, (*out)->parameters, l->report, l->err);
    if (status == LTREC_OK && o->stack)
        status = stack_branches(f, &fit, *out);
    if (status == LTREC_OK && f->mean)
        status = ltr_fusing_complete(f);
    if (status != LTREC_OK || !f->mean)
        return status;
    for (size_t j = 0; j < f->features.width; j++)
        (*out)->scale[j] = 1;
    memcpy((*out)->mean, f->mean, f->features.width * sizeof *f->mean);
    return ltr_take_linear(l, &f->beside, *out);
}

int ltr_teach_fusion(const struct ltr_lesson *lesson, struct ltr_branch **out)
{
    struct ltr_fusing f = {.lesson = lesson,
                           .sample.ctx = lesson->ctx,
                           .beside.ctx = lesson->ctx};
    int status = ltr_recipe_branches(lesson, &f.fuse);

    if (status == LTREC_OK && (f.fuse & LTREC_BRANCH_ARTIST))
        status = ltr_siblings_create(lesson, &f.siblings);
    if (status == LTREC_OK)
        status = ltr_sample_factors(lesson, has_any, &f, &f.sample);
    if (status == LTREC_OK)
        status = hear(&f);
    if (status == LTREC_OK)
        status = fit_fusion(&f, out);
    ltr_siblings_free(lesson->ctx, &f.siblings);
    ltr_free(lesson->ctx, f.hidden.rows);
    ltr_free(lesson->ctx, f.features.rows);
    ltr_free(lesson->ctx, f.mean);
    ltr_beside_free(&f.beside);
    ltr_free(lesson->ctx, f.heard.rows);
    ltr_free(lesson->ctx, f.machine);
    ltr_free(lesson->ctx, f.present);
    ltr_free(lesson->ctx, f.units);
    ltr_sample_free(&f.sample);
    return status;
}
