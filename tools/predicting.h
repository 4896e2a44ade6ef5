/*
 * predicting.h - the factors that a model gives to all tracks at hand
 *
 *     struct predicting p = {.ctx = ctx, .model = model, .music = music};
 *     status = predicting_do(&p, &err);
 *     for each of p.n: p.names[i], p.confidence[i]; p.factors for all
 *     predicting_free(&p);
 */
#ifndef PREDICTING_H
#define PREDICTING_H

#include <ltrec/factors.h>
#include <ltrec/model.h>

#include "music.h"

struct predicting {
    /* The caller's. */
    ltrec_context *ctx;
    const ltrec_model *model;
    struct music *music;
    const unsigned char *only;   /* [items], not 0 for those to predict; or
                                    NULL for all */
    const ltrec_factors *played; /* for the artist branch; may be NULL */
    int with_sound;              /* the music has been listened to */
    int32_t full_track;          /* LTREC_TRACK_... */
    int32_t precision;           /* LTREC_PRECISION_... */
    int untold;                  /* tracks that fail, by whom it matters */

    /* What comes of it. */
    size_t n;           /* tracks predicted */
    const char **names; /* [n], the music's */
    float *confidence;  /* [n] */
    size_t unknown;     /* of which the model could use nothing */
    size_t failed;      /* told unless `untold` */
    ltrec_factors *factors;
};

/* Whether the model can be asked in this way, of context, model and options
 * alone: before an hour of listening. */
int predicting_check(const struct predicting *predicting, ltrec_error *err);

/* As long as a played track's is expected to be; an error when nothing can be
 * said. */
int predicting_do(struct predicting *predicting, ltrec_error *err);

/* What comes of it, and not what is the caller's. */
void predicting_free(struct predicting *predicting);

#endif /* PREDICTING_H */
