/*
 * predictor.h - a predictor from the inside
 */
#ifndef LTR_MODEL_PREDICTOR_H
#define LTR_MODEL_PREDICTOR_H

#include "model/model_parts.h"

struct ltrec_predictor {
    ltrec_context *ctx;
    ltrec_model *model;
    uint32_t use;       /* branches asked for that the model has */
    int32_t full_track; /* LTREC_TRACK_... */
    int32_t precision;
    struct ltr_pass *passes[LTR_BRANCHES];
    struct ltr_heard heard;
    float *attributes; /* what the head hears, or NULL */
    double *sums[4];   /* over patches: units, hidden, pooled, features */
    float *features;   /* [LTR_PATCHES] of the linear path */
    float *fused;      /* of the fusion's */
    float *unit;       /* [rank] */
};

static inline size_t ltr_larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* From one patch of a track to the next: half of one, at the pace at which
 * the network pools. */
size_t ltr_patch_step(const struct ltr_branch *audio);

/* Read a caller's track over an empty one, and check what is in it. */
int ltr_predictor_check(const ltrec_predictor *predictor,
                        const ltrec_track *given, ltrec_track *track,
                        ltrec_error *err);

/* Run every branch but the fusion on a track that was checked. */
void ltr_predictor_listen(ltrec_predictor *predictor,
                          const ltrec_track *track);

#endif /* LTR_MODEL_PREDICTOR_H */
