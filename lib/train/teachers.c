/*
 * teachers.c - what sound learns besides the factors: the attributes, and
 * what the MGP network makes of them
 *
 * People's attributes say more of a track than its sound does to a network
 * that has heard a few thousand, and they can be heard.  Learnt as a second
 * thing they shape the trunk (R. Caruana, "Multitask learning", 1997); and a
 * network that knows them is a teacher whose answers have less noise than the
 * factor of a track that few have played (G. Hinton, O. Vinyals, J. Dean,
 * "Distilling the knowledge in a neural network", 2015).  Neither needs that
 * anybody has played a track: most of what is annotated nobody has.
 */
#include "train/train_parts.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "nn/layers.h"

/* Both teachers go by attributes: without any nothing would be taught, and
 * nobody would be told. */
static int need_attributes(const struct ltr_lesson *l,
                           const struct ltr_sample *sample)
{
    for (size_t i = 0; i < ltr_sample_learnt(sample); i++) {
        size_t row = sample->rows[ltr_sample_at(sample, i)];

        if (l->dataset->tracks[row].attributes)
            return LTREC_OK;
    }
    return ltr_fail(l->err, LTREC_ERR_ARGUMENT,
                    "train: no track with sound that is learnt from has "
                    "attributes, which %s goes by",
                    l->options->auxiliary > 0 ? "auxiliary" : "distil");
}

/* ---- The MGP network's answers ------------------------------------------ */

struct teaching {
    struct ltr_sample *sample;
    size_t first; /* of those asked about */
    double share;
};

/*
 * The mean cosine with two targets, weighted, is the cosine with their sum
 * times its length: the length becomes part of the sample's weight.  Without a
 * target of its own it has the teacher's for a share of the weight.
 */
static void take_answer(void *arg, size_t row, const struct ltr_heard *heard)
{
    const struct teaching *t = arg;
    size_t n = t->sample->n_out, i = t->first + row;
    float *target = t->sample->targets + i * n;
    float weight = i < t->sample->n ? t->sample->weights[i] : 1;
    const float *answer = heard->unit[LTR_MGP];

    if (!(heard->present & LTREC_BRANCH_MGP))
        return;
    for (size_t j = 0; j < n; j++)
        target[j] = (float)((1 - t->share) * (double)target[j] +
                            t->share * (double)answer[j]);
    t->sample->weights[i] =
        weight * (float)ltr_unit_forward(target, n, target);
}

/* Those validated on keep their own targets. */
static int ask_teacher(const struct ltr_lesson *l, struct ltr_sample *sample)
{
    struct teaching t = {sample, 0, (double)l->options->distil};
    int status;

    if (!l->base || !l->base->branches[LTR_MGP])
        return ltr_fail(l->err, LTREC_ERR_STATE,
                        "train: to distil MGP needs a model that has it");
    status = ltr_hear_rows(l, LTREC_BRANCH_MGP, NULL, NULL, sample->rows,
                           sample->n_train, take_answer, &t);
    t.first = sample->n;
    if (status == LTREC_OK && sample->n_more > 0)
        status = ltr_hear_rows(l, LTREC_BRANCH_MGP, NULL, NULL,
                               sample->rows + sample->n, sample->n_more,
                               take_answer, &t);
    return status;
}

/* ---- Attributes --------------------------------------------------------- */

/* Behind each target the track's attributes, NaN where nobody has said. */
static int add_attributes(const struct ltr_lesson *l,
                          struct ltr_sample *sample)
{
    size_t rank = sample->n_out, n = l->dataset->attributes.n;
    size_t all = sample->n + sample->n_more;
    float *wide = ltr_alloc(l->ctx, all, (rank + n) * sizeof *wide);

    if (!wide)
        return ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    for (size_t i = 0; i < all; i++) {
        const float *known = l->dataset->tracks[sample->rows[i]].attributes;
        float *row = wide + i * (rank + n);

        memcpy(row, sample->targets + i * rank, rank * sizeof *row);
        for (size_t j = 0; j < n; j++)
            row[rank + j] = known ? known[j] : NAN;
    }
    ltr_free(l->ctx, sample->targets);
    sample->targets = wide;
    sample->n_out = rank + n;
    return LTREC_OK;
}

/* Not to be told apart by who plays them, which nobody knows. */
static int learns_unplayed(const ltrec_train_options *o)
{
    return o->unplayed && o->contrast == 0 &&
           (o->auxiliary > 0 || o->distil > 0);
}

int ltr_sample_sound(const struct ltr_lesson *lesson,
                     struct ltr_sample *sample)
{
    const ltrec_train_options *o = lesson->options;
    int status = ltr_sample_factors(lesson, ltr_has_sound, NULL, sample);

    if (status != LTREC_OK)
        return status;
    if (learns_unplayed(o))
        status = ltr_sample_unplayed(lesson, sample);
    if (status == LTREC_OK && (o->auxiliary > 0 || o->distil > 0))
        status = need_attributes(lesson, sample);
    if (status == LTREC_OK && o->distil > 0)
        status = ask_teacher(lesson, sample);
    if (status == LTREC_OK && o->auxiliary > 0)
        status = add_attributes(lesson, sample);
    if (status != LTREC_OK)
        ltr_sample_free(sample);
    return status;
}
