/*
 * beside_parts.h - the linear path beside a network while it is fitted
 */
#ifndef LTR_TRAIN_BESIDE_PARTS_H
#define LTR_TRAIN_BESIDE_PARTS_H

#include "train/beside.h"
#include "train/regression.h"

#define LTR_BESIDE_ALL 0   /* a fold that no track is dealt into */
#define LTR_BESIDE_LEAST 2 /* tracks of a regression */
#define LTR_LEAST_PENALTY 1

struct ltr_ridge {
    const struct ltr_lesson *lesson;
    const struct ltr_sample *sample;
    const struct ltr_beside_inputs *inputs;
    struct ltr_beside *beside;
    struct ltr_watch watch; /* counts solutions, a search as some */
    struct ltr_regression regression;
    size_t n_learnt; /* that a set of inputs must have two of */
    uint8_t *chosen; /* [n_train] */
    float *scales;   /* [LTR_FUSABLE], those of the set at hand */
    float *columns;  /* [width] */
    float *guess;    /* [n_out] */
};

/* ---- In beside_ridge.c -------------------------------------------------- */

/*
 * Choose the penalties, and regress for every set of inputs: on all tracks
 * that are learnt from, and on all but each fold.  LTREC_ERR_ARGUMENT when
 * equations say nothing, LTREC_ERR_MEMORY, LTREC_ERR_CANCELLED; without a
 * message.
 */
int ltr_ridge_fit(struct ltr_ridge *ridge);

/* That for use alone, with the penalties there are; an unsolvable one stays.
 * LTREC_ERR_MEMORY, LTREC_ERR_CANCELLED; without a message. */
int ltr_ridge_refit(struct ltr_ridge *ridge);

/* Whether a track has all the inputs of a set, bits of branches; 0 is no set
 * that anything is asked of. */
int ltr_ridge_has(const struct ltr_ridge *ridge, size_t i, uint32_t set);

/* The equations of the tracks outside a fold that have all the inputs of a
 * set, by these inputs times ridge->scales; how many tracks that is. */
size_t ltr_ridge_gather(struct ltr_ridge *ridge, uint8_t fold, uint32_t set);

/* The same equations by other scales. */
void ltr_ridge_weigh(struct ltr_ridge *ridge, uint32_t set);

/* The loss of sample `i` when `weights` tell it. */
double ltr_ridge_loss(struct ltr_ridge *ridge, const float *weights, size_t i);

/* ---- In beside_scales.c ------------------------------------------------- */

/*
 * Choose the scales of a set of inputs, from those there are, by the tracks
 * that were kept back.  `weights` is to work in.  LTREC_ERR_MEMORY,
 * LTREC_ERR_CANCELLED; without a message.
 */
int ltr_ridge_scale(struct ltr_ridge *ridge, uint32_t set, float *weights);

/* Whether n losses are less than they were, by a mean gain of more than its
 * standard error. */
int ltr_ridge_nearer(const double *was, const double *now, size_t n);

#endif /* LTR_TRAIN_BESIDE_PARTS_H */
