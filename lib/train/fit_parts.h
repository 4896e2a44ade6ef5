/*
 * fit_parts.h - a fit under way, shared by the files that run it
 */
#ifndef LTR_TRAIN_FIT_PARTS_H
#define LTR_TRAIN_FIT_PARTS_H

#include "train/train_parts.h"

struct ltr_fitting {
    const struct ltr_fit *fit;
    struct ltr_pass *pass;
    struct ltr_optimiser optimiser;
    float *best;      /* [n_parameters] */
    float *p;         /* [batch][n_out], predictions */
    float *targets;   /* [batch][n_out], mixed */
    float *d_out;     /* [batch][n_out] */
    float *features;  /* [workers][width], for the linear path */
    float *partners;  /* [workers][most_frames][n_in], for mixing */
    size_t *order;    /* [all to learn from * repeats], samples */
    size_t *batch;    /* [batch], samples of this one */
    uint64_t *draws;  /* [batch] */
    size_t *frames;   /* [batch] */
    uint64_t *groups; /* [batch], or NULL */
    float *room;      /* for contrast, and so are the next */
    struct ltr_packs *packs;
    uint64_t sum; /* tells this training from others */
    size_t n_batch;
    double mean_weight; /* of targets; 0: of a batch's own, as all have one */
    int training;
    struct ltr_watch watch; /* counts batches trained on */
};

/* ---- batch.c ------------------------------------------------------------ */

/* To be freed also after a failure.  LTREC_ERR_MEMORY. */
int ltr_fitting_take(struct ltr_fitting *fitting, float *parameters);
void ltr_fitting_free(struct ltr_fitting *fitting);

/* He-uniform parameters, and nothing beside a linear path. */
void ltr_fitting_initialise(struct ltr_fitting *fitting);

/* Train on every sample; the mean loss on the way.  Ends early when cancelled
 * and at a loss that is not finite. */
double ltr_fitting_train(struct ltr_fitting *fitting, uint64_t epoch);

/* The mean loss of those that are not trained on. */
double ltr_fitting_validate(struct ltr_fitting *fitting);

#endif /* LTR_TRAIN_FIT_PARTS_H */
