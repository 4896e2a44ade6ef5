/*
 * sample.h - who is trained on, who is kept back, and the targets
 */
#ifndef LTR_TRAIN_SAMPLE_H
#define LTR_TRAIN_SAMPLE_H

#include <ltrec/train.h>

#include "model/model_parts.h"

struct ltr_lesson; /* train_parts.h */

/* ---- What is kept back: kept_back.c ------------------------------------- */

/* By what tracks are kept back, as in ltrec_train_options. */
struct ltr_keeping {
    uint64_t seed;
    int32_t split; /* by track where no artist, or album, is named */
    float share;
};

/* What the first of the branches to be joined, [LTR_BRANCHES] or NULL, that
 * tells it has kept back by, if the dataset knows what that is; without one,
 * what the options say. */
struct ltr_keeping ltr_keeping_of(const ltrec_dataset *dataset,
                                  const ltrec_train_options *options,
                                  struct ltr_branch *const *joined);

/* How a branch was trained, once the lesson's report is there. */
void ltr_training_of(const struct ltr_lesson *lesson,
                     ltrec_branch_training *out);

/* ---- Who is trained on: sample.c ---------------------------------------- */

/*
 * The rows of a dataset that a branch can learn from, those to train on
 * first, with their targets.  Behind all of them lie `n_more` that nobody has
 * played: they are trained on for what else there is to learn, and for a
 * target only where a teacher has given one.
 */
struct ltr_sample {
    ltrec_context *ctx;
    size_t n, n_train, n_more;
    size_t n_out;     /* floats of a target */
    uint32_t *rows;   /* [n + n_more] in the dataset */
    float *targets;   /* [n + n_more][n_out] */
    float *weights;   /* [n + n_more]; 0 without a target */
    uint64_t *groups; /* [n + n_more], artists, for contrast; 0 for unknown */
};

/* All that are trained on, and which sample the i-th of them is. */
static inline size_t ltr_sample_learnt(const struct ltr_sample *sample)
{
    return sample->n_train + sample->n_more;
}

static inline size_t ltr_sample_at(const struct ltr_sample *sample, size_t i)
{
    return i < sample->n_train ? i : i - sample->n_train + sample->n;
}

/* Which rows have what it takes; the rest have been seen to. */
typedef int (*ltr_eligible)(const ltrec_dataset *dataset, size_t row,
                            void *arg);

int ltr_has_sound(const ltrec_dataset *dataset, size_t row, void *unused);

/* Unit factors for targets, weighted by their plays. */
int ltr_sample_factors(const struct ltr_lesson *lesson, ltr_eligible eligible,
                       void *arg, struct ltr_sample *sample);

/*
 * Add those that have sound and attributes and no target, but for those that
 * are kept back from every branch: `targets` are 0 and so are `weights`.
 */
int ltr_sample_unplayed(const struct ltr_lesson *lesson,
                        struct ltr_sample *sample);

/* Attributes for targets, NaN where nobody has said. */
int ltr_sample_attributes(const struct ltr_lesson *lesson,
                          struct ltr_sample *sample);

void ltr_sample_free(struct ltr_sample *sample);

#endif /* LTR_TRAIN_SAMPLE_H */
