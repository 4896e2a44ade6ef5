/*
 * alternating.h - factorizing and training in turn
 *
 * In round 0 plays are factorized and networks taught the factors.  In every
 * further round the networks of the one before say what is known of items
 * before anybody played them, plays are factorized from there, and networks
 * are taught anew, so that at the end model and factors belong together.
 *
 *     struct alternation a = { what is asked for };
 *     status = alternating_factorize(&a, &err);
 *     ...   the sound may now be read, a.dataset is made
 *     status = alternating_teach(&a, &err);
 *     while (a.round < a.rounds && status == LTREC_OK)
 *         status = alternating_turn(&a, &err);
 *     alternating_free(&a);
 */
#ifndef ALTERNATING_H
#define ALTERNATING_H

#include <ltrec/factorize.h>

#include "interactions.h"
#include "predicting.h"
#include "training.h"

#define ALTERNATING_MOST 100 /* rounds */

/* How a round went. */
struct alternating_round {
    double cosine;     /* of played items to their last factors; NaN in 0 */
    double validation; /* the networks' loss, 1 - cos */
    double seconds;
};

struct alternation {
    /* What is asked for; options have their defaults from ltrec_.._init(). */
    ltrec_context *ctx;
    const struct matrix *matrix;
    ltrec_factorize_options factorize;
    ltrec_train_options train, fuse; /* of branches, and of their fusion */
    uint32_t branches, lessons[TRAINING_LESSONS];
    size_t n_lessons;
    uint32_t rounds;
    const char *checkpoint; /* a folder, or NULL */

    /* What is learnt from, once there are factors to be called by. */
    struct music *music;
    const ltrec_dataset *dataset;
    int with_sound;

    /* What comes of it. */
    uint32_t round;
    ltrec_factors *users, *items;
    ltrec_model *model;
    struct predicting prior; /* of the last round */
    struct alternating_round done[ALTERNATING_MOST + 1];
};

int alternating_factorize(struct alternation *a, ltrec_error *err);
int alternating_teach(struct alternation *a, ltrec_error *err);

/* The next round: predict, factorize, teach. */
int alternating_turn(struct alternation *a, ltrec_error *err);

/* What comes of it, and not what is the caller's. */
void alternating_free(struct alternation *a);

#endif /* ALTERNATING_H */
