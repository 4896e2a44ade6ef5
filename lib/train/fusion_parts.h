/*
 * fusion_parts.h - a fusion while it is trained
 */
#ifndef LTR_TRAIN_FUSION_PARTS_H
#define LTR_TRAIN_FUSION_PARTS_H

#include "train/beside.h"

struct ltr_fusing {
    const struct ltr_lesson *lesson;
    uint32_t fuse;
    struct ltr_siblings siblings; /* when the artist is fused */
    struct ltr_sample sample;
    size_t offsets[LTR_FUSABLE]; /* of a branch in a row of `hidden` */
    struct ltr_matrix hidden;
    struct ltr_matrix features; /* of the linear path, where there is one */
    float *mean;                /* [features.width] */
    struct ltr_beside beside;
    struct ltr_matrix heard; /* attributes, where MLG goes by ear */
    float **machine;         /* [dataset n], rows of it; or NULL */
    uint32_t *present;       /* [sample n] */
    float *units;     /* [n - n_train][LTR_FUSABLE][rank], their own answers */
    uint32_t unknown; /* branches that have nothing to go by while it lasts */
};

/* Which of the branches there are stay in this draw; at least one does. */
uint32_t ltr_fusing_draw(const struct ltr_fusing *fusing, uint32_t present,
                         uint64_t draw);

/* ---- In fusion_linear.c ------------------------------------------------- */

/* Make room for the features of the linear path, if one is wanted. */
int ltr_fusing_take_features(struct ltr_fusing *fusing);

/* An ltr_features: the linear path loses the branches that the network loses
 * in this draw. */
size_t ltr_fusing_features(void *fusing, size_t i, uint64_t draw,
                           float *features);

/* Fit it, once all features are there; they are beside their means then. */
int ltr_fusing_linear(struct ltr_fusing *fusing);

/* Fit what is for use to the tracks that were kept back as well, once nothing
 * is judged by them any more. */
int ltr_fusing_complete(struct ltr_fusing *fusing);

#endif /* LTR_TRAIN_FUSION_PARTS_H */
