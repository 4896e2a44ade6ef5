/*
 * beside_parts.h - the linear path beside a network while it is fitted
 */
#ifndef LTR_TRAIN_BESIDE_PARTS_H
#define LTR_TRAIN_BESIDE_PARTS_H

#include "train/beside.h"
#include "train/regression.h"

struct ltr_fitting {
    const struct ltr_lesson *lesson;
    const struct ltr_sample *sample;
    const struct ltr_beside_inputs *inputs;
    struct ltr_beside *beside;
    struct ltr_watch watch; /* counts solutions */
    struct ltr_regression regression;
    size_t n_learnt; /* that a set of inputs must have two of */
    uint8_t *chosen; /* [n_train] */
    float *columns;  /* [width] */
    float *guess;    /* [n_out] */
};

/* ---- In beside_ridge.c -------------------------------------------------- */

/*
 * Choose the penalty, and regress for every set of inputs: on all tracks that
 * are learnt from, and on all but each fold.  LTREC_ERR_ARGUMENT when
 * equations say nothing, LTREC_ERR_MEMORY, LTREC_ERR_CANCELLED; without a
 * message.
 */
int ltr_regress(struct ltr_fitting *fitting);

/* That for use alone, with the penalty there is; an unsolvable one stays. */
int ltr_regress_all(struct ltr_fitting *fitting);

#endif /* LTR_TRAIN_BESIDE_PARTS_H */
