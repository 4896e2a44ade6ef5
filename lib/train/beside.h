/*
 * beside.h - the linear path beside a network, while it is trained
 */
#ifndef LTR_TRAIN_BESIDE_H
#define LTR_TRAIN_BESIDE_H

#include "train/train_parts.h"

/*
 * The linear path beside a network: for each set of inputs that a sample may
 * have, [width + 1][n_out]; a network that is not a fusion has one set.  The
 * first array is for use, of all tracks that are trained on; the others are of
 * all but a fold of them.
 */
#define LTR_BESIDE_FOLDS 5
struct ltr_beside {
    ltrec_context *ctx;
    size_t width, n_out, n_sets;
    float *weights[LTR_BESIDE_FOLDS + 1]; /* [n_sets] */
    double penalty;                       /* of a regression */
    float *scales; /* [n_sets][LTR_FUSABLE], by which the standardised columns
                      of each branch are multiplied: their penalty is that
                      divided by the square */
    uint8_t *fold; /* [sample n + n_more], which of them a sample is beside */
};

/* What a linear path is to be fitted to. */
struct ltr_beside_inputs {
    const float *features; /* [n_train][width]; [n] of a fusion, with targets
                              and weights, and to be completed */
    size_t width;
    const uint32_t *present; /* as many, the branches there, for a fusion */
    const uint8_t *branch;   /* [width], which branch a column is of */
    uint32_t fused;          /* 0 but for a fusion */
    const uint32_t *bit;     /* these as in struct ltr_regression */
    const float *offset;
};

/* LTREC_ERR_ARGUMENT when a regression would have more unknowns than can be
 * solved for: to be known before long work, too. */
int ltr_beside_check(const struct ltr_lesson *lesson, size_t n_train,
                     size_t width);

/*
 * The linear path beside a network that learns sample->targets.  For each set
 * of inputs it is fitted to the tracks that have them all, by penalties that
 * the samples kept back choose.  To be freed also after a failure.
 * LTREC_ERR_ARGUMENT when equations say nothing, LTREC_ERR_MEMORY,
 * LTREC_ERR_CANCELLED.
 */
int ltr_beside_create(const struct ltr_lesson *lesson,
                      const struct ltr_sample *sample,
                      const struct ltr_beside_inputs *inputs,
                      struct ltr_beside *out);
void ltr_beside_free(struct ltr_beside *beside);

/*
 * Fit the regression for use anew, to the samples that were kept back as well:
 * once nothing is judged by them any more.  A set of inputs that goes by the
 * regression of all tracks still does.  What cannot be fitted stays as it was:
 * where there would be more unknowns than can be solved for, or equations say
 * nothing.  LTREC_ERR_MEMORY, LTREC_ERR_CANCELLED.
 */
int ltr_beside_complete(const struct ltr_lesson *lesson,
                        const struct ltr_sample *sample,
                        const struct ltr_beside_inputs *inputs,
                        struct ltr_beside *beside);

/* For ltr_beside_inputs: which of the `n` columns of a branch, from `first`
 * on, has its bit where.  Returns the column after them. */
size_t ltr_beside_bits(size_t place, size_t first, size_t n, uint32_t *bit);

/* Give a branch the linear path for use. */
int ltr_take_linear(const struct ltr_lesson *lesson,
                    const struct ltr_beside *from, struct ltr_branch *branch);

#endif /* LTR_TRAIN_BESIDE_H */
