/*
 * cold.h - a track on its way from what it is to what its plays say
 *
 * Tracks are held out as for content.h, and then so many of their plays are
 * seen: none, one, two and so on.  After each there are three vectors: the
 * prediction from what the track is, the fold-in of the plays seen, and their
 * fold-in with the prediction as prior.  A track's listeners come in an order
 * by chance.  Those beyond the most that are ever seen are what the vectors
 * are judged by, so that every number of plays answers the same question.
 */
#ifndef COLD_H
#define COLD_H

#include "content.h"

#define COLD_MOST 16

enum {
    COLD_PRIOR,
    COLD_PLAYS,
    COLD_BOTH,
    COLD_VECTORS
};

/* NaN all three where there is no vector. */
struct cold_figures {
    double cosine; /* to the fold-in of all plays */
    double ndcg;   /* @100, of the listeners never seen, ranked among all */
    double length; /* over that of the fold-in of all plays */
};

/* What one prediction leads to. */
struct cold_curve {
    char name[CONTENT_NAME];
    size_t n, capacity;      /* tracks so far */
    struct cold_figures *of; /* [n][n_seen][COLD_VECTORS] */
};

/* The caller sets `seen`, ascending, what is of the prior and `networks`; all
 * else is 0. */
struct cold {
    size_t n_seen;
    uint32_t seen[COLD_MOST];
    double prior_length; /* of a prediction, in ltrec_model_norm() */
    double prior_plays;  /* ltrec_factorize_options */
    int networks;        /* beside ridge regression */
    size_t n_curves;
    struct cold_curve curves[2 * CONTENT_MOST_ROWS];
};

/* Of content_run(), with options.cold: a fold's predictions are there. */
struct fold;
int cold_judge(struct fold *fold, const char *name, ltrec_error *err);

/* A table for each curve, or a JSON object for each number of plays. */
int cold_print(ltrec_context *ctx, const struct cold *cold, uint64_t seed,
               int json, ltrec_error *err);

void cold_free(struct cold *cold);

#endif /* COLD_H */
